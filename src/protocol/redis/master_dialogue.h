#pragma once

// One connection to a master, from its opening to its end: who we are, a snapshot of its keys
// unless it lets us go on where we were, then its stream. The snapshot is taken whole into a file
// without a name, and looked at, before any key of ours goes.
//
// It lives on an executor that serves nobody else: what it writes it waits for.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "io/executor.h"
#include "io/stream.h"
#include "io/task.h"
#include "protocol/redis/origin.h"
#include "protocol/redis/replication/source.h"
#include "protocol/redis/resp.h"
#include "protocol/redis/stream_applier.h"

namespace octavo::exec {
class SpillFile;
}

namespace octavo::redis {

enum class LinkPhase : std::uint8_t { none, connect, connecting, handshake, sync, connected };

// What others may see of it. Written by the link, read by any thread.
struct LinkState {
  std::atomic<LinkPhase> phase{LinkPhase::none};
  std::atomic<bool> loading{false};  // clients are not to see what there is by now
  std::atomic<bool> stopping{false};
  std::atomic<std::int64_t> last_input_ns{0};
  std::atomic<std::int64_t> down_since_ns{0};
  std::atomic<std::uint64_t> sync_total{0};  // bytes of the snapshot; 0: not known
  std::atomic<std::uint64_t> sync_read{0};
  std::atomic<std::uint64_t> loaded_keys{0};
  std::atomic<std::uint64_t> offset{0};
  std::atomic<std::uint64_t> full_syncs{0};

  void set_origin(const Origin& origin);
  Origin origin() const;
  void set_error(std::string text);
  std::string error() const;

 private:
  mutable Mutex mutex_;
  Origin origin_ OCTAVO_GUARDED_BY(mutex_);
  std::string error_ OCTAVO_GUARDED_BY(mutex_);  // why the last connection ended
};

class MasterDialogue {
 public:
  struct Options {
    std::string user;        // empty: the default one
    std::string password;    // empty: none is asked for
    std::uint16_t port = 0;  // ours
    std::string announced_host;
    std::int64_t timeout_ns = 0;  // for each answer, and of silence
  };
  // `source`: what follows this server is given the master's stream.
  MasterDialogue(engine::Engine& engine, ReplicationSource& source, LinkState& state,
                 Options options, StreamApplier::Publish publish);
  ~MasterDialogue();

  // Never OK: why it ended.
  io::Task<Status> run();
  // Ends it soon.
  void interrupt();

 private:
  Status open();
  io::Task<Status> introduce();
  io::Task<Status> begin();
  io::Task<Status> take_snapshot(std::string id, std::uint64_t offset);
  io::Task<Status> receive_until(std::string mark, exec::SpillFile& file);
  io::Task<Status> receive_bytes(std::uint64_t bytes, exec::SpillFile& file);
  Status load(exec::SpillFile& file, Origin next);
  io::Task<Status> follow();
  Status apply_input();
  Status take_commands();

  io::Task<Result<std::string>> ask(std::initializer_list<std::string_view> words);
  io::Task<Result<std::string>> exchange(Bytes request);
  io::Task<Status> send(Bytes bytes);
  io::Task<Result<std::string>> read_line();
  io::Task<Status> fill();
  void tick();
  void say_later(BytesView bytes);
  void drain();
  std::unexpected<Error> ended(std::string_view what) const;

  engine::Engine& engine_;
  ReplicationSource& source_;
  LinkState& state_;
  const Options options_;
  StreamApplier::Publish publish_;
  Origin origin_;
  std::optional<io::Stream> stream_;
  io::Timer timer_;  // looks at silence, and tells how far we are
  Bytes input_;
  std::size_t used_ = 0;  // of it
  Bytes later_;           // to be written when there is room: not while `send` writes
  bool sending_ = false;
  bool silent_ = false;  // the timer has ended it
  std::int64_t said_ns_ = 0;
  RequestParser parser_;
  std::optional<StreamApplier> applier_;  // once the stream has begun
};

}  // namespace octavo::redis
