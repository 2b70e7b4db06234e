#include "log/delivery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace octavo::log {

Status Delivery::deliver(const RecordView& record) {
  ASSERT(consumer_ != nullptr);
  ASSERT(!delivering_);
  delivering_ = true;
  Status status = consumer_->on_record(record);
  delivering_ = false;
  if (!status) {
    fail_with({Code::unavailable, fmt::format("the record at log position {} could not be applied: "
                                              "{}",
                                              format_lsn(record.lsn), status.error().what)});
    return status;
  }
  tail_.store(offset_of(record.next));
  wakers_.wake_all();
  return {};
}

void Delivery::reset_tail(Lsn tail) {
  generation_ = generation_of(tail);
  tail_.store(offset_of(tail));
}

void Delivery::fail_with(Error error) {
  const MutexLock lock(mutex_);
  if (reason_) return;
  reason_ = std::move(error);
  failed_.store(true);
}

Status Delivery::failure() const {
  if (!failed_.load()) return {};
  const MutexLock lock(mutex_);
  return fail(*reason_);
}

void Delivery::clear_failure() {
  const MutexLock lock(mutex_);
  reason_.reset();
  failed_.store(false);
}

RecordHeader Stamper::next(const AppendRequest& request, std::uint32_t payload_size) const {
  RecordHeader header;
  header.kind = request.kind;
  header.feature_level = kFeatureLevel;
  header.generation = generation_;
  header.transaction_count = request.transaction_count;
  header.payload_size = payload_size;
  header.cluster = cluster_;
  header.origin = request.origin.value_or(Origin{
      .node = origin_.node, .incarnation = origin_.incarnation, .sequence = origin_.sequence + 1});
  header.time_ns = std::max(request.wall_ns, clock_ns_);
  return header;
}

Result<std::uint32_t> payload_size(std::span<const BytesView> payload) {
  std::uint64_t size = 0;
  for (const BytesView piece : payload) size += piece.size();
  if (size > kMaxRecordPayload) {
    return fail(Code::out_of_range, fmt::format("a log record of {} bytes is larger than the limit "
                                                "of {}",
                                                size, kMaxRecordPayload));
  }
  return static_cast<std::uint32_t>(size);
}

}  // namespace octavo::log
