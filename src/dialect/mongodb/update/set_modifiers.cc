// Arrays as sets and stacks: $addToSet, $pop.

#include <algorithm>
#include <set>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/match/whole_number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kEach = "$each";

class AddToSet final : public Modifier {
 public:
  AddToSet(std::vector<Value> values, CollatedOrder order)
      : values_(std::move(values)), less_{std::move(order)} {}

  Result<Change> apply(const EditTarget& target) const override {
    std::vector<Value> elements;
    if (target.existing != nullptr) {
      if (!target.existing->is_array()) {
        return error(ErrorCode::bad_value,
                     "Cannot apply $addToSet to non-array field. Field named '{}' has non-array "
                     "type {}",
                     target.field(), type_alias(*target.existing));
      }
      const value::ArrayView array = target.existing->as_array();
      elements.assign(array.begin(), array.end());
    }
    TRY_STATUS(target.application.context.check());
    std::set<Value, CollatedLess> seen(elements.begin(), elements.end(), less_);
    for (const Value& value : values_) {
      if (seen.insert(value).second) elements.push_back(value);
    }
    return Change::to(target.existing, Value::array(std::move(elements)));
  }

 private:
  std::vector<Value> values_;
  CollatedLess less_;
};

Result<std::vector<PlacedModifier>> parse_add_to_set(const ModifierCall& call) {
  TRY(CollatedOrder order, collated_order(call.context.variables));
  std::vector<Value> values;
  const bool each = is_document(call.operand) && !call.operand.as_object().empty() &&
                    call.operand.as_object().front().name == kEach;
  if (!each) {
    values.push_back(call.operand);
    return placed(call, std::make_shared<const AddToSet>(std::move(values), std::move(order)));
  }
  const Value& given = call.operand.as_object().front().value;
  if (!given.is_array()) {
    return error(ErrorCode::type_mismatch,
                 "The argument to $each in $addToSet must be an array but it was of type {}",
                 type_alias(given));
  }
  if (call.operand.as_object().size() > 1) {
    return error(ErrorCode::bad_value, "Found unexpected fields after $each in $addToSet: {}",
                 print(call.operand));
  }
  values.assign(given.as_array().begin(), given.as_array().end());
  return placed(call, std::make_shared<const AddToSet>(std::move(values), std::move(order)));
}

class Pop final : public Modifier {
 public:
  explicit Pop(bool first) : first_(first) {}

  Result<Change> apply(const EditTarget& target) const override {
    if (target.existing == nullptr) return Change();
    if (!target.existing->is_array()) {
      return error(ErrorCode::type_mismatch, "Path '{}' contains an element of non-array type '{}'",
                   target.path_text(), type_alias(*target.existing));
    }
    value::ArrayView array = target.existing->as_array();
    if (array.empty()) return Change();
    array = first_ ? array.subspan(1) : array.first(array.size() - 1);
    return Change::to(target.existing, Value::array({array.begin(), array.end()}));
  }
  bool needs_way() const override { return true; }

 private:
  bool first_;
};

Result<std::vector<PlacedModifier>> parse_pop(const ModifierCall& call) {
  TRY(const std::int64_t end, whole_number(call.path, call.operand));
  if (end != 1 && end != -1) {
    return error(ErrorCode::failed_to_parse, "$pop expects 1 or -1, found: {}", end);
  }
  return placed(call, std::make_shared<const Pop>(end == -1));
}

constexpr ModifierRow kRows[] = {
    {"$addToSet", parse_add_to_set},
    {"$pop", parse_pop},
};

}  // namespace

std::span<const ModifierRow> set_modifiers() { return kRows; }

}  // namespace octavo::mongodb
