#include "keyspace/needs.h"

#include <fmt/format.h>

#include "keyspace/arguments.h"
#include "keyspace/reply.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/numbers.h"

namespace octavo::keyspace {
namespace {

constexpr std::int64_t kMaxDatabases = 64;

void add_named(std::string_view argument, DatabaseSet& set) {
  const auto number = parse_int64(argument);
  if (number && *number >= 0 && *number < kMaxDatabases) {
    set |= database_bit(static_cast<unsigned>(*number));
  }
}

// What is read and what is written of it by a call that writes; one that reads, reads both.
struct Touched {
  DatabaseSet source = kNoDatabases;
  DatabaseSet target = kNoDatabases;
};

Touched touched(DatabaseRule rule, unsigned db, Args args) {
  const DatabaseSet selected = database_bit(db);
  Touched out;
  switch (rule) {
    case DatabaseRule::selected: out.target = selected; break;
    case DatabaseRule::copied:
      out.source = selected;
      for (std::size_t i = 3; i + 1 < args.size(); ++i) {
        if (is_word(args[i], "db")) add_named(args[++i], out.target);
      }
      if (out.target == kNoDatabases) out.target = selected;
      break;
    case DatabaseRule::moved:
      out.target = selected;
      if (args.size() > 2) add_named(args[2], out.target);
      break;
    case DatabaseRule::swapped:
      for (std::size_t i = 1; i < std::min<std::size_t>(args.size(), 3); ++i) {
        add_named(args[i], out.target);
      }
      break;
    case DatabaseRule::all: out.target = kAllDatabases; break;
    case DatabaseRule::any: break;
  }
  return out;
}

// Those of what is called, where a container holds commands with needs of their own.
CommandFlags flags_of(const CommandSpec& spec, Args args) {
  if (spec.subcommands.empty() || args.size() < 2) return spec.flags;
  const Subcommand* one = find_subcommand(spec.subcommands, args[1]);
  return one != nullptr && one->needs != 0 ? one->needs : spec.flags;
}

void refuse(CommandContext&, Args args, Reply& reply) { reply.error(args[0]); }

void answer(CommandContext&, Args args, Reply& reply) { reply.raw(args[0]); }

constexpr CommandSpec kRefused{"refused", 1,  kInternal | kNeedsNothing, 0, 0, 0, refuse,
                               "",        "", "Answers with an error."};
constexpr CommandSpec kAnswered{
    "answered", 1,  kInternal | kNeedsNothing,           0, 0, 0, answer,
    "",         "", "Answers with what was made before."};

}  // namespace

Needs needs_of(const CommandSpec& spec, unsigned db, Args args) {
  const CommandFlags flags = flags_of(spec, args);
  Needs needs;
  if ((flags & kNeedsNothing) != 0) return needs;
  const bool writes = (flags & (kWrite | kNeedsWrite)) != 0;
  const bool reads = (flags & (kReadonly | kNeedsRead)) != 0;
  const Touched on = touched(spec.database_rule, db, args);
  if (writes) needs.write = on.target;
  if (writes) needs.read = on.source;
  if (reads) needs.read |= on.source | on.target;
  needs.read_any = reads && spec.database_rule == DatabaseRule::any;
  needs.write_any = writes && spec.database_rule == DatabaseRule::any;
  needs.config = (flags & (kAdmin | kNeedsConfig)) != 0;
  return needs;
}

bool says_needs(const CommandSpec& spec) {
  constexpr CommandFlags kSaying =
      kWrite | kReadonly | kAdmin | kNeedsRead | kNeedsWrite | kNeedsConfig | kNeedsNothing;
  return (spec.flags & kSaying) != 0;
}

std::string no_permission(const CommandSpec& spec) {
  return fmt::format("NOPERM this user has no permissions to run the '{}' command", spec.name);
}

const CommandSpec& refused_call() { return kRefused; }
const CommandSpec& answered_call() { return kAnswered; }

}  // namespace octavo::keyspace
