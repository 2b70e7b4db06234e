// All commands, found by their names.

#include <algorithm>
#include <unordered_map>

#include "base/assert.h"
#include "protocol/mongodb/command/command.h"

namespace octavo::mongodb {
namespace {

using Names = std::unordered_map<std::string_view, const CommandRow*>;

Names all_names() {
  Names names;
  const auto add = [&names](std::string_view name, const CommandRow& row) {
    if (!name.empty()) ASSERT(names.emplace(name, &row).second);
  };
  for (const std::span<const CommandRow> family : command_families()) {
    for (const CommandRow& row : family) {
      ASSERT((row.run == nullptr) != (row.dialogue == nullptr));
      ASSERT(row.fields.size() <= FieldChecks::kMostRows);
      add(row.name, row);
      for (const std::string_view alias : row.aliases) add(alias, row);
    }
  }
  return names;
}

}  // namespace

std::span<const std::span<const CommandRow>> command_families() {
  static const std::span<const CommandRow> kFamilies[] = {
      aggregate_commands(), collection_commands(),  contents_commands(),    cursor_commands(),
      document_commands(),  explain_commands(),     hello_commands(),       index_commands(),
      login_commands(),     maintenance_commands(), parameter_commands(),   process_commands(),
      profile_commands(),   replica_set_commands(), role_commands(),        server_commands(),
      session_commands(),   test_commands(),        transaction_commands(), upkeep_commands(),
      user_commands(),
  };
  return kFamilies;
}

const CommandRow* find_command(std::string_view name) {
  static const Names kNames = all_names();
  const auto found = kNames.find(name);
  return found == kNames.end() ? nullptr : found->second;
}

}  // namespace octavo::mongodb
