#pragma once

// Where an expression stands: how messages call the clause, and what may be named in it.

#include <array>
#include <cstdint>
#include <string_view>

#include "base/rows.h"

namespace octavo::sql {

enum class Clause : std::uint8_t {
  select,
  from,
  on,
  where,
  group,
  having,
  order,
  limit,
  values,
  set,
  window_partition,
  window_order,
};

// What a name that is no column may stand for.
namespace clause_flag {
constexpr std::uint8_t kAggregates = 1;
constexpr std::uint8_t kAliases = 2;  // of the select list: where no column has the name
constexpr std::uint8_t kAliasesFirst =
    4;                                    // where the name is all of the expression: before columns
constexpr std::uint8_t kGroupedOnly = 8;  // columns outside of aggregates are those of GROUP BY
constexpr std::uint8_t kWindows = 16;     // window functions may be called
}  // namespace clause_flag

struct ClauseRow {
  Clause clause;
  std::string_view words;  // of 1052 and 1054
  std::uint8_t flags = 0;
};
inline constexpr std::array kClauses = std::to_array<ClauseRow>({
    {Clause::select, "field list", clause_flag::kAggregates | clause_flag::kWindows},
    {Clause::from, "from clause"},
    {Clause::on, "on clause"},
    {Clause::where, "where clause"},
    {Clause::group, "group statement", clause_flag::kAliases},
    {Clause::having, "having clause",
     clause_flag::kAggregates | clause_flag::kAliases | clause_flag::kGroupedOnly},
    {Clause::order, "order clause",
     clause_flag::kAggregates | clause_flag::kAliases | clause_flag::kAliasesFirst |
         clause_flag::kWindows},
    {Clause::limit, "limit clause"},
    {Clause::values, "field list"},
    {Clause::set, "field list"},
    {Clause::window_partition, "window partition by", clause_flag::kAggregates},
    {Clause::window_order, "window order by", clause_flag::kAggregates},
});
static_assert(rows_in_place(kClauses, &ClauseRow::clause, Clause::window_order));

constexpr std::string_view words_of(Clause clause) { return row_of(kClauses, clause).words; }
constexpr bool allows(Clause clause, std::uint8_t flag) {
  return (row_of(kClauses, clause).flags & flag) != 0;
}

}  // namespace octavo::sql
