// The table of terms in docs/security.md says of each term that reaches data or definitions what it
// needs, as its row does. tests/e2e/test_permissions.py compares the page with what the server
// does.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

using Needs = std::map<std::string, unsigned>;  // by name, of needs::Bit

// The words of the table's first column.
unsigned bit_of(std::string_view words) {
  static const std::map<std::string_view, unsigned> kBits{
      {"nothing", needs::kNothing},
      {"read", needs::kRead},
      {"write", needs::kWrite},
      {"config", needs::kConfig},
      {"config of the database", needs::kDatabaseConfig},
      {"config of the server", needs::kServerConfig},
      {"write of `rethinkdb.permissions`", needs::kPermissionsWrite},
  };
  const auto found = kBits.find(words);
  EXPECT_NE(found, kBits.end()) << words;
  return found == kBits.end() ? 0 : found->second;
}

// The names between backquotes in the table's second column.
void add_terms(std::string_view names, unsigned bit, Needs& terms) {
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = names.find('`', at);
    if (open == std::string_view::npos) return;
    const std::size_t close = names.find('`', open + 1);
    terms[std::string(names.substr(open + 1, close - open - 1))] |= bit;
    at = close + 1;
  }
}

Needs needs_of_page() {
  std::ifstream page("docs/security.md");
  Needs terms;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    const bool heading = line.starts_with("| needs | ReQL terms |");
    inside = heading || (inside && line.starts_with('|'));
    if (!inside || heading || line.starts_with("| ---")) continue;
    const std::string_view row(line);
    const std::size_t middle = row.find(" | ");
    add_terms(row.substr(middle), bit_of(row.substr(2, middle - 2)), terms);
  }
  return terms;
}

TEST(SecurityPageTest, SaysWhatEachTermNeeds) {
  Needs terms;
  for (const Term* term : all_terms()) {
    if (term->needs != 0) terms[std::string(term->name)] |= term->needs;
  }
  EXPECT_EQ(needs_of_page(), terms);
}

}  // namespace
}  // namespace octavo::reql
