#pragma once

// In which order tables are joined: the one that is thought to cost least, of those in which each
// next table is equal in something to one before it, where there is such a table.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dialect/sql/bind/join_links.h"

namespace octavo::sql {

// Numbers of units. With more than kMostOrdered there is no search, and the table with which there
// are the fewest rows is the next one. `wanted`: so many rows will be read; unset: all. Nothing:
// some name tables that are not among them.
std::optional<std::vector<std::size_t>> order_of(std::span<const JoinUnit> units,
                                                 const JoinConditions& conditions,
                                                 std::optional<std::uint64_t> wanted,
                                                 JoinLinks& links);

// For how many of the rows matches are looked for.
double rows_looked_for(double rows, std::optional<std::uint64_t> wanted);

}  // namespace octavo::sql
