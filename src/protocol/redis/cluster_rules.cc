#include "protocol/redis/cluster_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "keyspace/arguments.h"
#include "keyspace/sort_arguments.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandSpec;

// Arguments from the first on are shard channels.
struct ShardChannels {
  std::string_view command;
  bool one;  // the others are not
};
constexpr ShardChannels kShardChannels[] = {
    {"spublish", true}, {"ssubscribe", false}, {"sunsubscribe", false}};

const ShardChannels* shard_channels(const CommandSpec& spec) {
  const auto* const found = std::ranges::find(kShardChannels, spec.name, &ShardChannels::command);
  return found == std::end(kShardChannels) ? nullptr : found;
}

bool names_another_database(std::string_view argument) {
  const auto number = keyspace::parse_int64(argument);
  return number && *number != 0;
}

bool copies_elsewhere(Args args) {
  for (std::size_t i = 3; i + 1 < args.size(); ++i) {
    if (keyspace::is_word(args[i], "db") && names_another_database(args[++i])) return true;
  }
  return false;
}

}  // namespace

SlotOfCall slot_of_call(const CommandSpec& spec, Args args) {
  SlotOfCall out;
  const auto add = [&](std::string_view name) {
    const unsigned slot = slot_of(name);
    out.several = out.several || (out.slot && *out.slot != slot);
    out.slot = slot;
  };
  for (const std::size_t at : keyspace::key_positions(called_row(spec, args), args)) add(args[at]);
  if (const ShardChannels* const channels = shard_channels(spec)) {
    const std::size_t end = channels->one ? std::min<std::size_t>(args.size(), 2) : args.size();
    for (std::size_t at = 1; at < end; ++at) add(args[at]);
  }
  return out;
}

bool is_about_shard_channels(const CommandSpec& spec) { return shard_channels(spec) != nullptr; }

std::string refused_in_cluster(const CommandSpec& spec, Args args) {
  if (spec.has(keyspace::kSelects)) {
    return names_another_database(args[1]) ? "ERR SELECT is not allowed in cluster mode" : "";
  }
  switch (spec.database_rule) {
    case keyspace::DatabaseRule::swapped: return "ERR SWAPDB is not allowed in cluster mode";
    case keyspace::DatabaseRule::moved: return "ERR MOVE is not allowed in cluster mode";
    case keyspace::DatabaseRule::copied:
      if (!copies_elsewhere(args)) return {};
      return "ERR Copying to another database is not allowed in cluster mode";
    case keyspace::DatabaseRule::selected:
    case keyspace::DatabaseRule::all:
    case keyspace::DatabaseRule::any: break;
  }
  const std::string_view option = keyspace::sort_pattern_option(spec, args);
  if (option.empty()) return {};
  return fmt::format("ERR {} option of SORT denied in Cluster mode.", option);
}

}  // namespace octavo::redis
