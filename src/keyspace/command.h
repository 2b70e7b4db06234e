#pragma once

// What a command is: one row of data. Families of rows live in keyspace/command; the Redis
// protocol adds families of its own (connection, pub/sub, server) with the same row type.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace octavo::keyspace {

class CommandContext;
class Reply;

using Args = std::span<const std::string_view>;  // the command's name first
using CommandHandler = void (*)(CommandContext& context, Args args, Reply& reply);

using CommandFlags = std::uint64_t;  // of CommandFlag

enum CommandFlag : CommandFlags {
  kWrite = 1U << 0,  // changes keys: goes through the log
  kReadonly = 1U << 1,
  kDenyOom = 1U << 2,  // may make the data larger: refused above maxmemory
  kFast = 1U << 3,
  kBlocking = 1U << 4,     // may wait for a key, see CommandContext::block
  kMovableKeys = 1U << 5,  // first/last/step do not tell all keys
  kAdmin = 1U << 6,
  kPubsub = 1U << 7,
  kNoScript = 1U << 8,
  kLoading = 1U << 9,  // allowed while the data is being loaded
  kStale = 1U << 10,
  kNoAuth = 1U << 11,  // allowed before AUTH
  kNoMulti = 1U << 12,
  kSkipMonitor = 1U << 13,
  kDangerous = 1U << 14,
  kInternal = 1U << 15,       // only the server itself issues it; clients cannot name it
  kAllKeys = 1U << 16,        // touches any key (KEYS, FLUSHALL, ...)
  kAlone = 1U << 17,          // changes how other commands run: gets a batch of its own
  kPausesAsWrite = 1U << 18,  // not a write, but waits for the end of a CLIENT PAUSE WRITE as well
  // What it needs of whom it is run for, beyond what kWrite, kReadonly and kAdmin say (needs.h).
  // A row that says nothing of all these is an error.
  kNeedsRead = 1U << 19,
  kNeedsWrite = 1U << 20,
  kNeedsConfig = 1U << 21,   // of the whole server
  kNeedsNothing = 1U << 22,  // about the connection, or known to everybody
  // A write that puts a value made of its other keys, or of its arguments, at its first or at its
  // last key, and does nothing else (prepared_write.h).
  kMakesFirst = 1U << 23,
  kMakesLast = 1U << 24,
  // Reads nothing of the keyspace, and its handler may run on any thread while its session waits.
  kAnyThread = 1U << 25,
  kMovesElement = 1U << 26,  // BLMOVE and its kin: from one key to another
  // In the dialogue of a session.
  kInsideMulti = 1U << 27,      // runs at once while a transaction queues the others
  kEndsMulti = 1U << 28,        // EXEC
  kDropsMulti = 1U << 29,       // gives up what was queued
  kSelects = 1U << 30,          // another database for the calls behind it
  kWhileSubscribed = 1U << 31,  // allowed in RESP2 while channels are listened to
  kDuringPause =
      CommandFlags{1} << 32,  // runs while all clients are paused, so that it can be ended
  kNeverLogged = CommandFlags{1} << 33,  // not in the log of slow calls
  kTouches = CommandFlags{1} << 34,      // notes the access of its keys whatever the client wants
  // As fast as kFast while its arguments are small, though Redis does not call it so.
  kFastIfSmall = CommandFlags{1} << 35,
  // Runs other calls, which decide what it does (protocol/redis/session_script.cc).
  kRunsCalls = CommandFlags{1} << 40,
};

// The databases that a call touches.
enum class DatabaseRule : std::uint8_t {
  selected,
  copied,   // and the one behind DB, which is written
  moved,    // and that of the second argument
  swapped,  // those of both arguments
  all,
  any,  // what belongs to no database needs the right to one of them, whichever
};

// Where the keys are, besides first/last/step.
enum class KeyRule : std::uint8_t {
  range,     // first, last, step say it all
  num_keys,  // also those counted by the argument at `num_keys_at`
  streams,   // after STREAMS, the first half
  store,     // also the one behind STORE or STOREDIST
};

// What a command does with a key, in the words of Redis's key specifications: of the value as a
// whole (read only, read and write, overwrite, remove), and of what the value holds.
namespace use {
enum Bit : std::uint16_t {
  kRO = 1U << 0,
  kRW = 1U << 1,
  kOW = 1U << 2,
  kRM = 1U << 3,
  kAccess = 1U << 4,  // what is there is returned, copied, or decides something
  kUpdate = 1U << 5,
  kInsert = 1U << 6,
  kDelete = 1U << 7,
};
}  // namespace use
using KeyUse = std::uint16_t;  // of use::Bit

// One that a container (CONFIG, OBJECT) holds: CONFIG GET. Rows are made known by `holding` of
// subcommand.h.
struct Subcommand {
  std::string_view name;  // lower case, without that of its container
  int arity;              // with both names; negative: at least that many
  CommandHandler run;
  std::string_view arguments;  // as HELP shows them
  std::string_view summary;    // lines
  CommandFlags needs = 0;      // as CommandFlag; 0: what its container needs
  bool has_key = true;         // the one that the row of its container tells, if it tells one
  std::string_view help = {};  // lines that HELP shows instead of the summary
};

struct CommandSpec {
  std::string_view name;  // lower case
  int arity;              // with the name; negative: at least that many
  CommandFlags flags;
  int first_key;  // 0: none
  int last_key;   // negative: from the end
  int key_step;
  CommandHandler handler;
  std::string_view group;  // as COMMAND DOCS names it
  std::string_view since;
  std::string_view summary;
  KeyRule key_rule = KeyRule::range;
  int num_keys_at = 0;
  DatabaseRule database_rule = DatabaseRule::selected;
  std::span<const Subcommand> subcommands = {};  // of a container
  // The command that does the same where the arguments name no key to store into (SORT_RO).
  std::string_view read_only_form = {};
  KeyUse first_use = use::kRO | use::kAccess;  // of the first key
  KeyUse rest_use = use::kRO | use::kAccess;   // of the others
  int element_at =
      0;  // which argument names an element of the first key that is looked up; 0: none

  constexpr CommandSpec with_use(KeyUse first, KeyUse rest) const {
    CommandSpec out = *this;
    out.first_use = first;
    out.rest_use = rest;
    return out;
  }
  constexpr CommandSpec with_use(KeyUse all) const { return with_use(all, all); }
  constexpr CommandSpec with_element_at(int argument) const {
    CommandSpec out = *this;
    out.element_at = argument;
    return out;
  }
  constexpr CommandSpec with_read_only_form(std::string_view twin) const {
    CommandSpec out = *this;
    out.read_only_form = twin;
    return out;
  }
  bool has(CommandFlag flag) const { return (flags & flag) != 0; }
  bool is_write() const { return has(kWrite); }
};

// The sum of their sizes.
std::size_t bytes_of(Args args);

// True when the number of arguments fits the arity.
bool arity_fits(const CommandSpec& spec, std::size_t argument_count);

// Positions in `args` of the keys; empty when the command has none or is malformed.
std::vector<std::size_t> key_positions(const CommandSpec& spec, Args args);

// Where XREAD or XREADGROUP names an option (lower case), which may also be the name of a group;
// `args.size()` when it does not.
std::size_t stream_option(Args args, std::string_view option);

}  // namespace octavo::keyspace
