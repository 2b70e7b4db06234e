#include "log/local_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace octavo::log {

LocalReader::LocalReader(const SegmentStore& store, Delivery& delivery, Lsn from)
    : store_(store), delivery_(delivery), position_(from) {}

LocalReader::~LocalReader() { delivery_.wakers().disarm(this); }

Status LocalReader::enter_segment() {
  TRY(segment_, store_.find(offset_of(position_)));
  // After a power cut the log goes on at a higher offset than the one where it ended.
  move_to(std::max(offset_of(position_), segment_->header.start));
  reader_ = std::make_unique<SegmentReader>(*segment_->file, segment_->header);
  return {};
}

Status LocalReader::seek() {
  TRY_STATUS(enter_segment());
  if (offset_of(position_) >= limit()) return {};
  TRY(const auto record, read_here(limit()));
  if (!record) {
    return fail(Code::out_of_range,
                fmt::format("no good record starts at log offset {}", offset_of(position_)));
  }
  return {};
}

Result<RecordOrFault> LocalReader::read_here(std::uint64_t limit) {
  return reader_->record_at(offset_of(position_),
                            std::min<std::uint64_t>(limit, segment_->sealed_end));
}

Result<std::optional<RecordView>> LocalReader::next() {
  const std::uint64_t limit = this->limit();
  if (offset_of(position_) >= limit) {
    if (reader_) reader_->shrink();
    return std::nullopt;
  }
  if (!segment_ || offset_of(position_) >= segment_->sealed_end) {
    TRY_STATUS(enter_segment());
    if (offset_of(position_) >= limit) return std::nullopt;
  }
  TRY(const auto record, read_here(limit));
  if (!record) {
    const std::uint64_t in_file =
        offset_of(position_) - segment_->header.start + kSegmentHeaderSize;
    return fail(
        Code::corrupt,
        fmt::format("log segment \"{}\" is damaged at byte {} (log offset {}): {}", segment_->path,
                    in_file, offset_of(position_), fault_name(record.error())));
  }
  RecordView view;
  view.lsn = position_;
  view.header = record->header;
  view.payload = record->payload;
  move_to(offset_of(position_) + record->size);
  view.next = position_;
  return view;
}

void LocalReader::notify_on_append(std::move_only_function<void()> wake) {
  delivery_.wakers().arm(this, std::move(wake),
                         [this] { return offset_of(position_) < delivery_.tail_offset(); });
}

}  // namespace octavo::log
