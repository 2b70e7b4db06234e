#pragma once

// The scripts that clients have sent, by their SHA-1, and those that are running for long. Lost
// when the server stops, as in Redis. Thread-safe.

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/mutex.h"
#include "protocol/redis/script/script_memory.h"
#include "protocol/redis/script/source.h"

namespace octavo::redis {

struct StoredScript {
  ScriptSource source;
  bool loaded = false;  // by SCRIPT LOAD: not to be forgotten for others
  mutable std::atomic<bool> takes_long{false};
};
using StoredScriptPtr = std::shared_ptr<const StoredScript>;

class ScriptStore {
 public:
  // What scripts hold while they run is of that pool, which outlives it.
  explicit ScriptStore(MemoryPool& pool) : memory_(std::make_shared<ScriptMemory>(pool)) {}
  ~ScriptStore() { memory_->end(); }
  ScriptStore(const ScriptStore&) = delete;
  ScriptStore& operator=(const ScriptStore&) = delete;
  const std::shared_ptr<ScriptMemory>& memory() const { return memory_; }

  // Of all texts; scripts that only came with EVAL are forgotten above it.
  static constexpr std::size_t kMaxBytes = 32 * kMiB;

  StoredScriptPtr find(std::string_view sha) const;  // whatever the case of its digits
  // The one that is there already, or this. Null: there is no room.
  StoredScriptPtr add(ScriptSource source, bool loaded);
  void flush();
  // Changes when scripts are forgotten.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  std::size_t count() const;
  std::size_t bytes() const;
  // Of functions in libraries, when a thread has looked at them last.
  void set_functions(std::size_t count) { functions_.store(count, std::memory_order_relaxed); }
  std::size_t functions() const { return functions_.load(std::memory_order_relaxed); }

 private:
  bool make_room(std::size_t bytes) OCTAVO_REQUIRES(mutex_);

  const std::shared_ptr<ScriptMemory> memory_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, StoredScriptPtr> scripts_ OCTAVO_GUARDED_BY(mutex_);
  std::size_t bytes_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> generation_{1};
  std::atomic<std::size_t> functions_{0};
};

// A script that has left its client's thread.
struct RunningScript {
  std::string name;                // the function's, or the SHA-1
  std::vector<std::string> words;  // of the call, shortened
  std::string user;
  bool is_function = false;
  std::int64_t started_ns = 0;  // when it was listed
  std::atomic<bool> killed{false};
};

class RunningScripts {
 public:
  // At a time: as many as there are threads for scripts that take long. The next waits.
  static constexpr std::size_t kMost = 4;

  // `overdue`: all that run have begun long ago, and none of them was told to end, so that nobody
  // can say how long the next would wait.
  enum class Room : std::uint8_t { free, taken, overdue };

  // Whether the next would have to wait.
  bool full() const;
  // Whether one that was not told to end runs for longer than that, and whether it is a function.
  enum class Busy : std::uint8_t { no, script, function };
  Busy busy(std::int64_t longer_than_ns) const;

  // That a script is listed, once it was let in.
  class [[nodiscard]] Entry {
   public:
    Entry(RunningScripts& list, RunningScript& script) : list_(list), script_(script) {}
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;
    // Lists it, as begun now, unless `most` are listed already.
    Room enter(std::size_t most, std::int64_t overdue_after_ns);

   private:
    RunningScripts& list_;
    RunningScript& script_;
    bool entered_ = false;
  };

  // Calls `visit` for each, oldest first, until it is false.
  void visit(const std::function<bool(RunningScript&)>& visit) const;

 private:
  mutable Mutex mutex_;
  std::list<RunningScript*> scripts_ OCTAVO_GUARDED_BY(mutex_);
  std::atomic<std::size_t> count_{0};  // of `scripts_`
};

}  // namespace octavo::redis
