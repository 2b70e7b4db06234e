// $pull, $pullAll: elements taken out of arrays.

#include <algorithm>
#include <set>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/evaluation.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/parse.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

// What says which elements go.
class Elements {
 public:
  virtual ~Elements() = default;
  virtual Result<bool> has(const Value& element, function::EvalContext& context) const = 0;
};

class Listed final : public Elements {
 public:
  Listed(value::ArrayView values, CollatedOrder order)
      : values_(values.begin(), values.end(), CollatedLess{std::move(order)}) {}
  Result<bool> has(const Value& element, function::EvalContext& /*context*/) const override {
    return values_.contains(element);
  }

 private:
  std::set<Value, CollatedLess> values_;
};

// Elements that are documents, by a filter.
class Documents final : public Elements {
 public:
  explicit Documents(ExprPtr filter) : filter_(std::move(filter)) {}
  Result<bool> has(const Value& element, function::EvalContext& context) const override {
    if (!is_document(element)) return false;
    TRY(const Item holds, evaluate_item(filter_, {&element, 1}, context));
    return is_truthy(holds);
  }

 private:
  ExprPtr filter_;
};

// The name under which an element is shown to a condition of values.
constexpr std::string_view kElement = "";

class Values final : public Elements {
 public:
  explicit Values(ExprPtr condition) : condition_(std::move(condition)) {}
  Result<bool> has(const Value& element, function::EvalContext& context) const override {
    const Value shown = Value::object({{std::string(kElement), element}});
    TRY(const Item holds, evaluate_item(condition_, {&shown, 1}, context));
    return is_truthy(holds);
  }

 private:
  ExprPtr condition_;
};

class Pull final : public Modifier {
 public:
  Pull(std::string_view name, std::unique_ptr<const Elements> elements)
      : name_(name), elements_(std::move(elements)) {}

  Result<Change> apply(const EditTarget& target) const override {
    if (target.existing == nullptr) return Change();
    if (!target.existing->is_array()) {
      return error(ErrorCode::bad_value, "Cannot apply {} to a non-array value", name_);
    }
    std::vector<Value> left;
    for (const Value& element : target.existing->as_array()) {
      TRY_STATUS(target.application.context.check());
      TRY(const bool goes, elements_->has(element, target.application.context));
      if (!goes) left.push_back(element);
    }
    if (left.size() == target.existing->as_array().size()) return Change();
    return Change::to(target.existing, Value::array(std::move(left)));
  }

 private:
  std::string_view name_;
  std::unique_ptr<const Elements> elements_;
};

Result<std::unique_ptr<const Elements>> elements_of(const ModifierCall& call) {
  const FilterContext context{.variables = call.context.variables, .place = FilterPlace::pull};
  if (is_condition_of_values(call.operand) || call.operand.type() == Type::regex) {
    TRY(ExprPtr condition, parse_condition(kElement, call.operand, context));
    return std::make_unique<const Values>(std::move(condition));
  }
  if (is_document(call.operand)) {
    TRY(ExprPtr filter, parse_filter(call.operand, context));
    return std::make_unique<const Documents>(std::move(filter));
  }
  TRY(CollatedOrder order, collated_order(call.context.variables));
  return std::make_unique<const Listed>(value::ArrayView(&call.operand, 1), std::move(order));
}

Result<std::vector<PlacedModifier>> parse_pull(const ModifierCall& call) {
  TRY(std::unique_ptr<const Elements> elements, elements_of(call));
  return placed(call, std::make_shared<const Pull>(call.name, std::move(elements)));
}

Result<std::vector<PlacedModifier>> parse_pull_all(const ModifierCall& call) {
  if (!call.operand.is_array()) {
    return error(ErrorCode::bad_value, "$pullAll requires an array argument but was given a {}",
                 type_alias(call.operand));
  }
  TRY(CollatedOrder order, collated_order(call.context.variables));
  return placed(call, std::make_shared<const Pull>(
                          call.name, std::make_unique<const Listed>(call.operand.as_array(),
                                                                    std::move(order))));
}

constexpr ModifierRow kRows[] = {
    {"$pull", parse_pull},
    {"$pullAll", parse_pull_all},
};

}  // namespace

std::span<const ModifierRow> pull_modifiers() { return kRows; }

}  // namespace octavo::mongodb
