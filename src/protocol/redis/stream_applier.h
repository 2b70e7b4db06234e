#pragma once

// The commands of a master's stream, applied through the log as they come: several together as one
// transaction, with the place up to which they were, so that a restart goes on behind them. What
// the master ran as a transaction is never parted.
//
// Blocks while it commits: on a thread of its own.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "engine/engine.h"
#include "keyspace/command.h"
#include "protocol/redis/origin.h"

namespace octavo::redis {

class StreamApplier {
 public:
  // What a client of `keyspace` publishes is told by `publish`; it is no write.
  using Publish = std::move_only_function<void(std::string_view channel, std::string_view message,
                                               bool is_shard)>;
  StreamApplier(engine::Engine& engine, Origin origin, Publish publish)
      : engine_(engine), origin_(std::move(origin)), publish_(std::move(publish)) {}

  // One command, which took so many bytes of the stream. `unsupported`: this server cannot do what
  // the master has done; `resource_exhausted`: there is no room.
  Status add(keyspace::Args args, std::uint64_t bytes);
  // Bytes of the stream that hold no command.
  void skip(std::uint64_t bytes) { seen_ += bytes; }
  // What was added, but for a transaction that has not ended.
  Status commit();

  // What is in the log.
  const Origin& origin() const { return origin_; }
  // What the master wants to know since the last call: how far we are.
  bool take_request() { return std::exchange(asked_, false); }

 private:
  struct Calls {
    Bytes bytes;
    std::size_t count = 0;
    bool by_clock = false;  // what they do depends on the time
  };

  Status add_control(keyspace::Args args, bool& known);
  Status add_write(keyspace::Args args);
  Status add_function(keyspace::Args args);
  Status add_call(keyspace::Args args, bool by_clock);
  Status end_transaction();
  Status move(Calls& calls);
  Status commit_calls();

  engine::Engine& engine_;
  Origin origin_;
  Publish publish_;
  Calls calls_;
  Calls open_;  // of the transaction that has not ended
  bool in_transaction_ = false;
  unsigned db_ = origin_.db;
  std::uint64_t seen_ = 0;  // bytes behind the origin's offset
  // Up to the end of `calls_`.
  std::uint64_t whole_ = 0;
  unsigned whole_db_ = origin_.db;
  bool asked_ = false;
};

// The keys that are there go, libraries as well, and come from there from now on: in one record.
Status forget_keys(engine::Engine& engine, const Origin& origin);
Status note_origin(engine::Engine& engine, const Origin& origin);
Status forget_origin(engine::Engine& engine);

}  // namespace octavo::redis
