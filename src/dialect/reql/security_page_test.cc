// The table of terms in docs/security.md holds each term that reaches data or definitions.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <limits>
#include <set>
#include <string>

#include "dialect/reql/read/term.h"

namespace octavo::reql {
namespace {

// The names between backquotes in the table's second column.
std::set<std::string> terms_of_page() {
  std::ifstream page("docs/security.md");
  std::set<std::string> names;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    inside = line.starts_with("| needs | ReQL terms |") || (inside && line.starts_with('|'));
    if (!inside) continue;
    std::size_t at = line.find('|', 1);
    for (;;) {
      const std::size_t open = line.find('`', at);
      if (open == std::string::npos) break;
      const std::size_t close = line.find('`', open + 1);
      names.insert(line.substr(open + 1, close - open - 1));
      at = close + 1;
    }
  }
  return names;
}

TEST(SecurityPageTest, HasEveryTermThatReachesDataOrDefinitions) {
  std::set<std::string> terms;
  for (unsigned number = 0; number <= std::numeric_limits<std::uint8_t>::max(); ++number) {
    const Term* term = find_term(static_cast<std::uint16_t>(number));
    if (term != nullptr && (term->flags & (kReadsData | kWrites)) != 0) {
      terms.emplace(term->name);
    }
  }
  EXPECT_EQ(terms_of_page(), terms);
}

}  // namespace
}  // namespace octavo::reql
