#include "protocol/common/output_queue.h"

#include <utility>

#include "base/assert.h"
#include "protocol/common/spare_buffers.h"

namespace octavo::protocol {

std::size_t OutputQueue::Segment::held() const noexcept {
  return sizeof(Segment) + (owner != nullptr ? shared.size() : own.capacity());
}

void OutputQueue::push(Bytes bytes) {
  ASSERT(!bytes.empty());
  const Segment& added = segments_.emplace_back(std::move(bytes), nullptr, BytesView());
  size_ += added.own.size();
  held_ += added.held();
}

void OutputQueue::push(std::shared_ptr<const void> owner, BytesView bytes) {
  ASSERT(owner != nullptr);
  ASSERT(!bytes.empty());
  const Segment& added = segments_.emplace_back(Bytes(), std::move(owner), bytes);
  size_ += bytes.size();
  held_ += added.held();
}

BytesView OutputQueue::front() const noexcept {
  return segments_.empty() ? BytesView() : segments_.front().bytes().substr(sent_);
}

void OutputQueue::consume(std::size_t size) noexcept {
  if (size == 0) return;
  ASSERT(size <= front().size());
  sent_ += size;
  size_ -= size;
  Segment& first = segments_.front();
  if (sent_ < first.bytes().size()) return;
  held_ -= first.held();
  give_spare_bytes(first.own);
  segments_.pop_front();
  sent_ = 0;
}

void OutputQueue::clear() noexcept {
  segments_.clear();
  sent_ = size_ = held_ = 0;
}

}  // namespace octavo::protocol
