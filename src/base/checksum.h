#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace octavo {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4), with the SSE 4.2 instruction where present.
// `seed` is the checksum of what came before, so that pieces can be chained.
std::uint32_t crc32c(BytesView data, std::uint32_t seed = 0);

// XXH3 64-bit, for hash tables and fingerprints; stable across versions and machines.
std::uint64_t hash64(BytesView data, std::uint64_t seed = 0);

}  // namespace octavo
