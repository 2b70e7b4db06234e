// COMMAND.

#include <algorithm>

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/glob.h"
#include "protocol/redis/command/command_description.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/subcommand_rows.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::is_word;
using keyspace::Reply;

const std::vector<const CommandSpec*>& visible_commands() {
  static const std::vector<const CommandSpec*> visible = [] {
    std::vector<const CommandSpec*> out;
    for (const CommandSpec* spec : all_commands().all()) {
      if (!spec->has(keyspace::kInternal)) out.push_back(spec);
    }
    return out;
  }();
  return visible;
}

void count(CommandContext&, Args, Reply& reply) {
  reply.integer(static_cast<std::int64_t>(visible_commands().size()));
}

bool is_wanted(const CommandSpec& spec, std::string_view filter, std::string_view value) {
  if (is_word(filter, "pattern")) return keyspace::glob_matches(value, spec.name, true);
  if (is_word(filter, "module")) return false;  // there are none
  const auto categories = command_categories(spec);
  return std::ranges::any_of(categories,
                             [&](std::string_view category) { return is_word(value, category); });
}

void list(CommandContext&, Args args, Reply& reply) {
  const bool filtered = args.size() == 5 && is_word(args[2], "filterby");
  if (args.size() != 2 && !filtered) return reply.syntax_error();
  if (filtered && !is_word(args[3], "pattern") && !is_word(args[3], "aclcat") &&
      !is_word(args[3], "module")) {
    return reply.syntax_error();
  }
  std::vector<std::string_view> names;
  const auto add = [&](const CommandSpec& spec) {
    if (!filtered || is_wanted(spec, args[3], args[4])) names.push_back(spec.name);
  };
  for (const CommandSpec* spec : visible_commands()) {
    add(*spec);
    for (const CommandSpec& one : subcommand_rows(*spec)) add(one);
  }
  reply.array_header(names.size());
  for (const std::string_view name : names) reply.bulk(name);
}

void describe_all(Reply& reply) {
  reply.array_header(visible_commands().size());
  for (const CommandSpec* spec : visible_commands()) describe_command(*spec, reply);
}

void info(CommandContext&, Args args, Reply& reply) {
  if (args.size() == 2) return describe_all(reply);
  reply.array_header(args.size() - 2);
  for (const std::string_view name : args.subspan(2)) {
    const CommandSpec* spec = find_described(name);
    spec == nullptr ? reply.null() : describe_command(*spec, reply);
  }
}

void docs(CommandContext&, Args args, Reply& reply) {
  std::vector<const CommandSpec*> chosen;
  if (args.size() == 2) chosen = visible_commands();
  for (const std::string_view name : args.subspan(2)) {
    if (const CommandSpec* spec = find_described(name)) chosen.push_back(spec);
  }
  reply.map_header(chosen.size());
  for (const CommandSpec* spec : chosen) document_command(*spec, reply);
}

// The command in args[2] and what follows it; null: the error is written.
const CommandSpec* inner_command(Args call, Reply& reply) {
  const CommandSpec* spec = all_commands().find(call[0]);
  if (spec == nullptr) {
    reply.error("ERR Invalid command specified");
    return nullptr;
  }
  if (!keyspace::arity_fits(*spec, call.size())) {
    reply.error("ERR Invalid number of arguments specified for command");
    return nullptr;
  }
  // Scripts may have none.
  if (keyspace::key_positions(*spec, call).empty() && !spec->has(keyspace::kRunsCalls)) {
    reply.error("ERR The command has no key arguments");
    return nullptr;
  }
  return spec;
}

void get_keys(CommandContext&, Args args, Reply& reply) {
  const Args call = args.subspan(2);
  const CommandSpec* spec = inner_command(call, reply);
  if (spec == nullptr) return;
  const auto positions = keyspace::key_positions(*spec, call);
  reply.array_header(positions.size());
  for (const std::size_t at : positions) reply.bulk(call[at]);
}

void get_keys_and_flags(CommandContext&, Args args, Reply& reply) {
  const Args call = args.subspan(2);
  const CommandSpec* spec = inner_command(call, reply);
  if (spec == nullptr) return;
  const auto positions = keyspace::key_positions(*spec, call);
  reply.array_header(positions.size());
  for (std::size_t key = 0; key < positions.size(); ++key) {
    const auto flags = key_flags(*spec, call, key);
    reply.array_header(2);
    reply.bulk(call[positions[key]]);
    reply.set_header(flags.size());
    for (const std::string_view flag : flags) reply.simple(flag);
  }
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"count", 2, count, "", "How many commands there are."},
    {"docs", -2, docs, "[<command> ...]", "What commands do; of all when none is named."},
    {"getkeys", -4, get_keys, "<command> [<argument> ...]", "Which arguments are keys."},
    {"getkeysandflags", -4, get_keys_and_flags, "<command> [<argument> ...]",
     "Which arguments are keys, and what is done with them."},
    {"info", -2, info, "[<command> ...]", "Arity, flags and keys; of all when none is named."},
    {"list", -2, list, "[FILTERBY PATTERN|ACLCAT|MODULE <value>]", "The names of commands."},
};

void command(CommandContext& context, Args args, Reply& reply) {
  if (args.size() == 1) return describe_all(reply);
  keyspace::run_subcommand(kSubcommands, context, args, reply);
}

constexpr CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>(
        {"command", -1, keyspace::kLoading | keyspace::kStale | keyspace::kNeedsNothing, 0, 0, 0,
         command, "server", "2.8.13", "Describes commands."}),
};

}  // namespace

std::span<const CommandSpec> command_family() { return kCommands; }

}  // namespace octavo::redis
