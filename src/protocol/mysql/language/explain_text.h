#pragma once

// EXPLAIN FORMAT=TREE and EXPLAIN ANALYZE as text.

#include <span>
#include <string>

#include "dialect/sql/bind/explain.h"
#include "exec/profile.h"

namespace octavo::mysql {

// With a profile each line has what its node did: as MySQL has it, averages of all loops, times in
// milliseconds until the first rows and until the end. Where the operator of a line above did its
// work, without times.
std::string explain_text(std::span<const sql::ExplainLine> lines, const exec::Profile* profile);

}  // namespace octavo::mysql
