#include "protocol/redis/command/command_description.h"

#include <string>

#include "protocol/redis/command/subcommand_rows.h"

namespace octavo::redis {
namespace {

using keyspace::CommandSpec;
using keyspace::Reply;

struct FlagName {
  keyspace::CommandFlag flag;
  std::string_view name;
};
constexpr FlagName kFlagNames[] = {
    {keyspace::kWrite, "write"},
    {keyspace::kReadonly, "readonly"},
    {keyspace::kDenyOom, "denyoom"},
    {keyspace::kAdmin, "admin"},
    {keyspace::kPubsub, "pubsub"},
    {keyspace::kNoScript, "noscript"},
    {keyspace::kBlocking, "blocking"},
    {keyspace::kLoading, "loading"},
    {keyspace::kStale, "stale"},
    {keyspace::kSkipMonitor, "skip_monitor"},
    {keyspace::kFast, "fast"},
    {keyspace::kNoAuth, "no_auth"},
    {keyspace::kNoMulti, "no_multi"},
    {keyspace::kMovableKeys, "movablekeys"},
    {keyspace::kPausesAsWrite, "may_replicate"},
};

// What a command is in a category for: its group, a flag that it has, or one that it lacks. In the
// order in which ACL CAT names them.
struct Category {
  std::string_view name;
  std::string_view group = {};
  keyspace::CommandFlags has = 0;
  keyspace::CommandFlags lacks = 0;

  bool holds(const CommandSpec& spec) const {
    if (!group.empty()) return spec.group == group;
    return has != 0 ? (spec.flags & has) != 0 : (spec.flags & lacks) == 0;
  }
};
constexpr Category kCategories[] = {
    {"keyspace", "generic"},
    {"read", {}, keyspace::kReadonly},
    {"write", {}, keyspace::kWrite},
    {"set", "set"},
    {"sortedset", "sorted-set"},
    {"list", "list"},
    {"hash", "hash"},
    {"string", "string"},
    {"bitmap", "bitmap"},
    {"hyperloglog", "hyperloglog"},
    {"geo", "geo"},
    {"stream", "stream"},
    {"pubsub", "pubsub"},
    {"admin", {}, keyspace::kAdmin},
    {"fast", {}, keyspace::kFast},
    {"slow", {}, 0, keyspace::kFast},
    {"blocking", {}, keyspace::kBlocking},
    {"dangerous", {}, keyspace::kDangerous},
    {"connection", "connection"},
    {"transaction", "transactions"},
};

struct UseName {
  keyspace::use::Bit bit;
  std::string_view name;
};
constexpr UseName kUseNames[] = {
    {keyspace::use::kRO, "RO"},         {keyspace::use::kRW, "RW"},
    {keyspace::use::kOW, "OW"},         {keyspace::use::kRM, "RM"},
    {keyspace::use::kAccess, "access"}, {keyspace::use::kUpdate, "update"},
    {keyspace::use::kInsert, "insert"}, {keyspace::use::kDelete, "delete"},
};

void strings(const std::vector<std::string_view>& names, std::string_view prefix, Reply& reply) {
  reply.set_header(names.size());
  for (const std::string_view name : names) reply.simple(std::string(prefix) + std::string(name));
}

}  // namespace

std::vector<std::string_view> all_categories() {
  std::vector<std::string_view> out;
  for (const Category& row : kCategories) out.push_back(row.name);
  return out;
}

std::vector<std::string_view> command_categories(const CommandSpec& spec) {
  std::vector<std::string_view> out;
  for (const Category& row : kCategories) {
    if (row.holds(spec)) out.push_back(row.name);
  }
  return out;
}

void describe_command(const CommandSpec& spec, Reply& reply) {
  reply.array_header(10);
  reply.bulk(spec.name);
  reply.integer(spec.arity);
  std::vector<std::string_view> flags;
  for (const FlagName& row : kFlagNames) {
    if (spec.has(row.flag)) flags.push_back(row.name);
  }
  strings(flags, "", reply);
  reply.integer(spec.first_key);
  reply.integer(spec.last_key);
  reply.integer(spec.key_step);
  strings(command_categories(spec), "@", reply);
  reply.array_header(0);  // tips
  reply.array_header(0);  // key specifications
  const auto subcommands = subcommand_rows(spec);
  reply.array_header(subcommands.size());
  for (const CommandSpec& one : subcommands) describe_command(one, reply);
}

void document_command(const CommandSpec& spec, Reply& reply) {
  const auto subcommands = subcommand_rows(spec);
  reply.bulk(spec.name);
  reply.map_header(subcommands.empty() ? 3 : 4);
  reply.bulk("summary");
  reply.bulk(spec.summary);
  reply.bulk("since");
  reply.bulk(spec.since);
  reply.bulk("group");
  reply.bulk(spec.group);
  if (subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map_header(subcommands.size());
  for (const CommandSpec& one : subcommands) document_command(one, reply);
}

std::vector<std::string_view> key_flags(const keyspace::CommandSpec& spec, std::size_t key) {
  const keyspace::KeyUse use = key == 0 ? spec.first_use : spec.rest_use;
  std::vector<std::string_view> out;
  for (const UseName& row : kUseNames) {
    if ((use & row.bit) != 0) out.push_back(row.name);
  }
  return out;
}

}  // namespace octavo::redis
