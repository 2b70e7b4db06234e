#include "protocol/redis/command/subcommand_rows.h"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/subcommands.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::CommandSpec;

// Commands that have a table of subcommands.
struct Container {
  std::string_view name;
  std::span<const Subcommand> (*table)();
};
constexpr Container kContainers[] = {
    {"acl", acl_subcommands},         {"client", client_subcommands},
    {"command", command_subcommands}, {"config", config_subcommands},
    {"latency", latency_subcommands}, {"module", module_subcommands},
    {"pubsub", pubsub_subcommands},   {"slowlog", slowlog_subcommands},
};

// Commands on keys find theirs in their handlers.
struct KeySubcommand {
  std::string_view container;
  std::string_view name;
  int arity;
  bool has_key;
  std::string_view summary;
};
constexpr KeySubcommand kKeySubcommands[] = {
    {"memory", "doctor", 2, false, "A report on the memory in use."},
    {"memory", "malloc-stats", 2, false, "What the allocator holds."},
    {"memory", "purge", 2, false, "Gives free memory back to the system."},
    {"memory", "stats", 2, false, "How much memory the data uses."},
    {"memory", "usage", -3, true, "Bytes of a key with its value."},
    {"object", "encoding", 3, true, "How the value of a key is stored."},
    {"object", "freq", 3, true, "How often a key is used."},
    {"object", "idletime", 3, true, "Seconds since a key was used."},
    {"object", "refcount", 3, true, "References to the value of a key."},
    {"xgroup", "create", -5, true, "Creates a consumer group."},
    {"xgroup", "createconsumer", 5, true, "Creates a consumer in a group."},
    {"xgroup", "delconsumer", 5, true, "Removes a consumer from a group."},
    {"xgroup", "destroy", 4, true, "Removes a consumer group."},
    {"xgroup", "setid", -5, true, "Sets the last entry that a group has received."},
    {"xinfo", "consumers", 4, true, "The consumers of a group."},
    {"xinfo", "groups", 3, true, "The groups of a stream."},
    {"xinfo", "stream", -3, true, "A stream."},
};

constexpr keyspace::CommandFlags kHelpFlags =
    keyspace::kLoading | keyspace::kStale | keyspace::kNeedsNothing;
// What a subcommand has of its container whatever it needs.
constexpr keyspace::CommandFlags kSharedFlags =
    keyspace::kLoading | keyspace::kStale | keyspace::kNoScript;

class Rows {
 public:
  Rows() {
    for (const Container& container : kContainers) {
      const CommandSpec& spec = *all_commands().find(container.name);
      for (const Subcommand& one : container.table()) {
        CommandSpec& row = add(spec, one.name, one.arity, one.summary);
        if (one.needs != 0) row.flags = (spec.flags & kSharedFlags) | one.needs;
      }
    }
    for (const KeySubcommand& one : kKeySubcommands) {
      const CommandSpec& spec = *all_commands().find(one.container);
      CommandSpec& row = add(spec, one.name, one.arity, one.summary);
      if (!one.has_key) row.first_key = row.last_key = row.key_step = 0;
    }
    for (auto& [spec, rows] : of_) {
      CommandSpec& help = add(*spec, "help", 2, "Names the subcommands.");
      help.flags = kHelpFlags;
      help.first_key = help.last_key = help.key_step = 0;
    }
  }

  std::span<const CommandSpec> of(const CommandSpec& container) const {
    const auto found = of_.find(&container);
    if (found == of_.end()) return {};
    return found->second;
  }

 private:
  CommandSpec& add(const CommandSpec& container, std::string_view name, int arity,
                   std::string_view summary) {
    CommandSpec row = container;
    row.name = keep(std::string(container.name) + "|" + std::string(name));
    row.arity = arity;
    row.summary = keep(std::string(summary));
    std::vector<CommandSpec>& rows = of_[&container];
    rows.push_back(row);
    return rows.back();
  }
  // In one line.
  std::string_view keep(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return texts_.emplace_back(std::move(text));
  }

  std::map<const CommandSpec*, std::vector<CommandSpec>> of_;
  std::deque<std::string> texts_;
};

const Rows& all_rows() {
  static const Rows rows;
  return rows;
}

}  // namespace

std::span<const CommandSpec> subcommand_rows(const CommandSpec& container) {
  return all_rows().of(container);
}

const CommandSpec* find_described(std::string_view name) {
  const std::size_t bar = name.find('|');
  const CommandSpec* container = all_commands().find(name.substr(0, bar));
  if (container == nullptr || bar == std::string_view::npos) return container;
  const auto rows = subcommand_rows(*container);
  const auto found = std::ranges::find_if(
      rows, [&](const CommandSpec& row) { return keyspace::is_word(name, row.name); });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace octavo::redis
