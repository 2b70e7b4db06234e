#include "protocol/redis/command/subcommands.h"

#include <cctype>
#include <map>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

bool fits(int arity, std::size_t count) {
  const auto given = static_cast<int>(count);
  return arity >= 0 ? given == arity : given >= -arity;
}

// CLIENT LIST shows the last command with its subcommand. Handlers run with the keyspace's mutex
// held, which guards the names; they stay.
void show_as_last(keyspace::CommandContext& context, keyspace::Args args, const Subcommand& one) {
  static std::map<const Subcommand*, std::string> names;
  if (context.session() == nullptr) return;
  std::string& name = names[&one];
  if (name.empty()) name = keyspace::lower_case(args[0]) + "|" + std::string(one.name);
  session_of(context).connection().info().set_last_command(name.c_str());
}

}  // namespace

void subcommand_help(std::span<const Subcommand> table, keyspace::Args args,
                     keyspace::Reply& reply) {
  std::vector<std::string> lines;
  for (const Subcommand& one : table) {
    lines.push_back(upper_case(one.name));
    if (!one.arguments.empty()) lines.back() += " " + std::string(one.arguments);
    std::string_view rest = one.summary;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      lines.push_back("    " + std::string(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  keyspace::help_reply(reply, upper_case(args[0]), views);
}

keyspace::CommandFlags needs_in(std::span<const Subcommand> table, keyspace::CommandFlags otherwise,
                                keyspace::Args args) {
  for (const Subcommand& one : table) {
    const bool meant = args.size() > 1 && keyspace::is_word(args[1], one.name);
    if (meant && one.needs != 0) return one.needs;
  }
  return otherwise;
}

void run_subcommand(std::span<const Subcommand> table, keyspace::CommandContext& context,
                    keyspace::Args args, keyspace::Reply& reply) {
  if (keyspace::is_word(args[1], "help") && args.size() == 2) {
    return subcommand_help(table, args, reply);
  }
  for (const Subcommand& one : table) {
    if (!keyspace::is_word(args[1], one.name)) continue;
    if (fits(one.arity, args.size())) {
      show_as_last(context, args, one);
      return one.run(context, args, reply);
    }
    return keyspace::wrong_arity(reply,
                                 keyspace::lower_case(args[0]) + "|" + std::string(one.name));
  }
  keyspace::unknown_subcommand(reply, args);
}

}  // namespace octavo::redis
