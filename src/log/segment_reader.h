#pragma once

// Reads records from one segment file at given offsets, through a window that grows with the
// records and with sequential use. Trusts no byte of the file.

#include <memory>

#include "base/result.h"
#include "io/file.h"
#include "log/segment.h"

namespace octavo::log {

using RecordOrFault = Expected<ParsedRecord, RecordFault>;

class SegmentReader {
 public:
  SegmentReader(io::File& file, const SegmentHeader& header);

  // The record at log offset `offset`, which must end at or before `limit`. Bytes at and beyond
  // `limit` are never looked at (they may be changing). Valid until the next call.
  Result<RecordOrFault> record_at(std::uint64_t offset, std::uint64_t limit);

  // The first offset in [from, limit) where a whole good record starts.
  Result<std::optional<std::uint64_t>> find_record(std::uint64_t from, std::uint64_t limit);

  // The end of the last byte in [from, limit) that is not zero; `from` if all are.
  Result<std::uint64_t> end_of_data(std::uint64_t from, std::uint64_t limit);

  // Gives the window's memory back; for readers that wait at the tail.
  void shrink();

 private:
  // At least `size` bytes at `offset`, or what there is before `limit`.
  Result<BytesView> view(std::uint64_t offset, std::uint64_t size, std::uint64_t limit);

  io::File& file_;
  SegmentHeader header_;
  Bytes window_;
  std::uint64_t window_offset_ = 0;
  std::uint64_t next_window_bytes_;
};

}  // namespace octavo::log
