#include "protocol/redis/command/subcommand_rows.h"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::CommandSpec;

constexpr keyspace::CommandFlags kHelpFlags =
    keyspace::kLoading | keyspace::kStale | keyspace::kNeedsNothing;
// What a subcommand has of its container whatever it needs.
constexpr keyspace::CommandFlags kSharedFlags =
    keyspace::kLoading | keyspace::kStale | keyspace::kNoScript;

class Rows {
 public:
  Rows() {
    for (const CommandSpec* container : all_commands().all()) {
      if (!container->subcommands.empty()) add_rows(*container);
    }
  }

  std::span<const CommandSpec> of(const CommandSpec& container) const {
    const auto found = of_.find(&container);
    if (found == of_.end()) return {};
    return found->second;
  }

 private:
  void add_rows(const CommandSpec& container) {
    for (const keyspace::Subcommand& one : container.subcommands) {
      CommandSpec& row = add(container, one.name, one.arity, one.summary);
      if (one.needs != 0) row.flags = (container.flags & kSharedFlags) | one.needs;
      if (!one.has_key) row.first_key = row.last_key = row.key_step = 0;
    }
    CommandSpec& help = add(container, "help", 2, "Names the subcommands.");
    help.flags = kHelpFlags;
    help.first_key = help.last_key = help.key_step = 0;
  }

  CommandSpec& add(const CommandSpec& container, std::string_view name, int arity,
                   std::string_view summary) {
    CommandSpec row = container;
    row.name = keep(std::string(container.name) + "|" + std::string(name));
    row.arity = arity;
    row.summary = keep(std::string(summary));
    row.subcommands = {};
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

// NOLINTBEGIN(bugprone-return-const-ref-from-parameter): the rows of a table live for ever
const CommandSpec& called_subcommand(const CommandSpec& container, keyspace::Args args) {
  if (args.size() < 2) return container;
  const auto* one = keyspace::find_subcommand(container.subcommands, args[1]);
  if (one == nullptr) return container;
  return subcommand_rows(container)[static_cast<std::size_t>(one - container.subcommands.data())];
}
// NOLINTEND(bugprone-return-const-ref-from-parameter)

std::string_view usage_of(const CommandSpec& row) {
  const CommandSpec* container = all_commands().find(row.name.substr(0, row.name.find('|')));
  if (container == nullptr) return {};
  const auto rows = subcommand_rows(*container);
  for (std::size_t i = 0; i < container->subcommands.size(); ++i) {
    if (&rows[i] == &row) return container->subcommands[i].arguments;
  }
  return {};
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
