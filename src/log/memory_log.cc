#include "log/memory_log.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "log/delivery.h"
#include "log/memory_store.h"

namespace octavo::log {
namespace {

class MemoryLog final : public CommitLog {
 public:
  MemoryLog(Clock& clock, const MemoryOptions& options)
      : clock_(clock),
        options_(options),
        store_(options.segment_bytes),
        delivery_(lsn_at(0, store_.tail())) {}

  ~MemoryLog() override { stop(); }

  Status start(Lsn from, Consumer& consumer, ReplayProgress) override {
    ASSERT(!delivery_.has_consumer());
    // New with every process: there is nothing to replay.
    if (from != Lsn::zero() && from != tail()) return beyond(from);
    delivery_.set_consumer(&consumer);
    stamper_.begin(options_.cluster, 0, options_.node, 1);
    TRY_STATUS(append_record({.kind = RecordKind::incarnate, .wall_ns = clock_.wall_ns()}));
    return delivery_.failure();
  }

  Result<std::uint64_t> append(const AppendRequest& request) override {
    ASSERT(!delivery_.delivering());
    if (!delivery_.has_consumer()) return fail(Code::unavailable, "the log is not started yet");
    return append_record(request);
  }

  bool delivers_inline() const override { return true; }
  Status writable() const override { return delivery_.failure(); }

  void when_durable(Lsn lsn, Durability, DurableCallback done) override {
    if (offset_of(lsn) >= store_.tail()) return done(beyond(lsn));
    done({});
  }
  bool is_durable(Lsn lsn, Durability) const override { return offset_of(lsn) < store_.tail(); }

  Result<std::unique_ptr<Reader>> read(Lsn from) override {
    if (from > tail()) return beyond(from);
    if (from == Lsn::zero()) from = lsn_at(0, kStart);
    auto reader = std::make_unique<MemoryReader>(store_, delivery_, from);
    TRY_STATUS(reader->seek());
    return reader;
  }

  Lsn head() const override { return lsn_at(0, store_.head()); }
  Lsn tail() const override { return delivery_.tail(); }
  std::uint64_t bytes_between(Lsn from, Lsn to) const override {
    return store_.bytes_between(offset_of(from), offset_of(to));
  }

  Status trim(Lsn upto) override {
    store_.trim(offset_of(upto));
    return {};
  }
  Lsn retention_point(const RetentionPolicy& policy, std::int64_t now_ns) const override {
    return lsn_at(0, store_.retention_point(policy, now_ns));
  }

  void fence(FenceCallback done) override {
    if (Status failed = delivery_.failure(); !failed) return done(fail(failed.error()));
    done(tail());
  }

  const ClusterId& cluster() const override { return options_.cluster; }

  LogStats stats() const override {
    return {.appended_records = records_.load(),
            .appended_bytes = bytes_.load(),
            .retained_bytes = store_.bytes(),
            .segments = store_.chunks()};
  }

  void stop() override {
    delivery_.fail_with({Code::unavailable, "the log is stopped"});
    delivery_.wakers().wake_all();
  }

 private:
  static constexpr std::uint64_t kStart = 4096;

  std::unexpected<Error> beyond(Lsn from) const {
    return fail(Code::out_of_range, fmt::format("log position {} was never given out; the log ends "
                                                "at {}",
                                                format_lsn(from), format_lsn(tail())));
  }

  Result<std::uint64_t> append_record(const AppendRequest& request) {
    TRY_STATUS(delivery_.failure());
    TRY(const std::uint32_t size, payload_size(request.payload));
    const RecordHeader header = stamper_.next(request, size);
    RecordView view = store_.append(header, request.payload);
    view.token = request.token;
    stamper_.took(header);
    records_.fetch_add(1, std::memory_order_relaxed);
    bytes_.fetch_add(record_size(size), std::memory_order_relaxed);
    // As in log/local_log.cc: the consumer's error ends the log, not this call.
    (void)delivery_.deliver(view);
    return header.origin.sequence;
  }

  Clock& clock_;
  const MemoryOptions options_;
  MemoryStore store_;
  Delivery delivery_;
  Stamper stamper_;
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace

std::unique_ptr<CommitLog> make_memory_log(Clock& clock, MemoryOptions options) {
  return std::make_unique<MemoryLog>(clock, options);
}

}  // namespace octavo::log
