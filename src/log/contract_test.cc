// What log/commit_log.h promises, asked of every back end.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <future>

#include "io/sim_file.h"
#include "log/fake_shared_log.h"
#include "log/faulty_log.h"
#include "log/local_log.h"
#include "log/memory_log.h"
#include "log/test_support.h"

namespace octavo::log {
namespace {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual CommitLog& log() = 0;
  // Lets everything happen that happens later: delivery, syncs.
  virtual void settle() {}
  virtual bool keeps_records() const { return true; }
  // Delivers from a thread of its own: what the consumer saw may be looked at after `settle`.
  virtual bool delivers_elsewhere() const { return false; }
  // A new process on the same records.
  virtual void restart() {}
};

class LocalBackend : public Backend {
 public:
  CommitLog& log() override { return *log_; }
  void restart() override {
    log_.reset();
    open();
  }

 protected:
  void open() {
    auto opened = open_local_log(*files_, clock_, options_);
    ASSERT_TRUE(opened) << opened.error().what;
    log_ = *std::move(opened);
  }
  ManualClock clock_;
  io::FileSystem* files_ = nullptr;
  LocalOptions options_;
  std::unique_ptr<LocalLog> log_;
};

// Real files, the real thread.
class PosixBackend final : public LocalBackend {
 public:
  PosixBackend() {
    char name[] = "/tmp/octavo-log-test-XXXXXX";
    directory_ = ::mkdtemp(name);
    files_ = &io::posix_file_system();
    options_.directory = directory_ + "/log";
    options_.first_segment_bytes = 16 * kKiB;
    options_.segment_bytes = 64 * kKiB;
    open();
  }
  ~PosixBackend() override {
    log_.reset();
    std::filesystem::remove_all(directory_);
  }
  void settle() override {
    const Lsn tail = log_->tail();
    if (tail <= log_->durable_tail() || log_->stats().appended_records == 0) return;
    std::promise<void> synced;
    log_->when_durable(lsn_at(0, offset_of(tail) - 1), Durability::disk,
                       [&](const Status&) { synced.set_value(); });
    synced.get_future().wait();
  }

 private:
  std::string directory_;
};

class SimBackend final : public LocalBackend {
 public:
  explicit SimBackend(std::uint64_t segment_bytes)
      : disk_(io::make_sim_disk(1)), mounted_(disk_->mount()) {
    files_ = mounted_.get();
    options_.directory = "/log";
    options_.first_segment_bytes = options_.segment_bytes = segment_bytes;
    options_.background_thread = false;
    open();
  }
  ~SimBackend() override { log_.reset(); }
  void settle() override { log_->run_background(); }

 private:
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> mounted_;
};

class MemoryBackend final : public Backend {
 public:
  CommitLog& log() override { return *log_; }
  bool keeps_records() const override { return false; }

 private:
  ManualClock clock_;
  std::unique_ptr<CommitLog> log_ = make_memory_log(clock_, {.segment_bytes = 4096});
};

class FaultyBackend final : public Backend {
 public:
  explicit FaultyBackend(double delivery_delay)
      : log_(make_faulty_log(clock_, {.seed = 3, .delivery_delay = delivery_delay})) {}
  CommitLog& log() override { return *log_; }
  void settle() override {
    for (int i = 0; i < 64; ++i) log_->pump();  // each syncs with a chance of one half
  }
  void restart() override { log_->kill(); }

 private:
  ManualClock clock_;
  std::unique_ptr<FaultyLog> log_;
};

// Node 0 of a shared log over a store without a thread of its own.
class SharedBackend final : public Backend {
 public:
  explicit SharedBackend(bool on_disk) {
    if (on_disk) {
      disk_ = io::make_sim_disk(1);
      mounted_ = disk_->mount();
    }
    open();
  }
  ~SharedBackend() override { node_.reset(); }

  CommitLog& log() override { return *node_; }
  bool keeps_records() const override { return disk_ != nullptr; }
  bool delivers_elsewhere() const override { return true; }
  void settle() override {
    std::promise<void> reached;
    node_->fence([&](const Result<Lsn>&) { reached.set_value(); });
    reached.get_future().wait();
    if (local_ != nullptr) local_->run_background();
  }
  void restart() override {
    node_.reset();
    open();
  }

 private:
  void open() {
    std::unique_ptr<CommitLog> store;
    if (disk_ == nullptr) {
      store = make_memory_log(clock_, {.segment_bytes = 4096});
    } else {
      auto opened = open_local_log(*mounted_, clock_,
                                   {.directory = "/log",
                                    .segment_bytes = 256 * kKiB,
                                    .first_segment_bytes = 256 * kKiB,
                                    .background_thread = false});
      ASSERT_TRUE(opened) << opened.error().what;
      local_ = opened->get();
      store = *std::move(opened);
    }
    node_ = make_broker(std::move(store), std::chrono::microseconds(200))->node(0);
  }

  ManualClock clock_;
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> mounted_;
  LocalLog* local_ = nullptr;  // the store, if it is on a disk
  std::unique_ptr<CommitLog> node_;
};

struct BackendCase {
  const char* name;
  std::unique_ptr<Backend> (*make)();
};

constexpr BackendCase kBackends[] = {
    {"local", [] { return std::unique_ptr<Backend>(std::make_unique<PosixBackend>()); }},
    {"local_sim",
     [] { return std::unique_ptr<Backend>(std::make_unique<SimBackend>(256 * kKiB)); }},
    {"local_tiny_segments",
     [] { return std::unique_ptr<Backend>(std::make_unique<SimBackend>(8 * kKiB)); }},
    {"memory", [] { return std::unique_ptr<Backend>(std::make_unique<MemoryBackend>()); }},
    {"faulty_inline", [] { return std::unique_ptr<Backend>(std::make_unique<FaultyBackend>(0)); }},
    {"faulty_mixed", [] { return std::unique_ptr<Backend>(std::make_unique<FaultyBackend>(0.5)); }},
    {"shared", [] { return std::unique_ptr<Backend>(std::make_unique<SharedBackend>(false)); }},
    {"shared_sim", [] { return std::unique_ptr<Backend>(std::make_unique<SharedBackend>(true)); }},
    {"faulty_late", [] { return std::unique_ptr<Backend>(std::make_unique<FaultyBackend>(1)); }},
};

class Contract : public testing::TestWithParam<BackendCase> {
 protected:
  Contract() : backend_(GetParam().make()) {}

  CommitLog& log() { return backend_->log(); }
  void start(Lsn from = Lsn::zero()) {
    const Status started = log().start(from, recorder_, {});
    ASSERT_TRUE(started) << started.error().what;
  }
  void append_numbered(int count, std::size_t size = 100) {
    for (int i = 0; i < count; ++i) {
      Bytes text = std::to_string(appended_++) + ":";
      text.resize(size, '.');
      ASSERT_TRUE(append_text(log(), text));
      expected_.push_back(text);
    }
  }
  std::vector<Bytes> read_payloads(Reader& reader) {
    std::vector<Bytes> out;
    for (;;) {
      const auto record = reader.next();
      EXPECT_TRUE(record) << record.error().what;
      if (!record || !*record) return out;
      if ((*record)->header.kind == RecordKind::transactions) {
        out.emplace_back((*record)->payload);
      }
    }
  }

  std::unique_ptr<Backend> backend_;
  Recorder recorder_;
  std::vector<Bytes> expected_;
  int appended_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Backends, Contract, testing::ValuesIn(kBackends),
                         [](const auto& test) { return test.param.name; });

TEST_P(Contract, StartAppendsAnIncarnateRecord) {
  EXPECT_EQ(append_text(log(), "too early").error().code, Code::unavailable);
  start();
  ASSERT_EQ(recorder_.seen.size(), 1U);
  EXPECT_EQ(recorder_.seen[0].header.kind, RecordKind::incarnate);
  EXPECT_GE(recorder_.seen[0].header.origin.incarnation, 1U);
  EXPECT_GT(recorder_.seen[0].lsn, Lsn::zero());
  EXPECT_EQ(recorder_.seen[0].header.cluster, log().cluster());
}

TEST_P(Contract, RecordsComeBackInOrderWithTheirTokens) {
  start();
  const BytesView pieces[] = {"one ", "", "two"};
  std::uint64_t last_sequence = recorder_.seen[0].header.origin.sequence;
  for (std::uint64_t token = 1; token <= 20; ++token) {
    const auto sequence = log().append({.transaction_count = 3, .token = token, .payload = pieces});
    ASSERT_TRUE(sequence);
    EXPECT_GT(*sequence, last_sequence);
    last_sequence = *sequence;
  }
  backend_->settle();
  ASSERT_EQ(recorder_.seen.size(), 21U);
  for (std::size_t i = 1; i < recorder_.seen.size(); ++i) {
    const SeenRecord& record = recorder_.seen[i];
    EXPECT_EQ(record.token, i);
    EXPECT_EQ(record.payload, "one two");
    EXPECT_EQ(record.header.transaction_count, 3U);
    EXPECT_EQ(record.header.origin.incarnation, recorder_.seen[0].header.origin.incarnation);
    EXPECT_EQ(record.lsn, recorder_.seen[i - 1].next);
    EXPECT_GT(record.next, record.lsn);
  }
  EXPECT_EQ(log().tail(), recorder_.seen.back().next);
  EXPECT_EQ(log().head(), recorder_.seen.front().lsn);
}

TEST_P(Contract, LogClockNeverRunsBackwards) {
  start();
  const std::int64_t base = recorder_.seen[0].header.time_ns;
  ASSERT_TRUE(append_text(log(), "a", base + 50));
  ASSERT_TRUE(append_text(log(), "b", base + 20));
  ASSERT_TRUE(append_text(log(), "c", base + 60));
  backend_->settle();
  EXPECT_EQ(recorder_.seen[1].header.time_ns, base + 50);
  EXPECT_EQ(recorder_.seen[2].header.time_ns, base + 50);
  EXPECT_EQ(recorder_.seen[3].header.time_ns, base + 60);
}

TEST_P(Contract, DurabilityIsToldOnce) {
  start();
  append_numbered(10);
  backend_->settle();
  std::atomic<int> calls = 0;
  for (const Durability durability : {Durability::memory, Durability::os, Durability::disk}) {
    for (const SeenRecord& record : recorder_.seen) {
      log().when_durable(record.lsn, durability, [&](const Status& status) {
        EXPECT_TRUE(status);
        ++calls;
      });
    }
  }
  backend_->settle();
  EXPECT_EQ(calls, 33);
  for (const Durability durability : {Durability::memory, Durability::os, Durability::disk}) {
    EXPECT_TRUE(log().is_durable(recorder_.seen.back().lsn, durability));
    EXPECT_FALSE(log().is_durable(log().tail(), durability));
  }
}

TEST_P(Contract, NobodyWaitsForWhatWasNeverGivenOut) {
  start();
  backend_->settle();
  for (const std::uint64_t beyond : {std::uint64_t{0}, 8 * kMiB}) {
    std::optional<Status> answer;
    const Lsn lsn = lsn_at(0, offset_of(log().tail()) + beyond);
    log().when_durable(lsn, Durability::disk, [&](Status status) { answer = std::move(status); });
    ASSERT_TRUE(answer);
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().code, Code::out_of_range);
  }
}

TEST_P(Contract, ReaderSeesWhatTheConsumerSaw) {
  start();
  append_numbered(50, 1000);
  if (backend_->delivers_elsewhere()) backend_->settle();
  auto reader = log().read(log().head()).value();
  EXPECT_EQ(read_payloads(*reader), recorder_.payloads());
  EXPECT_EQ(reader->position(), log().tail());
  append_numbered(50, 1000);
  backend_->settle();
  read_payloads(*reader);
  EXPECT_EQ(reader->position(), log().tail());

  // From the very beginning, and from every record.
  EXPECT_EQ(read_payloads(*log().read(Lsn::zero()).value()), expected_);
  for (const SeenRecord& record : recorder_.seen) {
    const auto from_here = log().read(record.lsn).value();
    const auto next = from_here->next();
    ASSERT_TRUE(next && *next);
    EXPECT_EQ((*next)->lsn, record.lsn);
    EXPECT_EQ((*next)->next, record.next);
    EXPECT_EQ((*next)->header, record.header);
    EXPECT_EQ((*next)->payload, record.payload);
    EXPECT_EQ((*next)->token, 0U);
  }
}

TEST_P(Contract, ReaderIsWokenOnce) {
  start();
  backend_->settle();
  auto reader = log().read(log().tail()).value();
  int wakes = 0;
  reader->notify_on_append([&] { ++wakes; });
  EXPECT_EQ(wakes, 0);
  append_numbered(3);
  backend_->settle();
  EXPECT_EQ(wakes, 1);
  reader->notify_on_append([&] { ++wakes; });  // behind: at once
  EXPECT_EQ(wakes, 2);
  EXPECT_EQ(read_payloads(*reader).size(), 3U);
  reader->notify_on_append([&] { wakes += 100; });
  reader->notify_on_append([&] { ++wakes; });  // replaces
  append_numbered(1);
  backend_->settle();
  EXPECT_EQ(wakes, 3);
  read_payloads(*reader);
  reader->notify_on_append([&] { wakes += 100; });
  reader.reset();
  append_numbered(1);
  backend_->settle();
  EXPECT_EQ(wakes, 3);
}

TEST_P(Contract, PositionsThatAreNoRecordAreRefused) {
  start();
  append_numbered(5);
  backend_->settle();
  const auto code_at = [&](Lsn lsn) {
    const auto reader = log().read(lsn);
    return reader ? std::optional<Code>() : std::optional(reader.error().code);
  };
  EXPECT_EQ(code_at(recorder_.seen[2].lsn), std::nullopt);
  EXPECT_EQ(code_at(log().tail()), std::nullopt);
  EXPECT_EQ(code_at(lsn_at(0, offset_of(recorder_.seen[2].lsn) + 8)), Code::out_of_range);
  EXPECT_EQ(code_at(lsn_at(0, 8)), Code::out_of_range);
  EXPECT_EQ(code_at(lsn_at(0, offset_of(log().tail()) + 64)), Code::out_of_range);
  EXPECT_EQ(code_at(lsn_at(9, offset_of(recorder_.seen[2].lsn))), Code::out_of_range);
}

TEST_P(Contract, RecordsOfAnySize) {
  start();
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 5000U, 300'000U, 3U}) {
    const Bytes text(size, 'z');
    ASSERT_TRUE(append_text(log(), text));
    expected_.push_back(text);
  }
  backend_->settle();
  EXPECT_EQ(recorder_.payloads(), expected_);
  EXPECT_EQ(read_payloads(*log().read(log().head()).value()), expected_);
}

TEST_P(Contract, TooLargeRecordIsRefusedAndChangesNothing) {
  start();
  const Bytes piece(64 * kMiB, 'x');
  const std::vector<BytesView> pieces(10, piece);
  const Lsn tail = log().tail();
  EXPECT_EQ(log().append({.payload = pieces}).error().code, Code::out_of_range);
  EXPECT_EQ(log().tail(), tail);
  append_numbered(1);
  backend_->settle();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_P(Contract, TrimGivesUpWholeSegmentsOnly) {
  start();
  append_numbered(300, 1000);
  backend_->settle();
  const Lsn middle = recorder_.seen[150].lsn;
  auto inside = log().read(log().head()).value();
  ASSERT_TRUE(inside->next().value());
  const std::uint64_t before = log().stats().retained_bytes;
  ASSERT_TRUE(log().trim(middle));
  EXPECT_LE(log().head(), middle);
  EXPECT_TRUE(log().read(middle));
  EXPECT_EQ(read_payloads(*log().read(log().head()).value()).back(), expected_.back());
  if (log().head() > recorder_.seen.front().lsn) {
    EXPECT_LT(log().stats().retained_bytes, before);
    EXPECT_EQ(log().read(recorder_.seen.front().lsn).error().code, Code::out_of_range);
  }
  ASSERT_TRUE(inside->next().value());  // what it has open stays
  ASSERT_TRUE(log().trim(log().tail()));
  append_numbered(1);
  backend_->settle();
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_P(Contract, BytesBetweenPositions) {
  start();
  append_numbered(100, 1000);
  backend_->settle();
  const Lsn middle = recorder_.seen[50].lsn;
  const std::uint64_t all = log().bytes_between(Lsn::zero(), log().tail());
  EXPECT_EQ(all, log().stats().retained_bytes);
  EXPECT_EQ(log().bytes_between(log().head(), middle) + log().bytes_between(middle, log().tail()),
            all);
  EXPECT_EQ(log().bytes_between(log().tail(), middle), 0U);
  EXPECT_EQ(log().bytes_between(middle, middle), 0U);
  EXPECT_EQ(log().bytes_between(middle, Lsn::last(0)), log().bytes_between(middle, log().tail()));
  ASSERT_TRUE(log().trim(middle));
  EXPECT_EQ(log().bytes_between(Lsn::zero(), log().tail()), log().stats().retained_bytes);
}

TEST_P(Contract, SaysWhetherRecordsComeBackWithinAppend) {
  start();
  EXPECT_TRUE(log().writable());
  if (!log().delivers_inline()) return;
  append_numbered(1);
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_P(Contract, RetentionBySizeAndAge) {
  start();
  const std::int64_t base = recorder_.seen[0].header.time_ns;
  for (int i = 1; i <= 300; ++i) ASSERT_TRUE(append_text(log(), Bytes(1000, 'r'), base + i));
  backend_->settle();
  EXPECT_EQ(log().retention_point({}, base + 1'000'000), log().head());
  EXPECT_EQ(log().retention_point({.max_bytes = 1 << 30, .max_age_ns = 1 << 30}, base + 300),
            log().head());
  const Lsn by_size = log().retention_point({.max_bytes = 100'000}, base + 300);
  const Lsn by_age = log().retention_point({.max_age_ns = 100}, base + 300);
  EXPECT_LE(offset_of(log().tail()) - offset_of(by_size), 100'000U);
  for (const SeenRecord& record : recorder_.seen) {
    if (record.lsn < by_age) {
      EXPECT_LE(record.header.time_ns, base + 200);
    }
  }
  EXPECT_TRUE(log().read(by_size));
  EXPECT_TRUE(log().read(by_age));
}

TEST_P(Contract, FenceWaitsForEverythingBefore) {
  start();
  append_numbered(5);
  std::vector<std::size_t> delivered_at_fence;
  for (int i = 0; i < 3; ++i) {
    log().fence([&](const Result<Lsn>& at) {
      ASSERT_TRUE(at);
      delivered_at_fence.push_back(recorder_.payloads().size());
    });
  }
  append_numbered(5);
  backend_->settle();
  ASSERT_EQ(delivered_at_fence.size(), 3U);
  for (const std::size_t delivered : delivered_at_fence) EXPECT_GE(delivered, 5U);
  std::size_t fences = 0;
  for (const SeenRecord& record : recorder_.seen) {
    fences += record.header.kind == RecordKind::fence ? 1 : 0;
  }
  EXPECT_LE(fences, 1U);
}

TEST_P(Contract, ConsumerErrorStopsTheLog) {
  start();
  append_numbered(1);
  backend_->settle();
  recorder_.refuse();
  (void)append_text(log(), "not applied");
  backend_->settle();
  EXPECT_EQ(log().writable().error().code, Code::unavailable);
  const auto next = append_text(log(), "refused");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Code::unavailable);
  EXPECT_EQ(recorder_.payloads(), expected_);
}

TEST_P(Contract, StopAnswersEveryoneAndRefusesFromThenOn) {
  start();
  append_numbered(5);
  if (backend_->delivers_elsewhere()) backend_->settle();
  auto reader = log().read(log().tail()).value();
  std::atomic<int> wakes = 0;
  reader->notify_on_append([&] { ++wakes; });
  std::atomic<int> answers = 0;  // given on whatever thread has the answer
  log().when_durable(recorder_.seen.back().lsn, Durability::disk,
                     [&](const Status&) { ++answers; });
  log().when_durable(lsn_at(0, offset_of(log().tail()) + (1U << 20)), Durability::disk,
                     [&](const Status&) { ++answers; });
  log().stop();
  log().stop();
  EXPECT_EQ(answers, 2);
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(append_text(log(), "late").error().code, Code::unavailable);
  EXPECT_EQ(log().writable().error().code, Code::unavailable);
  log().fence([&](const Result<Lsn>& at) { EXPECT_EQ(at.error().code, Code::unavailable); });
}

TEST_P(Contract, RestartReplaysFromAnyPosition) {
  if (!backend_->keeps_records()) return;
  start();
  append_numbered(100, 500);
  backend_->settle();
  const std::vector<SeenRecord> first_life = recorder_.seen;
  for (const std::size_t skip : {std::size_t{0}, std::size_t{1}, std::size_t{50}}) {
    backend_->restart();
    recorder_.seen.clear();
    start(first_life[skip].lsn);
    ASSERT_GT(recorder_.seen.size(), first_life.size() - skip);
    for (std::size_t i = skip; i < first_life.size(); ++i) {
      const SeenRecord& replayed = recorder_.seen[i - skip];
      EXPECT_EQ(replayed.lsn, first_life[i].lsn);
      EXPECT_EQ(replayed.next, first_life[i].next);
      EXPECT_EQ(replayed.header, first_life[i].header);
      EXPECT_EQ(replayed.payload, first_life[i].payload);
      EXPECT_EQ(replayed.token, 0U);
    }
    const RecordHeader& incarnate = recorder_.seen.back().header;
    EXPECT_EQ(incarnate.kind, RecordKind::incarnate);
    EXPECT_GT(incarnate.origin.incarnation, first_life.back().header.origin.incarnation);
    EXPECT_GE(incarnate.time_ns, first_life.back().header.time_ns);
    append_numbered(1);
    backend_->settle();
    EXPECT_EQ(recorder_.seen.back().payload, expected_.back());
  }
  backend_->restart();
  recorder_.seen.clear();
  const Status beyond = log().start(lsn_at(0, offset_of(log().tail()) + 4096), recorder_, {});
  EXPECT_EQ(beyond.error().code, Code::out_of_range);
}

}  // namespace
}  // namespace octavo::log
