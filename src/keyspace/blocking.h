#pragma once

// What a session needs to know about a command that waits.
//
// The session's part: run the command (as a write, through the log); when the batch says
// `blocked()`, register the keys with Keyspace::add_waiter under the same lock, and run the
// command again, for one key at a time, when that one is `ready`. When the time is up, Redis
// answers a null array.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/command.h"
#include "keyspace/type/object.h"
#include "keyspace/type/stream_value.h"

namespace octavo::keyspace {

class Keyspace;
class Reply;

// Seconds with a fraction, as milliseconds; 0: for ever. nullopt: the error is written.
std::optional<std::int64_t> timeout_argument(std::string_view argument, Reply& reply);

// A key, and what would end the wait for it.
struct WaitedKey {
  unsigned db = 0;
  std::string key;
  Kind kind = Kind::list;
  StreamId after;                    // XREAD: an entry behind this one
  std::optional<std::string> group;  // XREADGROUP: one that this group was not given
};

enum class WaitState : std::uint8_t {
  nothing,  // for this client; a key of another type is as good as none
  ready,
  key_gone,    // of XREADGROUP, which cannot be served any more
  group_gone,  // the same
};
// With the keyspace's mutex held.
WaitState wait_state(const Keyspace& keyspace, const WaitedKey& waited, std::int64_t now_ms);

struct BlockingCall {
  std::vector<WaitedKey> keys;
  std::int64_t timeout_ms = 0;  // 0: for ever
  bool takes = true;            // what it gets is gone for others
};
// Of a call that did block, so its arguments are right: those of `waiting_arguments`.
BlockingCall blocking_call(const CommandSpec& spec, unsigned db, Args args);

// The same call for one of its keys only.
std::vector<std::string> arguments_for_key(const CommandSpec& spec, Args args,
                                           std::string_view key);

// The arguments with which to try again later: `$` is replaced by the stream's last id of now.
// With the keyspace's mutex held.
std::vector<std::string> waiting_arguments(const Keyspace& keyspace, unsigned db,
                                           const CommandSpec& spec, Args args);

}  // namespace octavo::keyspace
