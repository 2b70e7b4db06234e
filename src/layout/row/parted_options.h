#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"
#include "value/batch.h"

namespace octavo::layout {

// How what a scan reads is cut into parts (layout/row/parted_fields.h).
struct PartedOptions {
  std::size_t first_rows = 4 * value::kBatchRows;  // of a range: read before it is cut
  std::uint64_t part_bytes = 0;                    // 0: as many as take `part_ns`
  std::int64_t part_ns = 2'000'000;
  std::size_t keys = 64;    // of rows, of a part
  std::size_t ranges = 16;  // of entries: a key of an index may have many rows
  std::size_t chunk_rows = value::kBatchRows;
  std::size_t most_chunks = 8;
  std::size_t most_bytes = 16 * kMiB;
};

}  // namespace octavo::layout
