#pragma once

// Expressions of statements that are no queries: SET, DO, KILL.

#include <span>
#include <vector>

#include "dialect/sql/ast/expr.h"
#include "protocol/mysql/language/execution.h"

namespace octavo::mysql {

// Their values, in order, under one snapshot of what they read.
io::Task<Result<std::vector<sql::Constant>>> evaluate(Execution& execution,
                                                      std::vector<sql::Expr> expressions);

// As a variable of the user keeps it: numbers and texts as they are, all else as a text.
Result<sql::UserValue> user_value(const sql::Constant& constant, Execution& execution);

}  // namespace octavo::mysql
