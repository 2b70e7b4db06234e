#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace octavo::keyspace {

// CRC-64 of the "Jones" polynomial 0xad93d23594c935a9, reflected, as DUMP payloads use it.
// crc64("123456789") == 0xe9c6d914c4b8d9ca.
std::uint64_t crc64(BytesView data, std::uint64_t seed = 0);

}  // namespace octavo::keyspace
