#include "dialect/sql/bind/condition_share.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "dialect/sql/bind/comparison.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/row_estimates.h"
#include "dialect/sql/function/lambda.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::size_t kLongestPattern = 256;

const Value* constant_of(const ExprPtr& expression) {
  const auto* const node = std::get_if<algebra::Const>(&expression->node);
  return node == nullptr ? nullptr : &node->value;
}

const algebra::Call* own_call(const ExprPtr& expression) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.family == kFamily && !call->args.empty() ? call
                                                                                    : nullptr;
}

// What a number, or a text that is compared by its key, was converted of.
ExprPtr unconverted(const ExprPtr& value) {
  const algebra::Call* const call = own_call(value);
  if (call == nullptr) return value;
  switch (call->function.number) {
    case op::kToDouble:
    case op::kToFloat:
    case op::kToInteger:
    case op::kToDecimal:
    case op::kCollationKey: return unconverted(call->args.front());
    default: return value;
  }
}

// The column that a condition says something of by itself, whether that is known now or not.
std::optional<StoredColumn> bound_column(const ExprPtr& condition, const ColumnFinder& columns) {
  const algebra::Call* const call = own_call(condition);
  if (call != nullptr && call->function.number == op::kInSorted) {
    return columns(unconverted(call->args.front()));
  }
  const auto sides = compared_sides(condition);
  if (!sides) return std::nullopt;
  auto left = columns(unconverted(sides->left));
  auto right = columns(unconverted(sides->right));
  if (left && right) return std::nullopt;
  return left ? std::move(left) : std::move(right);
}

bool are_constants(std::span<const ExprPtr> args) {
  return std::ranges::all_of(args, [](const ExprPtr& arg) { return constant_of(arg) != nullptr; });
}

}  // namespace

void add_parts(const ExprPtr& condition, std::vector<ExprPtr>& parts) {
  if (const auto* const lambda = std::get_if<algebra::Lambda>(&condition->node)) {
    return add_parts(lambda->body, parts);
  }
  const algebra::Call* const call = own_call(condition);
  if (call != nullptr && call->function.number == op::kIsTrue) {
    return add_parts(call->args.front(), parts);
  }
  if (call != nullptr && call->function.number == op::kAnd) {
    for (const ExprPtr& part : call->args) add_parts(part, parts);
    return;
  }
  parts.push_back(condition);
}

// column < constant
struct ConditionShare::Compared {
  StoredColumn column;
  Relates relates = Relates::equal;
  const Value* value = nullptr;
};

// Which part of a column's values all comparisons of it with constants leave, as shares of the rows
// that are below its ends.
struct ConditionShare::Range {
  std::optional<double> lower, upper;
  std::size_t unknown = 0;  // comparisons of which nothing is known

  double share(double null_share) const {
    double share = 1;
    if (lower || upper) share = upper.value_or(1 - null_share) - lower.value_or(0);
    for (std::size_t i = 0; i < unknown; ++i) share *= kShareOfOther;
    return std::max(share, 0.0);
  }
};

const statistics::Column* ConditionShare::column_of(const ExprPtr& value) const {
  const auto column = columns_(unconverted(value));
  return column ? estimates_.column(*column) : nullptr;
}

std::optional<ConditionShare::Compared> ConditionShare::compared_of(
    const ExprPtr& condition) const {
  const auto sides = compared_sides(condition);
  if (!sides) return std::nullopt;
  for (const bool turned : {false, true}) {
    const ExprPtr& side = turned ? sides->right : sides->left;
    const Value* const value = constant_of(turned ? sides->left : sides->right);
    if (value == nullptr) continue;
    auto column = columns_(unconverted(side));
    if (!column) return std::nullopt;
    return Compared{*std::move(column), turned ? sides->turned : sides->relates, value};
  }
  return std::nullopt;
}

double ConditionShare::of(const ExprPtr& condition) { return of_all(std::span(&condition, 1)); }

double ConditionShare::of_all(std::span<const ExprPtr> conditions,
                              const std::set<StoredColumn>& known) {
  std::vector<ExprPtr> parts;
  for (const ExprPtr& condition : conditions) add_parts(condition, parts);
  std::map<StoredColumn, Range> ranges;
  double share = 1;
  for (const ExprPtr& part : parts) {
    const auto bound = known.empty() ? std::nullopt : bound_column(part, columns_);
    if (bound && known.contains(*bound)) continue;
    const auto compared = compared_of(part);
    if (!compared || compared->relates == Relates::equal) {
      const algebra::Call* const call = own_call(part);
      share *= call == nullptr ? kShareOfOther : of_call(*call);
      continue;
    }
    Range& range = ranges[compared->column];
    const statistics::Column* const column = estimates_.column(compared->column);
    const bool is_lower =
        compared->relates == Relates::greater || compared->relates == Relates::greater_or_equal;
    const bool counts_equal =
        compared->relates == Relates::greater || compared->relates == Relates::less_or_equal;
    const auto below =
        column == nullptr ? std::nullopt : column->below(*compared->value, counts_equal);
    if (!below) {
      ++range.unknown;
    } else if (is_lower) {
      range.lower = std::max(range.lower.value_or(0), *below);
    } else {
      range.upper = std::min(range.upper.value_or(1), *below);
    }
  }
  for (const auto& [name, range] : ranges) {
    const statistics::Column* const column = estimates_.column(name);
    share *= range.share(column == nullptr ? 0 : column->null_share);
  }
  return share;
}

double ConditionShare::of_call(const algebra::Call& call) {
  switch (call.function.number) {
    case op::kEqual:
    case op::kEqualText: return of_equal(call);
    case op::kNotEqual:
    case op::kNotEqualText: return 1 - of_equal(call);
    case op::kLike: return of_like(call);
    case op::kInSorted: return of_list(call);
    case op::kIsNull: return of_null(call);
    case op::kNot: return 1 - of(call.args.front());
    case op::kShare: return call.args.size() < 2 ? kShareOfOther : of(call.args[1]);
    case op::kOr: {
      double others = 1;
      for (const ExprPtr& part : call.args) others *= 1 - of(part);
      return 1 - others;
    }
    default: return kShareOfOther;
  }
}

// With what is no constant, too: each of its values is as likely as any other.
double ConditionShare::of_equal(const algebra::Call& call) {
  for (const std::size_t side : {0U, 1U}) {
    if (call.args.size() < 2) break;
    const auto name = columns_(unconverted(call.args[side]));
    const statistics::Column* const column = name ? estimates_.column(*name) : nullptr;
    if (column == nullptr) continue;
    const Value* const value = constant_of(call.args[1 - side]);
    if (value == nullptr) return (1 - column->null_share) / estimates_.values(*name).value_or(1);
    const bool is_text =
        call.function.number == op::kEqualText || call.function.number == op::kNotEqualText;
    if (!is_text) return column->equal_to(*value);
    // Texts may be equal that are not the same.
    algebra::Call equal = call;
    equal.function.number = op::kEqualText;
    const double common = of_common(equal, *column);
    return common > 0 ? common : column->equal_to(*value);
  }
  return kShareOfEqual;
}

double ConditionShare::of_list(const algebra::Call& call) {
  const Value* const items = call.args.size() < 2 ? nullptr : constant_of(call.args[1]);
  if (items == nullptr || !items->is_array()) return kShareOfOther;
  const auto count = static_cast<double>(items->as_array().size());
  const statistics::Column* const column = column_of(call.args.front());
  if (column == nullptr) return std::min(kShareOfOther, count * kShareOfEqual);
  const auto others = column->distinct - static_cast<double>(column->common.size());
  const double of_others = others < 1 ? 0 : std::min(count / others, 1.0) * column->other_share();
  return std::min(of_common(call, *column) + of_others, 1 - column->null_share);
}

double ConditionShare::of_like(const algebra::Call& call) {
  const Value* const pattern = call.args.size() < 2 ? nullptr : constant_of(call.args[1]);
  const statistics::Column* const column = column_of(call.args.front());
  const bool is_known = column != nullptr && pattern != nullptr && pattern->is_string() &&
                        pattern->as_string().size() <= kLongestPattern;
  if (!is_known || !are_constants(std::span(call.args).subspan(1))) return kShareOfEqual;
  double share = of_common(call, *column) + of_bounds(call, *column);
  // What few begin with is between two bounds.
  const std::string_view text = pattern->as_string();
  const std::string_view prefix = text.substr(0, text.find_first_of("%_\\"));
  if (!prefix.empty()) share = std::max(share, column->begins_with(prefix).value_or(0));
  return share;
}

double ConditionShare::of_null(const algebra::Call& call) {
  const statistics::Column* const column = column_of(call.args.front());
  return column == nullptr ? kShareOfOther : column->null_share;
}

double ConditionShare::of_common(const algebra::Call& call,
                                 const statistics::Column& column) const {
  double share = 0;
  for (const statistics::CommonValue& common : column.common) {
    if (is_true(call, common.value)) share += common.share;
  }
  return share;
}

// They are a sample of the values that are not common. Where it is true of none, it is not far from
// being true of one.
double ConditionShare::of_bounds(const algebra::Call& call,
                                 const statistics::Column& column) const {
  if (column.bounds.empty()) return 0;
  const auto of = std::ranges::count_if(column.bounds,
                                        [&](const Value& value) { return is_true(call, value); });
  const double share = std::max(static_cast<double>(of), 0.5);
  return column.other_share() * share / static_cast<double>(column.bounds.size());
}

// Of a call whose first column takes the value. Nothing is told of it.
bool ConditionShare::is_true(const algebra::Call& call, const Value& of_column) const {
  bool is_known = true;
  const auto with_value = [&](const ExprPtr& part) -> ExprPtr {
    if (columns_(part)) return algebra::constant(of_column);
    if (variable_of(part) != nullptr) is_known = false;
    return nullptr;
  };
  algebra::Call replaced = call;
  for (ExprPtr& arg : replaced.args) arg = replace_parts(arg, with_value);
  if (!is_known) return false;
  function::EvalContext quiet = binding_.context().constants;
  quiet.notes = nullptr;
  const auto result = sql::evaluate_lambda(
      algebra::lambda({}, algebra::call(replaced.function, std::move(replaced.args))), {}, quiet);
  return result && *result == Value::boolean(true);
}

}  // namespace octavo::sql
