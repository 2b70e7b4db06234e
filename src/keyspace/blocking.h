#pragma once

// What a session needs to know about a command that waits.
//
// The session's part: run the command (as a write, through the log); when the batch says
// `blocked()`, register the keys with Keyspace::add_waiter under the same lock, and run the same
// command again whenever one of them is ready. When the time is up, Redis answers a null array.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "keyspace/command.h"

namespace octavo::keyspace {

class Keyspace;
class Reply;

// Seconds with a fraction, as milliseconds; 0: for ever. nullopt: the error is written.
std::optional<std::int64_t> timeout_argument(std::string_view argument, Reply& reply);

struct BlockingCall {
  std::vector<std::string_view> keys;
  std::int64_t timeout_ms = 0;  // 0: for ever
};
// Of a call that did block, so its arguments are right.
BlockingCall blocking_call(const CommandSpec& spec, Args args);

// The arguments with which to try again later: `$` is replaced by the stream's last id of now.
// With the keyspace's mutex held.
std::vector<std::string> waiting_arguments(const Keyspace& keyspace, unsigned db,
                                           const CommandSpec& spec, Args args);

}  // namespace octavo::keyspace
