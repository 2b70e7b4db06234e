#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"
#include "value/batch.h"

namespace octavo::layout {

// How what a scan reads is cut into parts (layout/row/parted_fields.h).
struct PartedOptions {
  // So much is read before the rest is cut: rows, or what took so long.
  std::size_t first_rows = 4 * value::kBatchRows;
  std::int64_t first_ns = 1'000'000;
  std::uint64_t part_bytes = 0;  // 0: as many as take `part_ns`
  std::int64_t part_ns = 2'000'000;
  std::size_t piece = 128;  // keys of a part
  std::size_t chunk_rows = value::kBatchRows;
  std::size_t most_chunks = 8;
  std::size_t most_bytes = 16 * kMiB;
};

}  // namespace octavo::layout
