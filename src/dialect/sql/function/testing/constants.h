#pragma once

// Constant expressions as texts, bound and computed as a statement would. No columns, no
// subqueries.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/function/store.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

struct ComputedText {
  // "bigint: 2", "NULL", "ERROR 1690: BIGINT value is out of range in '…'".
  std::string result;
  std::vector<std::string> notes;  // "1292 Truncated incorrect DOUBLE value: 'abc'"
};

class Constants {
 public:
  Constants();

  SessionFacts session;

  Result<Typed> bind(const Expr& expr, function::EvalContext& context) const;
  ComputedText compute(std::string_view expression) const;
  // Of the column `c` declared as the type: what is stored of the expression.
  ComputedText store(std::string_view type, std::string_view expression, StoreRule rule) const;

 private:
  ComputedText run(std::string_view expression,
                   const std::function<Result<Typed>(Typed, const CallContext&)>& finish) const;
};

// The cases of a file: an expression, a line `----`, its result and its notes, a line each; a blank
// line ends one. A line `## WORDS` says the modes of the cases behind it, and `write` for a strict
// write.
struct ValueCase {
  std::string place, expression, expected;
  std::string modes;
};
std::vector<ValueCase> read_value_cases(const std::string& path);
void set_modes(SessionFacts& session, std::string_view words);

}  // namespace octavo::sql
