// Faults in MySQL's words.

#include <fmt/format.h>

#include <algorithm>

#include "base/rows.h"
#include "dialect/sql/parser/parse.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

struct FaultRow {
  FaultKind kind;
  std::uint16_t number;
  std::string_view sql_state;
  std::string_view text;
  bool tells_place;
};
constexpr std::array kFaults = std::to_array<FaultRow>({
    {FaultKind::syntax, 1064, "42000",
     "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server "
     "version for the right syntax to use",
     true},
    {FaultKind::too_deep, 1436, "HY000", "Thread stack overrun: the statement is nested too deeply",
     true},
    {FaultKind::nothing, 1065, "42000", "Query was empty", false},
    {FaultKind::wrong_usage, 1221, "HY000", "Incorrect usage of INTO and INTO", false},
    {FaultKind::no_memory, 1038, "HY001", "Out of memory: the statement takes more than it may",
     false},
});
static_assert(rows_in_place(kFaults, &FaultRow::kind, FaultKind::no_memory));

constexpr std::size_t kNearCharacters = 80;

// So many characters of the text, whatever they take in UTF-8.
std::string_view near_text(std::string_view text, std::size_t at) {
  const std::string_view near = text.substr(std::min(at, text.size()));
  return near.substr(0, value::code_point_offset(near, kNearCharacters));
}

}  // namespace

Complaint complaint_of(const SyntaxFault& fault, std::string_view text) {
  const FaultRow& row = row_of(kFaults, fault.kind);
  Complaint complaint{.number = row.number, .sql_state = row.sql_state, .message = {}};
  if (!row.tells_place) {
    complaint.message = row.text;
    return complaint;
  }
  const std::string_view before = text.substr(0, std::min<std::size_t>(fault.at, text.size()));
  complaint.message = fmt::format("{} near '{}' at line {}", row.text, near_text(text, fault.at),
                                  1 + std::ranges::count(before, '\n'));
  return complaint;
}

}  // namespace octavo::sql
