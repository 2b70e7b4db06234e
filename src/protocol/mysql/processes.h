#pragma once

// The clients of the service that have logged in, as SHOW PROCESSLIST lists them and as KILL ends
// them. Thread-safe.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"

namespace octavo::engine {
class Access;
}  // namespace octavo::engine
namespace octavo::protocol {
class ConnectionInfo;
}  // namespace octavo::protocol

namespace octavo::mysql {

struct Process {
  std::uint32_t id = 0;  // as the client was told in the greeting
  std::string user;      // the account
  std::string host;      // and port of the client
  std::string database;  // empty: none
  std::string command;   // in MySQL's words: Query, Execute, Sleep
  std::int64_t seconds = 0;
  std::string text;  // of the statement; empty: none runs
};

enum class Kill : std::uint8_t {
  query,       // what runs ends with 1317; where nothing runs nothing happens
  connection,  // so does what runs, and then the connection ends
};

class Processes {
 public:
  explicit Processes(const engine::Access& access) : access_(access) {}

  // One client, as long as it lives; written on the connection's thread.
  class Entry {
   public:
    // `end` is called from any thread and returns at once.
    Entry(Processes& all, protocol::ConnectionInfo& info, std::int64_t now_ns,
          std::function<void(Kill)> end);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    // `command` is a constant of the program, times are monotonic.
    void begin(const char* command, std::int64_t now_ns);
    // What runs; the text stays till `end`, or the next call of this.
    void set_text(std::string_view text);
    void end(std::int64_t now_ns);
    // The client has ended its own connection.
    bool has_ended_itself() const { return ended_itself_; }

   private:
    friend class Processes;
    Process look(std::int64_t now_ns) const;

    Processes& all_;
    protocol::ConnectionInfo& info_;
    const std::function<void(Kill)> end_;
    std::atomic<bool> ended_itself_{false};
    std::atomic<const char*> command_;
    std::atomic<std::int64_t> since_ns_;
    mutable Mutex mutex_;  // behind that of all
    std::string_view text_ OCTAVO_GUARDED_BY(mutex_);
  };

  // How many there have been, at most at once, and with something that runs.
  struct Counts {
    std::uint64_t opened = 0, most = 0, running = 0;
  };
  Counts counts() const;

  // Those that this user may see, ascending by number.
  std::vector<Process> list(std::string_view asking) const;
  // By the client of `asking`. 1094: there is no such process, 1095: it is somebody else's, 1317:
  // it is the one that asks. Does not wait for the end.
  Status kill(const protocol::ConnectionInfo& asking, std::uint64_t id, Kill what) const;

 private:
  const engine::Access& access_;
  mutable Mutex mutex_;
  std::map<std::uint64_t, Entry*> entries_ OCTAVO_GUARDED_BY(mutex_);
  std::uint64_t opened_ OCTAVO_GUARDED_BY(mutex_) = 0;
  std::uint64_t most_ OCTAVO_GUARDED_BY(mutex_) = 0;
};

}  // namespace octavo::mysql
