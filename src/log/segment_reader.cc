#include "log/segment_reader.h"

#include <algorithm>

#include "base/assert.h"

namespace octavo::log {
namespace {
constexpr std::uint64_t kMinWindowBytes = 16 * kKiB;
constexpr std::uint64_t kMaxWindowBytes = 256 * kKiB;

RecordOrFault no_record(RecordFault fault) { return std::unexpected(fault); }
}  // namespace

SegmentReader::SegmentReader(io::File& file, const SegmentHeader& header)
    : file_(file), header_(header), next_window_bytes_(kMinWindowBytes) {}

void SegmentReader::shrink() {
  Bytes().swap(window_);
  next_window_bytes_ = kMinWindowBytes;
}

Result<BytesView> SegmentReader::view(std::uint64_t offset, std::uint64_t size,
                                      std::uint64_t limit) {
  ASSERT(offset >= header_.start);
  if (offset >= limit) return BytesView();
  const std::uint64_t window_end = window_offset_ + window_.size();
  const bool inside = offset >= window_offset_ && offset <= window_end;
  if (!inside || std::min(offset + size, limit) > window_end) {
    const std::uint64_t wanted = std::min(std::max(size, next_window_bytes_), limit - offset);
    // A large record's memory is not kept for the small ones after it.
    if (window_.capacity() > 2 * kMaxWindowBytes && wanted <= kMaxWindowBytes)
      Bytes().swap(window_);
    window_.resize(static_cast<std::size_t>(wanted));
    window_offset_ = offset;
    auto read = file_.pread(kSegmentHeaderSize + (offset - header_.start), window_);
    if (!read) {
      window_.clear();
      return fail(std::move(read).error());
    }
    window_.resize(*read);
    next_window_bytes_ = std::min(next_window_bytes_ * 2, kMaxWindowBytes);
  }
  const auto at = static_cast<std::size_t>(offset - window_offset_);
  return BytesView(window_).substr(at, static_cast<std::size_t>(limit - offset));
}

Result<RecordOrFault> SegmentReader::record_at(std::uint64_t offset, std::uint64_t limit) {
  TRY(const BytesView head, view(offset, kRecordHeaderSize, limit));
  const auto size = peek_record_size(head);
  if (!size) return no_record(size.error());
  // Before memory is taken for it: a damaged length must not cost half a gigabyte.
  if (*size > limit - offset) return no_record(RecordFault::truncated);
  TRY(const BytesView whole, view(offset, *size, limit));
  auto record = parse_record(whole, record_seed(header_.salt, offset));
  if (record && (record->header.cluster != header_.cluster ||
                 record->header.generation != header_.generation)) {
    return no_record(RecordFault::bad_header);
  }
  return record;
}

Result<std::optional<std::uint64_t>> SegmentReader::find_record(std::uint64_t from,
                                                                std::uint64_t limit) {
  constexpr std::uint64_t kStep = kRecordAlignment;
  for (std::uint64_t at = (from + kStep - 1) / kStep * kStep; at < limit; at += kStep) {
    TRY(const BytesView head, view(at, kStep, limit));
    if (head.size() < kStep) break;
    if (load_le<std::uint32_t>(head.data()) != kRecordMagic) continue;
    TRY(const auto record, record_at(at, limit));
    if (record) return at;
  }
  return std::nullopt;
}

Result<std::uint64_t> SegmentReader::end_of_data(std::uint64_t from, std::uint64_t limit) {
  std::uint64_t end = from;
  for (std::uint64_t at = from; at < limit;) {
    TRY(const BytesView chunk, view(at, kMaxWindowBytes, limit));
    if (chunk.empty()) break;
    const auto last = chunk.find_last_not_of('\0');
    if (last != BytesView::npos) end = at + last + 1;
    at += chunk.size();
  }
  return end;
}

}  // namespace octavo::log
