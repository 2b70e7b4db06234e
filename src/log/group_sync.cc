#include "log/group_sync.h"

#include <algorithm>

namespace octavo::log {
namespace {

// The mark dirties a page of its own, which would make every small sync half as slow again.
constexpr std::int64_t kMarkIntervalNs = 100'000'000;
// A turn is quick when those before took less than this: what a thread that serves clients may stop
// for. One that took longer counts at once, and is forgotten when a score of quick ones came after
// it: each counts an eighth.
constexpr std::int64_t kQuickNs = 400'000;
constexpr std::int64_t kForgotten = 8;
// Written and synced pages are given back in pieces of this size.
constexpr std::uint64_t kReleaseBytes = 1 * kMiB;

}  // namespace

void GroupSync::start_at(std::uint64_t offset) {
  durable_.store(offset);
  marked_ = offset;
  released_ = offset;
}

void GroupSync::wait(std::uint64_t offset, DurableCallback done) {
  if (durable_.load() > offset) return done({});
  std::optional<Error> failure;
  {
    const MutexLock lock(mutex_);
    // Asked again under the lock: a turn may have ended in between.
    if (durable_.load() <= offset) {
      failure = failure_;
      if (!failure) {
        waiters_.push_back({offset, std::move(done)});
        return;
      }
    }
  }
  if (failure) return done(fail(*std::move(failure)));
  done({});
}

bool GroupSync::has_waiters() const {
  const MutexLock lock(mutex_);
  return !waiters_.empty();
}

Status GroupSync::turn(std::uint64_t tail) {
  const std::uint64_t from = durable_.load();
  if (tail > from) {
    const std::int64_t began_ns = clock_.monotonic_ns();
    TRY_STATUS(sync_range(from, tail));
    durable_.store(tail);
    note_time(clock_.monotonic_ns() - began_ns);
    store_mark(false);
  }
  for (DurableCallback& done : take_ready()) done({});
  return {};
}

void GroupSync::note_time(std::int64_t ns) {
  const std::int64_t usual_ns = usual_ns_.load(std::memory_order_relaxed);
  const bool first = usual_ns == std::numeric_limits<std::int64_t>::max();
  usual_ns_.store(first || ns > usual_ns ? ns : usual_ns - (usual_ns - ns) / kForgotten,
                  std::memory_order_relaxed);
}

bool GroupSync::is_quick() const {
  if (usual_ns_.load(std::memory_order_relaxed) > kQuickNs) return false;
  // A sealed segment is a further sync, and its mapping goes.
  const auto segments = store_.all();
  return std::ranges::count_if(segments, [](const SegmentPointer& segment) {
           return segment->mapping != nullptr;
         }) <= 1;
}

Status GroupSync::sync_range(std::uint64_t from, std::uint64_t to) {
  syncs_.fetch_add(1);
  for (const SegmentPointer& segment : store_.all()) {
    const std::uint64_t end = segment->sealed_end;
    if (end <= from && segment->mapping == nullptr) continue;
    if (segment->header.start >= to) continue;
    TRY_STATUS(segment->file->sync_data());
    if (end != Segment::kLive) {
      retire(*segment);
    } else if (to - std::max(released_, segment->header.start) >= kReleaseBytes) {
      const std::uint64_t first = std::max(released_, segment->header.start);
      segment->mapping->release(kSegmentHeaderSize + (first - segment->header.start), to - first);
      released_ = to;
    }
  }
  // A file whose name is not on the disk is not on the disk either.
  if (store_.take_directory_changed()) TRY_STATUS(store_.sync_directory());
  return {};
}

// Sealed and synced: nothing will be written to it any more.
void GroupSync::retire(Segment& segment) {
  if (segment.mapping == nullptr) return;
  store_durable_mark(segment.mapping->bytes().data(), segment.header, segment.sealed_end);
  segment.mapping.reset();
}

void GroupSync::store_mark(bool even_if_recent) {
  const std::uint64_t durable = durable_.load();
  const std::int64_t now_ns = clock_.monotonic_ns();
  if (durable == marked_ || (!even_if_recent && now_ns - marked_at_ns_ < kMarkIntervalNs)) return;
  for (const SegmentPointer& segment : store_.all()) {
    if (segment->mapping == nullptr || durable < segment->header.start) continue;
    const std::uint64_t end = std::min<std::uint64_t>(durable, segment->sealed_end);
    store_durable_mark(segment->mapping->bytes().data(), segment->header, end);
  }
  marked_ = durable;
  marked_at_ns_ = now_ns;
}

std::vector<DurableCallback> GroupSync::take_ready() {
  const MutexLock lock(mutex_);
  const std::uint64_t durable = durable_.load();
  std::vector<DurableCallback> callbacks;
  std::vector<Waiter> rest;
  for (Waiter& waiter : waiters_) {
    if (waiter.offset < durable) {
      callbacks.push_back(std::move(waiter.done));
    } else {
      rest.push_back(std::move(waiter));
    }
  }
  waiters_ = std::move(rest);
  return callbacks;
}

bool GroupSync::failed() const {
  const MutexLock lock(mutex_);
  return failure_.has_value();
}

void GroupSync::fail_all(const Error& error) {
  std::vector<Waiter> waiters;
  {
    const MutexLock lock(mutex_);
    if (!failure_) failure_ = error;
    waiters.swap(waiters_);
  }
  for (Waiter& waiter : waiters) waiter.done(fail(error));
}

}  // namespace octavo::log
