#pragma once

// Tokens of the text form, shared by the parsers of expressions and of plans.

#include <charconv>
#include <optional>
#include <string_view>

#include "algebra/parse.h"
#include "value/notation.h"

namespace octavo::algebra {

class TextReader {
 public:
  TextReader(std::string_view text, FunctionFinder find)
      : begin_(text.data()), rest_(text), find_(find) {}

  std::unexpected<Error> expected(std::string_view what) const;

  void skip_space();
  bool done() {
    skip_space();
    return rest_.empty();
  }
  char peek() {
    skip_space();
    return rest_.empty() ? '\0' : rest_[0];
  }
  bool take(char c);
  // Takes `word` when the text goes on with it, as a whole word.
  bool take_word(std::string_view word);
  // Takes `(word`, the start of a list of that name.
  bool take_list(std::string_view word);
  // Takes a `-` or `+` that no number follows.
  bool take_lone(char sign);
  // Takes `name=`.
  bool take_setting(std::string_view name);
  // Letters, digits, points and underscores; empty when there are none.
  std::string_view word();

  template <class Number>
  Result<Number> number() {
    skip_space();
    Number value{};
    const auto end = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (end.ec != std::errc()) return expected("a number");
    rest_.remove_prefix(static_cast<std::size_t>(end.ptr - rest_.data()));
    return value;
  }
  Result<value::Value> value();
  Result<ExprPtr> expression(std::size_t depth = 0);
  Result<FunctionId> function();
  Result<std::vector<Option>> options(std::size_t depth = 0);
  Result<VarId> variable_id();

 private:
  Result<ExprPtr> node(std::size_t depth);
  Result<ExprPtr> lambda_node(std::size_t depth);
  Result<ExprPtr> call_node(std::size_t depth);
  Result<ExprPtr> subplan_node(std::size_t depth);
  Result<std::vector<ExprPtr>> arguments(std::size_t depth);

  const char* begin_;
  std::string_view rest_;
  FunctionFinder find_;
};

// A plan, as part of a text.
Result<PlanPtr> read_plan(TextReader& reader, std::size_t depth);

}  // namespace octavo::algebra
