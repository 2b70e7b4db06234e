// Appending to the log, and waiting for the disk in groups.
//
// The local log writes to OCTAVO_BENCH_DIR, or to a new folder under /tmp; what `disk` durability
// costs is that disk's business.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/assert.h"
#include "base/checksum.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "log/local_log.h"
#include "log/memory_log.h"

namespace octavo::log {
namespace {

constexpr std::size_t kRecordBytes = 300;
constexpr std::uint64_t kKeepBytes = 128 * kMiB;  // trimmed now and then, as a server does

class NullConsumer final : public Consumer {
 public:
  Status on_record(const RecordView& record) override {
    last = record.lsn;
    return {};
  }
  Lsn last;
};

class Folder {
 public:
  Folder() {
    const char* base = std::getenv("OCTAVO_BENCH_DIR");
    path_ = std::string(base == nullptr ? "/tmp" : base) + "/octavo-log-bench-XXXXXX";
    ASSERT(::mkdtemp(path_.data()) != nullptr);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<CommitLog> open_in(const Folder& folder) {
  LocalOptions options;
  options.directory = folder.path() + "/log";
  options.first_segment_bytes = options.segment_bytes;
  auto log = open_local_log(io::posix_file_system(), system_clock(), options);
  ASSERT(log.has_value());
  return *std::move(log);
}

void append_all(benchmark::State& state, CommitLog& log) {
  NullConsumer consumer;
  ASSERT(log.start(Lsn::zero(), consumer, {}).has_value());
  const Bytes payload(static_cast<std::size_t>(state.range(0)), 'p');
  const BytesView view = payload;
  std::uint64_t since_trim = 0;
  for (auto _ : state) {
    const auto sequence = log.append({.transaction_count = 1, .payload = {&view, 1}});
    if (!sequence) {
      state.SkipWithError(sequence.error().what.c_str());
      break;
    }
    since_trim += payload.size();
    if (since_trim < kKeepBytes) continue;
    since_trim = 0;
    ASSERT(log.trim(log.tail()).has_value());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void append_memory(benchmark::State& state) {
  const auto log = make_memory_log(system_clock());
  append_all(state, *log);
}
BENCHMARK(append_memory)->Arg(kRecordBytes)->Arg(4096);

// `os` durability: what is appended survives the death of the process.
void append_os(benchmark::State& state) {
  const Folder folder;
  const auto log = open_in(folder);
  append_all(state, *log);
}
BENCHMARK(append_os)->Arg(kRecordBytes)->Arg(4096)->UseRealTime();

// `disk` durability with a number of clients that each wait for their own record before the next.
void append_disk_group(benchmark::State& state) {
  const auto clients = static_cast<std::size_t>(state.range(0));
  const Folder folder;
  const auto log = open_in(folder);
  NullConsumer consumer;
  ASSERT(log->start(Lsn::zero(), consumer, {}).has_value());
  const Bytes payload(kRecordBytes, 'p');
  const BytesView view = payload;

  Mutex mutex;
  Condition changed;
  std::size_t idle = clients;
  for (auto _ : state) {
    {
      const MutexLock lock(mutex);
      while (idle == 0) changed.wait(mutex);
      --idle;
    }
    ASSERT(log->append({.transaction_count = 1, .payload = {&view, 1}}).has_value());
    log->when_durable(consumer.last, Durability::disk, [&](const Status& status) {
      ASSERT(status.has_value());
      const MutexLock lock(mutex);
      ++idle;
      changed.notify_one();
    });
  }
  {
    const MutexLock lock(mutex);
    while (idle < clients) changed.wait(mutex);
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["records_per_sync"] =
      static_cast<double>(state.iterations()) / static_cast<double>(log->stats().syncs);
}
BENCHMARK(append_disk_group)->Arg(1)->Arg(8)->Arg(64)->Arg(512)->UseRealTime();

void read_back(benchmark::State& state) {
  const Folder folder;
  const auto log = open_in(folder);
  NullConsumer consumer;
  ASSERT(log->start(Lsn::zero(), consumer, {}).has_value());
  const Bytes payload(kRecordBytes, 'p');
  const BytesView view = payload;
  constexpr int kRecords = 100'000;
  for (int i = 0; i < kRecords; ++i) {
    ASSERT(log->append({.transaction_count = 1, .payload = {&view, 1}}).has_value());
  }
  for (auto _ : state) {
    auto reader = log->read(Lsn::zero()).value();
    while (reader->next().value()) {
    }
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
  state.SetBytesProcessed(state.iterations() * kRecords * static_cast<int>(kRecordBytes));
}
BENCHMARK(read_back)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace octavo::log

BENCHMARK_MAIN();
