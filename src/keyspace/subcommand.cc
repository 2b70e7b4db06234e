#include "keyspace/subcommand.h"

#include <algorithm>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/reply.h"

namespace octavo::keyspace {
namespace {

std::string upper_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

bool fits(int arity, std::size_t count) {
  const auto given = static_cast<int>(count);
  return arity >= 0 ? given == arity : given >= -arity;
}

}  // namespace

const Subcommand* find_subcommand(std::span<const Subcommand> table, std::string_view name) {
  const auto found = std::ranges::find_if(
      table, [name](const Subcommand& one) { return is_word(name, one.name); });
  return found == table.end() ? nullptr : &*found;
}

void subcommand_help(std::span<const Subcommand> table, Args args, Reply& reply) {
  std::vector<std::string> lines;
  for (const Subcommand& one : table) {
    lines.push_back(upper_case(one.name));
    if (!one.arguments.empty()) lines.back() += " " + std::string(one.arguments);
    std::string_view rest = one.help.empty() ? one.summary : one.help;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      lines.push_back("    " + std::string(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  const std::vector<std::string_view> views(lines.begin(), lines.end());
  help_reply(reply, upper_case(args[0]), views);
}

void run_subcommand(std::span<const Subcommand> table, CommandContext& context, Args args,
                    Reply& reply) {
  if (is_word(args[1], "help")) {
    if (args.size() == 2) return subcommand_help(table, args, reply);
    return wrong_arity(reply, std::string(args[0]) + "|help");
  }
  const Subcommand* one = find_subcommand(table, args[1]);
  if (one == nullptr) return unknown_subcommand(reply, args);
  if (fits(one->arity, args.size())) return one->run(context, args, reply);
  wrong_arity(reply, std::string(args[0]) + "|" + std::string(one->name));
}

}  // namespace octavo::keyspace
