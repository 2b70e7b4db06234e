#include "protocol/redis/command/command_description.h"

#include <algorithm>
#include <string>

#include "protocol/redis/acl_user.h"
#include "protocol/redis/command/argument_docs.h"
#include "protocol/redis/command/command_tips.h"
#include "protocol/redis/command/subcommand_rows.h"
#include "protocol/redis/command_flags.h"

namespace octavo::redis {
namespace {

using keyspace::CommandSpec;
using keyspace::Reply;

struct FlagName {
  keyspace::CommandFlags flag;
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
    {keyspace::kNeverLogged, "skip_slowlog"},
    {keyspace::kFast, "fast"},
    {keyspace::kNoAuth, "no_auth"},
    {keyspace::kRunsCalls, "no_mandatory_keys"},
    {keyspace::kNoMulti, "no_multi"},
    {keyspace::kMovableKeys, "movablekeys"},
    {kWhileBusy, "allow_busy"},
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
    {"dangerous", {}, keyspace::kDangerous | keyspace::kAdmin},
    {"connection", "connection"},
    {"transaction", "transactions"},
    {"scripting", "scripting"},
};

// Where a command is in other categories than its flags and its group say, as in Redis.
struct Exception {
  std::string_view command;  // or container, with all that it holds
  std::string_view in[3];
  std::string_view not_in[1] = {};
};
constexpr Exception kExceptions[] = {
    {"acl|getuser", {"admin", "dangerous"}},
    {"asking", {"connection"}},
    {"client|kill", {"admin", "dangerous"}},
    {"client|list", {"admin", "dangerous"}},
    {"client|no-evict", {"admin", "dangerous"}},
    {"client|pause", {"admin", "dangerous"}},
    {"client|unblock", {"admin", "dangerous"}},
    {"client|unpause", {"admin", "dangerous"}},
    {"cluster|addslots", {"admin", "dangerous"}},
    {"cluster|addslotsrange", {"admin", "dangerous"}},
    {"cluster|bumpepoch", {"admin", "dangerous"}},
    {"cluster|count-failure-reports", {"admin", "dangerous"}},
    {"cluster|countkeysinslot", {}, {"read"}},
    {"cluster|delslots", {"admin", "dangerous"}},
    {"cluster|delslotsrange", {"admin", "dangerous"}},
    {"cluster|failover", {"admin", "dangerous"}},
    {"cluster|flushslots", {"admin", "dangerous"}},
    {"cluster|forget", {"admin", "dangerous"}},
    {"cluster|getkeysinslot", {}, {"read"}},
    {"cluster|meet", {"admin", "dangerous"}},
    {"cluster|replicas", {"admin", "dangerous"}},
    {"cluster|replicate", {"admin", "dangerous"}},
    {"cluster|reset", {"admin", "dangerous"}},
    {"cluster|saveconfig", {"admin", "dangerous"}},
    {"cluster|set-config-epoch", {"admin", "dangerous"}},
    {"cluster|setslot", {"admin", "dangerous"}},
    {"cluster|slaves", {"admin", "dangerous"}},
    {"command", {"connection"}},
    {"dbsize", {"keyspace"}},
    {"flushall", {"keyspace"}},
    {"flushdb", {"keyspace"}},
    {"function|delete", {"write"}},
    {"function|flush", {"write"}},
    {"function|load", {"write"}},
    {"function|restore", {"write"}},
    {"info", {"dangerous"}},
    {"lastsave", {"dangerous"}},
    {"memory|doctor", {}, {"read"}},
    {"memory|malloc-stats", {}, {"read"}},
    {"memory|purge", {}, {"read"}},
    {"memory|stats", {}, {"read"}},
    {"pubsub|help", {}, {"pubsub"}},
    {"readonly", {"connection"}},
    {"readwrite", {"connection"}},
    {"role", {"admin", "dangerous"}},
    {"sort", {"list", "set", "sortedset"}, {"keyspace"}},
    {"sort_ro", {"list", "set", "sortedset"}, {"keyspace"}},
    {"swapdb", {"keyspace"}},
    {"wait", {"connection"}, {"keyspace"}},
};

constexpr std::string_view kOfContainers = "slow";

bool is_about(const Exception& row, std::string_view name) {
  return name == row.command ||
         (name.starts_with(row.command) && name.substr(row.command.size()).starts_with('|'));
}

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

std::vector<std::string_view> use_names(keyspace::KeyUse use) {
  std::vector<std::string_view> out;
  for (const UseName& row : kUseNames) {
    if ((use & row.bit) != 0) out.push_back(row.name);
  }
  return out;
}

// Where keys begin, and how many follow, in the terms of COMMAND INFO.
struct KeySpecification {
  keyspace::KeyUse use = 0;
  int first = 0;  // argument; behind the keyword, if there is one
  std::string_view keyword = {};
  int last = 0;  // behind the first; negative: from the end
  int step = 1;
  int limit = 0;     // 2: half of what is left are keys
  int count_at = 0;  // argument that says how many; 0: none does
};

std::vector<KeySpecification> key_specifications(const CommandSpec& spec) {
  std::vector<KeySpecification> out;
  const auto range = [&](int first, int last, keyspace::KeyUse use) {
    out.push_back({.use = use,
                   .first = first,
                   .last = last < 0 ? last : last - first,
                   .step = spec.key_step});
  };
  const bool one = spec.last_key == spec.first_key;
  if (spec.first_key > 0 && (one || spec.first_use == spec.rest_use)) {
    range(spec.first_key, spec.last_key, spec.first_use);
  } else if (spec.first_key > 0) {
    range(spec.first_key, spec.first_key, spec.first_use);
    range(spec.first_key + spec.key_step, spec.last_key, spec.rest_use);
  }
  switch (spec.key_rule) {
    case keyspace::KeyRule::range: break;
    case keyspace::KeyRule::num_keys:
      out.push_back({.use = spec.rest_use, .count_at = spec.num_keys_at});
      break;
    case keyspace::KeyRule::streams:
      out.push_back(
          {.use = spec.first_use, .first = 1, .keyword = "STREAMS", .last = -1, .limit = 2});
      break;
    case keyspace::KeyRule::store:
      out.push_back({.use = keyspace::use::kOW | keyspace::use::kUpdate,
                     .first = spec.first_key + 1,
                     .keyword = "STORE"});
      break;
  }
  return out;
}

void describe(const KeySpecification& one, Reply& reply) {
  reply.map_header(3);
  reply.bulk("flags");
  strings(use_names(one.use), "", reply);
  reply.bulk("begin_search");
  reply.map_header(2);
  reply.bulk("type");
  reply.bulk(one.keyword.empty() ? "index" : "keyword");
  reply.bulk("spec");
  reply.map_header(one.keyword.empty() ? 1 : 2);
  if (!one.keyword.empty()) {
    reply.bulk("keyword");
    reply.bulk(one.keyword);
  }
  reply.bulk(one.keyword.empty() ? "index" : "startfrom");
  reply.integer(one.count_at > 0 ? one.count_at : one.first);
  reply.bulk("find_keys");
  reply.map_header(2);
  reply.bulk("type");
  reply.bulk(one.count_at > 0 ? "keynum" : "range");
  reply.bulk("spec");
  reply.map_header(3);
  const auto field = [&](std::string_view name, int value) {
    reply.bulk(name);
    reply.integer(value);
  };
  if (one.count_at > 0) {
    field("keynumidx", 0);
    field("firstkey", 1);
    field("keystep", 1);
  } else {
    field("lastkey", one.last);
    field("keystep", one.step);
    field("limit", one.limit);
  }
}

}  // namespace

std::vector<std::string_view> all_categories() {
  std::vector<std::string_view> out;
  for (const Category& row : kCategories) out.push_back(row.name);
  return out;
}

std::vector<std::string_view> command_categories(const CommandSpec& spec) {
  std::vector<std::string_view> out;
  const auto* const exception = std::ranges::find_if(
      kExceptions, [&](const Exception& row) { return is_about(row, spec.name); });
  // What holds others is nothing by itself.
  const bool is_container = !spec.subcommands.empty();
  for (const Category& row : kCategories) {
    bool holds = is_container ? row.name == kOfContainers : row.holds(spec);
    if (exception != std::end(kExceptions)) {
      holds = (holds || std::ranges::find(exception->in, row.name) != std::end(exception->in)) &&
              std::ranges::find(exception->not_in, row.name) == std::end(exception->not_in);
    }
    if (holds) out.push_back(row.name);
  }
  return out;
}

void describe_command(const CommandSpec& spec, Reply& reply) {
  reply.array_header(10);
  reply.bulk(spec.name);
  reply.integer(spec.arity);
  std::vector<std::string_view> flags;
  for (const FlagName& row : kFlagNames) {
    if ((spec.flags & row.flag) != 0) flags.push_back(row.name);
  }
  strings(flags, "", reply);
  reply.integer(spec.first_key);
  reply.integer(spec.last_key);
  reply.integer(spec.key_step);
  strings(command_categories(spec), "@", reply);
  const auto tips = command_tips(spec.name);
  reply.array_header(tips.size());
  for (const std::string_view tip : tips) reply.bulk(tip);
  const auto specifications = key_specifications(spec);
  reply.array_header(specifications.size());
  for (const KeySpecification& one : specifications) describe(one, reply);
  const auto subcommands = subcommand_rows(spec);
  reply.array_header(subcommands.size());
  for (const CommandSpec& one : subcommands) describe_command(one, reply);
}

void document_command(const CommandSpec& spec, Reply& reply) {
  const auto subcommands = subcommand_rows(spec);
  reply.bulk(spec.name);
  const auto arguments = parse_usage(usage_of(spec));
  reply.map_header(3 + (arguments.empty() ? 0 : 1) + (subcommands.empty() ? 0 : 1));
  reply.bulk("summary");
  reply.bulk(spec.summary);
  reply.bulk("since");
  reply.bulk(spec.since);
  reply.bulk("group");
  reply.bulk(spec.group);
  if (!arguments.empty()) {
    reply.bulk("arguments");
    write_arguments(arguments, reply);
  }
  if (subcommands.empty()) return;
  reply.bulk("subcommands");
  reply.map_header(subcommands.size());
  for (const CommandSpec& one : subcommands) document_command(one, reply);
}

std::vector<std::string_view> key_flags(const keyspace::CommandSpec& spec, keyspace::Args args,
                                        std::size_t key) {
  return use_names(key_use(spec, args, key));
}

}  // namespace octavo::redis
