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
  // What was published there; it is no write, and is told when what came before it is applied.
  using Publish = std::move_only_function<void(std::string_view channel, std::string_view message,
                                               bool is_shard)>;
  // The bytes of the stream, once they are applied.
  using Relay = std::move_only_function<void(BytesView bytes)>;
  StreamApplier(engine::Engine& engine, Origin origin, Publish publish, Relay relay)
      : engine_(engine),
        origin_(std::move(origin)),
        publish_(std::move(publish)),
        relay_(std::move(relay)) {}

  // One command, which took these bytes of the stream. `unsupported`: this server cannot do what
  // the master has done; `resource_exhausted`: there is no room.
  Status add(keyspace::Args args, BytesView bytes);
  // Bytes of the stream that hold no command.
  void skip(BytesView bytes) { seen_ += bytes; }
  // What was added, but for a transaction that has not ended.
  Status commit();

  // What is in the log.
  const Origin& origin() const { return origin_; }
  // What the master wants to know since the last call: how far we are.
  bool take_request() { return std::exchange(asked_, false); }

 private:
  struct Message {
    std::string channel;
    std::string text;
    bool is_shard;
  };
  struct Calls {
    Bytes bytes;
    std::size_t count = 0;
    std::vector<Message> messages;
    bool by_clock = false;  // what they do depends on the time
  };

  Status add_control(keyspace::Args args, bool& known);
  Status add_write(keyspace::Args args);
  Status add_function(keyspace::Args args);
  Status add_call(keyspace::Args args, bool by_clock);
  Status end_transaction();
  Status add_message(keyspace::Args args, bool is_shard);
  Status check_size() const;
  Status move(Calls& calls);
  Status commit_calls();

  engine::Engine& engine_;
  Origin origin_;
  Publish publish_;
  Relay relay_;
  Calls calls_;
  Calls open_;  // of the transaction that has not ended
  bool in_transaction_ = false;
  unsigned db_ = origin_.db;
  Bytes seen_;  // behind the origin's offset
  // Up to the end of `calls_`.
  std::size_t whole_ = 0;
  unsigned whole_db_ = origin_.db;
  bool asked_ = false;
};

// The keys that are there go, libraries as well, and come from there from now on: in one record.
Status forget_keys(engine::Engine& engine, const Origin& origin);
Status note_origin(engine::Engine& engine, const Origin& origin);
// The same, unless anything was written since then (Keyspace::version_of_all): false.
Result<bool> note_origin_if(engine::Engine& engine, const Origin& origin, std::uint64_t version);
Status forget_origin(engine::Engine& engine);

}  // namespace octavo::redis
