#include "dialect/mongodb/match/conditions.h"

#include <algorithm>

#include "dialect/mongodb/match/tree.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

struct KindRow {
  std::uint16_t number;
  ConditionKind kind;
  std::optional<ConditionKind> negated;
};

constexpr KindRow kKinds[] = {
    {op::kEqual, ConditionKind::equal, ConditionKind::not_equal},
    {op::kGreater, ConditionKind::greater, std::nullopt},
    {op::kGreaterOrEqual, ConditionKind::greater_or_equal, std::nullopt},
    {op::kLess, ConditionKind::less, std::nullopt},
    {op::kLessOrEqual, ConditionKind::less_or_equal, std::nullopt},
    {op::kIn, ConditionKind::in, ConditionKind::not_in},
    {op::kExists, ConditionKind::exists, ConditionKind::not_exists},
    {op::kMatches, ConditionKind::regex, std::nullopt},
    {op::kElement, ConditionKind::element, std::nullopt},
    {op::kElementIs, ConditionKind::element_is, std::nullopt},
    {op::kHasType, ConditionKind::type, std::nullopt},
    {op::kSizeIs, ConditionKind::size, std::nullopt},
    {op::kGeoWithin, ConditionKind::geo_within, std::nullopt},
    {op::kGeoIntersects, ConditionKind::geo_intersects, std::nullopt},
    {op::kNear, ConditionKind::near, std::nullopt},
};

std::optional<Condition> condition_of(const ExprPtr& expression, algebra::VarId row) {
  const algebra::Call* negation = call_of(expression, op::kNot);
  if (negation != nullptr && negation->args.size() != 1) return std::nullopt;
  auto test = test_of(negation == nullptr ? expression : negation->args[0], row);
  if (!test || test->path.empty()) return std::nullopt;
  const auto* const kind = std::ranges::find(kKinds, test->number, &KindRow::number);
  if (kind == std::end(kKinds) || (negation != nullptr && !kind->negated)) return std::nullopt;
  Condition condition{.path = std::move(test->path),
                      .kind = negation == nullptr ? kind->kind : *kind->negated,
                      .operand = test->operand,
                      .patterns = Value(),
                      .function = test->function,
                      .expression = expression,
                      .order = test->order};
  if (test->number != op::kIn) return condition;
  if (!test->operand.is_array() || test->operand.as_array().size() != 2) return std::nullopt;
  condition.operand = test->operand.as_array()[0];
  condition.patterns = test->operand.as_array()[1];
  return condition;
}

void take_apart(const ExprPtr& expression, Conditions& into) {
  if (const algebra::Call* all = call_of(expression, op::kAllOf)) {
    for (const ExprPtr& part : all->args) take_apart(part, into);
    return;
  }
  if (auto condition = condition_of(expression, into.row)) {
    into.conditions.push_back(*std::move(condition));
  } else {
    into.rest.push_back(expression);
  }
}

}  // namespace

Conditions conditions_of(const ExprPtr& filter) {
  Conditions conditions;
  const FilterBody body = body_of(filter);
  if (body.body == nullptr) return {.row = {}, .conditions = {}, .rest = {filter}};
  conditions.row = body.row;
  take_apart(body.body, conditions);
  return conditions;
}

}  // namespace octavo::mongodb
