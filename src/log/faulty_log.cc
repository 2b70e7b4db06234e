#include "log/faulty_log.h"

#include <fmt/format.h>

#include <deque>

#include "base/assert.h"
#include "base/random.h"
#include "log/delivery.h"
#include "log/memory_store.h"

namespace octavo::log {
namespace {

constexpr std::size_t kChunkBytes = 4096;  // small, so that trimming is exercised

// Used by one thread, except for readers and their wakers.
class FaultyLogImpl final : public FaultyLog {
 public:
  FaultyLogImpl(Clock& clock, const FaultyOptions& options)
      : clock_(clock),
        options_(options),
        random_(options.seed),
        store_(kChunkBytes),
        delivery_(lsn_at(0, store_.tail())),
        durable_(store_.tail()) {}

  ~FaultyLogImpl() override { stop(); }

  Status start(Lsn from, Consumer& consumer, ReplayProgress progress) override {
    ASSERT(!started_);
    if (from == Lsn::zero()) from = at(kStart);
    if (offset_of(from) > store_.tail()) {
      return fail(Code::out_of_range, "the position is beyond the log");
    }
    delivery_.set_consumer(&consumer);
    MemoryReader reader(store_, delivery_, from);
    reader.set_limit(store_.tail());
    TRY_STATUS(reader.seek());
    delivery_.reset_tail(from);
    for (;;) {
      TRY(const auto record, reader.next());
      if (!record) break;
      TRY_STATUS(delivery_.deliver(*record));
      if (progress) progress(record->next, at(store_.tail()));
    }
    delivery_.reset_tail(at(store_.tail()));
    stamper_.begin(options_.cluster, 0, options_.node, ++incarnation_);
    started_ = true;
    // Delivered at once: a remote log as well goes live only after it has read this back.
    TRY_STATUS(append_own(RecordKind::incarnate));
    deliver_waiting(waiting_.size());
    return delivery_.failure();
  }

  Result<std::uint64_t> append(const AppendRequest& request) override {
    ASSERT(!delivery_.delivering());
    if (!started_) return fail(Code::unavailable, "the log is not started yet");
    TRY_STATUS(delivery_.failure());
    if (random_.uniform() < options_.append_error) {
      return fail(Code::unavailable, "the log did not take the record");
    }
    TRY(const std::uint64_t sequence, append_record(request));
    const bool order_allows = waiting_.size() == 1;
    if (order_allows && random_.uniform() >= options_.delivery_delay) deliver_waiting(1);
    return sequence;
  }

  bool delivers_inline() const override { return options_.delivery_delay <= 0; }
  Status writable() const override { return delivery_.failure(); }

  std::size_t pump(std::size_t limit) override {
    const std::size_t delivered = deliver_waiting(limit);
    if (random_.uniform() >= options_.sync_delay) {
      durable_ = store_.tail();
      answer_durable();
    }
    return delivered;
  }
  std::size_t undelivered() const override { return waiting_.size(); }

  void crash() override {
    store_.lose_after(durable_);
    end_process();
  }
  void kill() override { end_process(); }

  void when_durable(Lsn lsn, Durability durability, DurableCallback done) override {
    if (is_durable(lsn, durability)) return done({});
    if (Status failed = delivery_.failure(); !failed) return done(std::move(failed));
    if (offset_of(lsn) >= store_.tail()) {
      return done(fail(Code::out_of_range, "the log has not given out that position"));
    }
    waiters_.push_back({lsn, durability, std::move(done)});
  }
  bool is_durable(Lsn lsn, Durability durability) const override {
    if (durability == Durability::disk) return offset_of(lsn) < durable_;
    if (durability == Durability::os) return offset_of(lsn) < store_.tail();
    return offset_of(lsn) < delivery_.tail_offset();
  }

  Result<std::unique_ptr<Reader>> read(Lsn from) override {
    if (from == Lsn::zero()) from = at(kStart);
    if (from > tail()) return fail(Code::out_of_range, "the position is beyond the log");
    auto reader = std::make_unique<MemoryReader>(store_, delivery_, from);
    TRY_STATUS(reader->seek());
    return reader;
  }

  Lsn head() const override { return at(store_.head()); }
  Lsn tail() const override { return delivery_.tail(); }
  std::uint64_t bytes_between(Lsn from, Lsn to) const override {
    return store_.bytes_between(offset_of(from), offset_of(to));
  }
  Status trim(Lsn upto) override {
    store_.trim(std::min(offset_of(upto), delivery_.tail_offset()));
    return {};
  }
  Lsn retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const override {
    return at(store_.retention_point(policy, now_ns));
  }

  void fence(FenceCallback done) override {
    if (Status failed = delivery_.failure(); !failed) return done(fail(failed.error()));
    if (!started_) return done(fail(Code::unavailable, "the log is not started yet"));
    // One record serves all fences until it is delivered, if nothing was appended after it.
    if (fences_.empty() || waiting_.empty() ||
        fences_.back().offset != offset_of(waiting_.back().lsn)) {
      if (Status failed = append_own(RecordKind::fence); !failed) {
        return done(fail(std::move(failed).error()));
      }
    }
    fences_.push_back({offset_of(waiting_.back().lsn), std::move(done)});
  }

  const ClusterId& cluster() const override { return options_.cluster; }
  LogStats stats() const override {
    return {.appended_records = records_,
            .appended_bytes = bytes_,
            .retained_bytes = store_.bytes(),
            .segments = store_.chunks()};
  }

  void stop() override {
    durable_ = store_.tail();
    answer_durable();
    refuse("the log is stopped");
  }

 private:
  static constexpr std::uint64_t kStart = 4096;
  struct DurableWaiter {
    Lsn lsn;
    Durability durability;
    DurableCallback done;
  };
  struct FenceWaiter {
    std::uint64_t offset;
    FenceCallback done;
  };

  Lsn at(std::uint64_t offset) const { return lsn_at(0, offset); }

  Status append_own(RecordKind kind) {
    TRY_STATUS(append_record({.kind = kind, .wall_ns = clock_.wall_ns()}));
    return {};
  }
  Result<std::uint64_t> append_record(const AppendRequest& request) {
    TRY(const std::uint32_t size, payload_size(request.payload));
    const RecordHeader header = stamper_.next(request, size);
    RecordView view = store_.append(header, request.payload);
    view.token = request.token;
    stamper_.took(header);
    ++records_;
    bytes_ += record_size(size);
    waiting_.push_back(view);
    return header.origin.sequence;
  }

  std::size_t deliver_waiting(std::size_t limit) {
    std::size_t delivered = 0;
    for (; delivered < limit && !waiting_.empty(); ++delivered) {
      if (!delivery_.failure()) break;
      const RecordView view = waiting_.front();
      waiting_.pop_front();
      if (!delivery_.deliver(view)) break;
      answer_fences(offset_of(view.lsn));
    }
    answer_durable();
    return delivered;
  }

  void answer_fences(std::uint64_t delivered_offset) {
    while (!fences_.empty() && fences_.front().offset <= delivered_offset) {
      FenceCallback done = std::move(fences_.front().done);
      fences_.pop_front();
      done(tail());
    }
  }

  void answer_durable() {
    std::deque<DurableWaiter> rest;
    std::deque<DurableWaiter> waiters = std::exchange(waiters_, {});
    for (DurableWaiter& waiter : waiters) {
      if (is_durable(waiter.lsn, waiter.durability)) {
        waiter.done({});
      } else {
        rest.push_back(std::move(waiter));
      }
    }
    for (DurableWaiter& waiter : rest) waiters_.push_back(std::move(waiter));
  }

  void refuse(const std::string& reason) {
    const Error error{Code::unavailable, reason};
    delivery_.fail_with(error);
    for (DurableWaiter& waiter : std::exchange(waiters_, {})) waiter.done(fail(error));
    for (FenceWaiter& waiter : std::exchange(fences_, {})) waiter.done(fail(error));
    delivery_.wakers().wake_all();
  }

  void end_process() {
    refuse("the process that held the log is gone");
    waiting_.clear();
    delivery_.set_consumer(nullptr);
    delivery_.clear_failure();
    delivery_.reset_tail(at(store_.tail()));
    durable_ = store_.tail();
    started_ = false;
  }

  Clock& clock_;
  const FaultyOptions options_;
  Random random_;
  MemoryStore store_;
  Delivery delivery_;
  Stamper stamper_;
  std::uint32_t incarnation_ = 0;
  bool started_ = false;
  std::uint64_t durable_;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  std::deque<RecordView> waiting_;  // appended, not delivered
  std::deque<DurableWaiter> waiters_;
  std::deque<FenceWaiter> fences_;
};

}  // namespace

std::unique_ptr<FaultyLog> make_faulty_log(Clock& clock, FaultyOptions options) {
  return std::make_unique<FaultyLogImpl>(clock, options);
}

}  // namespace octavo::log
