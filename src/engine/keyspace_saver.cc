#include "engine/keyspace_saver.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/thread.h"

namespace octavo::engine {
namespace {

constexpr auto kInterval = std::chrono::seconds(1);
// A start replays this much in no time, so no snapshot is worth saving it.
constexpr std::uint64_t kQuickReplayBytes = 16 * kMiB;

std::unexpected<Error> stopped() { return fail(Code::unavailable, "the server is stopping"); }

}  // namespace

KeyspaceSaver::KeyspaceSaver(const SaverParts& parts, std::uint64_t due_bytes,
                             std::function<void()> saved)
    : parts_(parts), due_bytes_(due_bytes), saved_(std::move(saved)) {
  saves_.last_wall_ns = parts_.clock.wall_ns();
  thread_ = std::thread([this] { run(); });
}

void KeyspaceSaver::request(std::move_only_function<void(Status)> done) {
  {
    const MutexLock lock(mutex_);
    if (!stopping_) {
      requests_.push_back(std::move(done));
      changed_.notify_all();
      return;
    }
  }
  done(stopped());
}

KeyspaceSaves KeyspaceSaver::saves() const {
  const MutexLock lock(mutex_);
  KeyspaceSaves saves = saves_;
  saves.running = saves.running || !requests_.empty();
  return saves;
}

void KeyspaceSaver::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool KeyspaceSaver::stopping() const {
  const MutexLock lock(mutex_);
  return stopping_;
}

void KeyspaceSaver::run() {
  // Not lower: it takes the keyspace's mutex for moments.
  begin_thread("snapshot", ThreadPriority::working);
  MutexLock lock(mutex_);
  for (;;) {
    const auto until = std::chrono::steady_clock::now() + kInterval;
    while (!stopping_ && requests_.empty() && changed_.wait_until(mutex_, until)) {
    }
    auto requests = std::exchange(requests_, {});
    // Not sooner than the log has grown by what a snapshot takes to write: else most of the writing
    // under constant change would be snapshots, and everybody waits for the disk.
    const auto size = static_cast<std::uint64_t>(
        std::max<std::int64_t>(parts_.keyspace.keyspace().used_bytes(), 0));
    const bool due = parts_.log.bytes_between(parts_.snapshots.newest(), parts_.log.tail()) >=
                     std::max(due_bytes_, size);
    if (!stopping_ && (!requests.empty() || due)) {
      saves_.running = true;
      lock.unlock();
      const Status written = save();
      for (auto& done : requests) done(written);
      lock.lock();
      continue;
    }
    if (!stopping_) continue;
    lock.unlock();
    for (auto& done : requests) done(stopped());
    return;
  }
}

// One snapshot, with what there is to tell of it.
Status KeyspaceSaver::save() {
  std::uint64_t changes = 0;
  {
    auto& keyspace = parts_.keyspace.keyspace();
    const auto lock = keyspace.lock();
    changes = keyspace.stats().changes;
  }
  const Status written = write([this](double) { return !stopping(); });
  if (written || written.error().code != Code::cancelled) complaint_.note(written);
  saved_();
  const MutexLock lock(mutex_);
  saves_.running = false;
  saves_.last_failed = !written;
  if (written) {
    saves_.last_wall_ns = parts_.clock.wall_ns();
    saves_.changes_by_then = changes;
  }
  return written;
}

// Given up when `go_on` says no.
Status KeyspaceSaver::write(const keyspace::SnapshotProgress& go_on) {
  return parts_.snapshots.write(parts_.sequencer, parts_.keyspace.keyspace(), go_on);
}

Status KeyspaceSaver::save_last(Nanoseconds limit) {
  const Lsn newest = parts_.snapshots.newest();
  const bool changed = parts_.keyspace.applied() > newest;
  const std::uint64_t to_replay = parts_.log.bytes_between(newest, parts_.log.tail());
  if (!changed && to_replay < kQuickReplayBytes) return {};
  const std::int64_t until_ns = parts_.clock.monotonic_ns() + limit.count();
  Status written = write([&](double) { return parts_.clock.monotonic_ns() < until_ns; });
  const bool harmless = !written && (written.error().code == Code::cancelled ||
                                     written.error().code == Code::resource_exhausted);
  if (!harmless) return written;
  log_info("keyspace snapshot given up, the next start replays the log",
           {{"reason", written.error().what}});
  return {};
}

}  // namespace octavo::engine
