#pragma once

// Zstandard (RFC 8878) as a coding of compression.h. The library stays inside zstd.cc.

#include <memory>

#include "base/compression.h"

namespace octavo {

constexpr int kMinZstdLevel = 1;
constexpr int kMaxZstdLevel = 22;

// `level` is brought within its bounds.
std::unique_ptr<Encoder> make_zstd_encoder(int level);
// Refuses frames that want a window of more than 8 MiB to be kept, as the RFC recommends.
std::unique_ptr<Decoder> make_zstd_decoder();

}  // namespace octavo
