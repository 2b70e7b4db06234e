#include "dialect/mongodb/match/position.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/match/element.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/match/tree.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::uint16_t kTurns[] = {
    op::kElement,      op::kElementIs, op::kSizeIs,         op::kEqual,        op::kLessOrEqual,
    op::kLess,         op::kGreater,   op::kGreaterOrEqual, op::kMatches,      op::kModulo,
    op::kExists,       op::kIn,        op::kBitsAllSet,     op::kBitsAllClear, op::kBitsAnySet,
    op::kBitsAnyClear, op::kHasType,
};

// Whether a part of the filter holds, and the position that it found.
struct Outcome {
  bool holds = false;
  std::optional<std::size_t> position;
};

class LambdaCondition final : public ElementCondition {
 public:
  LambdaCondition(const ExprPtr& lambda, function::EvalContext& context)
      : lambda_(lambda), context_(context) {}
  Result<bool> holds(const Value& element) override {
    TRY(const Item result, evaluate_item(lambda_, {&element, 1}, context_));
    return is_truthy(result);
  }

 private:
  const ExprPtr& lambda_;
  function::EvalContext& context_;
};

class Search {
 public:
  Search(algebra::VarId row, const Value& document, function::EvalContext& context)
      : row_(row), document_(document), context_(context) {}

  Result<Outcome> of(const ExprPtr& part) {
    if (const algebra::Call* all = call_of(part, op::kAllOf)) return of_all(*all);
    if (const algebra::Call* any = call_of(part, op::kAnyOf)) return of_any(*any);
    if (const auto test = test_of(part, row_)) return of_test(*test, *call_of(part));
    TRY(const Item result, evaluate_item(algebra::lambda({row_}, part), {&document_, 1}, context_));
    return Outcome{.holds = is_truthy(result), .position = std::nullopt};
  }

 private:
  // The last of them that says where counts, in the order in which MongoDB goes through them: by
  // kinds of tests, and by paths among those of one kind.
  Result<Outcome> of_all(const algebra::Call& all) {
    Outcome outcome{.holds = true, .position = std::nullopt};
    Turn last;
    for (const ExprPtr& part : all.args) {
      TRY(const Outcome one, of(part));
      if (!one.holds) return one;
      if (!one.position) continue;
      Turn turn = turn_of(part);
      if (outcome.position && turn < last) continue;
      outcome.position = one.position;
      last = std::move(turn);
    }
    return outcome;
  }

  using Turn = std::pair<std::ptrdiff_t, std::vector<std::string>>;
  Turn turn_of(const ExprPtr& part) const {
    const auto test = test_of(part, row_);
    if (!test) return {-1, {}};
    const auto* const place = std::ranges::find(kTurns, test->number);
    return {std::distance(std::begin(kTurns), place), test->path};
  }

  // Of alternatives only those that could be one $in say where.
  Result<Outcome> of_any(const algebra::Call& any) {
    const bool one_path = are_of_one_path(any);
    for (const ExprPtr& part : any.args) {
      TRY(const Outcome one, of(part));
      if (one.holds) return one_path ? one : Outcome{.holds = true, .position = std::nullopt};
    }
    return Outcome();
  }

  bool are_of_one_path(const algebra::Call& any) const {
    std::optional<std::vector<std::string>> path;
    for (const ExprPtr& part : any.args) {
      const auto test = test_of(part, row_);
      const bool value = test && (test->number == op::kEqual || test->number == op::kIn ||
                                  test->number == op::kMatches);
      if (!value || (path && *path != test->path)) return false;
      path = test->path;
    }
    return true;
  }

  Result<Outcome> of_test(const TestCall& test, const algebra::Call& call) {
    TRY(const value::ArrayView names, names_of(call.args[1]));
    if (test.function != nullptr) {
      LambdaCondition condition(test.function, context_);
      const Elements elements = test.number == op::kElement ? Elements::documents : Elements::all;
      TRY(const auto position, first_element(&document_, names, elements, condition, context_));
      return Outcome{.holds = position.has_value(), .position = position};
    }
    const PathTest values{
        .object = &document_, .names = names, .operand = &test.operand, .order = test.order};
    TRY(const auto position, first_match(*find_predicate(test.number), values, context_));
    if (!position) return Outcome();
    if (*position == kNoPosition) return Outcome{.holds = true, .position = std::nullopt};
    return Outcome{.holds = true, .position = position};
  }

  algebra::VarId row_;
  const Value& document_;
  function::EvalContext& context_;
};

}  // namespace

Result<std::optional<std::size_t>> matched_element(const ExprPtr& filter, const Value& document,
                                                   function::EvalContext& context) {
  const FilterBody body = body_of(filter);
  if (body.body == nullptr) return fail(Code::internal, "a filter is no function of one row");
  TRY(const Outcome outcome, Search(body.row, document, context).of(body.body));
  return outcome.holds ? outcome.position : std::nullopt;
}

}  // namespace octavo::mongodb
