#pragma once

// Conditions that follow from others. They hold wherever those do, so that rows can be left out
// earlier, and tables joined in more orders.

#include <vector>

#include "dialect/sql/bind/join_block.h"

namespace octavo::sql {

// Of OR: what all of its arms say, and what each of them says of one table.
// (a AND b) OR (a AND c): a.
std::vector<JoinCondition> implied_by(const JoinCondition& condition, TableRows rows);

// Adds to the conditions of a block, and of those attached to it, what their equalities say
// together: of a = b and b = c that a = c.
void close_equalities(JoinBlock& block, TableRows rows);

}  // namespace octavo::sql
