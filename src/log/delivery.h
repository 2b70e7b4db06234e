#pragma once

// The receiving half that all back ends share: hands records to the consumer one at a time, knows
// how far that got, wakes readers, and remembers why the log stopped if it did.

#include <atomic>
#include <optional>

#include "base/lsn_parts.h"
#include "base/mutex.h"
#include "log/commit_log.h"
#include "log/tail_wakers.h"

namespace octavo::log {

class Delivery {
 public:
  explicit Delivery(Lsn tail) : generation_(generation_of(tail)), tail_(offset_of(tail)) {}

  void set_consumer(Consumer* consumer) { consumer_ = consumer; }
  bool has_consumer() const { return consumer_ != nullptr; }
  bool delivering() const { return delivering_; }

  // The consumer's error is also remembered: nothing is delivered or appended after it.
  Status deliver(const RecordView& record);
  // Moves the tail without a record, when a log is opened or re-opened.
  void reset_tail(Lsn tail);

  Lsn tail() const { return lsn_at(generation_, tail_.load()); }
  std::uint64_t tail_offset() const { return tail_.load(); }
  TailWakers& wakers() { return wakers_; }

  // The first reason stays.
  void fail_with(Error error);
  // The reason, if there is one; checked before every append.
  Status failure() const;
  void clear_failure();

 private:
  Consumer* consumer_ = nullptr;
  bool delivering_ = false;  // belongs to the delivering thread
  std::uint16_t generation_;
  std::atomic<std::uint64_t> tail_;
  TailWakers wakers_;
  std::atomic<bool> failed_{false};
  mutable Mutex mutex_;  // guards the reason
  std::optional<Error> reason_ OCTAVO_GUARDED_BY(mutex_);
};

// Numbers and times the records of one incarnation.
class Stamper {
 public:
  void begin(const ClusterId& cluster, std::uint16_t generation, std::uint32_t node,
             std::uint32_t incarnation) {
    cluster_ = cluster;
    generation_ = generation;
    origin_ = Origin{node, incarnation, 0};
  }
  // Does not move the sequence or the clock: the append may still fail.
  RecordHeader next(const AppendRequest& request, std::uint32_t payload_size) const;
  void took(const RecordHeader& header) {
    const bool ours =
        header.origin.node == origin_.node && header.origin.incarnation == origin_.incarnation;
    if (ours) origin_ = header.origin;
    observe(header);
  }
  // The log clock never runs backwards, whoever wrote the record.
  void observe(const RecordHeader& header) { advance_clock(header.time_ns); }
  void advance_clock(std::int64_t time_ns) {
    clock_ns_ = time_ns > clock_ns_ ? time_ns : clock_ns_;
  }
  std::int64_t clock_ns() const { return clock_ns_; }
  std::uint32_t incarnation() const { return origin_.incarnation; }

 private:
  ClusterId cluster_;
  std::uint16_t generation_ = 0;
  Origin origin_;
  std::int64_t clock_ns_ = 0;
};

// The size of all pieces together, or `out_of_range`.
Result<std::uint32_t> payload_size(std::span<const BytesView> payload);

inline constexpr std::uint16_t kFeatureLevel = 1;

}  // namespace octavo::log
