// $push with $each, $position, $slice and $sort.

#include <algorithm>
#include <limits>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/element_order.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

constexpr std::string_view kEach = "$each";

struct PushPlan {
  std::vector<Value> values;
  std::optional<std::int64_t> position;  // below 0: from the end
  std::optional<std::int64_t> slice;     // so many from the beginning, or, below 0, from the end
  std::optional<ElementOrder> order;
};

// A count from one end of an array as a position in it.
std::size_t from_end(std::int64_t count, std::size_t size) {
  const std::uint64_t back = 0 - static_cast<std::uint64_t>(count);
  return back >= size ? 0 : size - static_cast<std::size_t>(back);
}

class Push final : public Modifier {
 public:
  explicit Push(PushPlan plan) : plan_(std::move(plan)) {}

  Result<Change> apply(const EditTarget& target) const override {
    std::vector<Value> elements;
    if (target.existing != nullptr) {
      if (!target.existing->is_array()) {
        return error(ErrorCode::bad_value,
                     "The field '{}' must be an array but is of type {} in document {{{}}}",
                     target.path_text(), type_alias(*target.existing),
                     target.application.id_text());
      }
      const value::ArrayView array = target.existing->as_array();
      elements.assign(array.begin(), array.end());
    }
    TRY_STATUS(target.application.context.check());
    const auto at = elements.begin() + static_cast<std::ptrdiff_t>(position(elements.size()));
    elements.insert(at, plan_.values.begin(), plan_.values.end());
    if (plan_.order) plan_.order->sort(elements);
    cut(elements);
    return Change::to(target.existing, Value::array(std::move(elements)));
  }

 private:
  std::size_t position(std::size_t size) const {
    if (!plan_.position) return size;
    if (*plan_.position < 0) return from_end(*plan_.position, size);
    return static_cast<std::size_t>(
        std::min(static_cast<std::uint64_t>(*plan_.position), std::uint64_t{size}));
  }

  void cut(std::vector<Value>& elements) const {
    if (!plan_.slice) return;
    if (*plan_.slice < 0) {
      const std::size_t begin = from_end(*plan_.slice, elements.size());
      elements.erase(elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(begin));
    } else if (std::cmp_less(*plan_.slice, elements.size())) {
      elements.resize(static_cast<std::size_t>(*plan_.slice));
    }
  }

  PushPlan plan_;
};

Status take_each(const Value& operand, const ModifierCall& /*call*/, PushPlan& plan) {
  if (!operand.is_array()) {
    return error(ErrorCode::bad_value,
                 "The argument to $each in $push must be an array but it was of type: {}",
                 type_alias(operand));
  }
  plan.values.assign(operand.as_array().begin(), operand.as_array().end());
  return {};
}

Status take_slice(const Value& operand, const ModifierCall& /*call*/, PushPlan& plan) {
  plan.slice = operand.is_number() ? operand.to_int64() : std::nullopt;
  if (plan.slice) return {};
  return error(ErrorCode::bad_value,
               "The value for $slice must be an integer value but was given type: {}",
               type_alias(operand));
}

Status take_position(const Value& operand, const ModifierCall& /*call*/, PushPlan& plan) {
  plan.position = operand.is_number() ? operand.to_int64() : std::nullopt;
  if (plan.position) return {};
  return error(ErrorCode::bad_value,
               "The value for $position must be an integer value, not of type: {}",
               type_alias(operand));
}

Status take_sort(const Value& operand, const ModifierCall& call, PushPlan& plan) {
  TRY(CollatedOrder collated, collated_order(call.context.variables));
  TRY(plan.order, ElementOrder::parse(operand, std::move(collated)));
  return {};
}

struct Clause {
  std::string_view name;
  Status (*take)(const Value& operand, const ModifierCall& call, PushPlan& plan);
};

constexpr Clause kClauses[] = {
    {kEach, take_each},
    {"$position", take_position},
    {"$slice", take_slice},
    {"$sort", take_sort},
};

Result<std::vector<PlacedModifier>> parse_push(const ModifierCall& call) {
  PushPlan plan;
  if (call.operand.find(kEach) == nullptr) {
    plan.values.push_back(call.operand);
    return placed(call, std::make_shared<const Push>(std::move(plan)));
  }
  for (const value::Field& field : call.operand.as_object()) {
    const auto* const clause = std::ranges::find(kClauses, field.name, &Clause::name);
    if (clause == std::end(kClauses)) {
      return error(ErrorCode::bad_value, "Unrecognized clause in $push: {}", field.name);
    }
    TRY_STATUS(clause->take(field.value, call, plan));
  }
  return placed(call, std::make_shared<const Push>(std::move(plan)));
}

constexpr ModifierRow kRows[] = {{"$push", parse_push}};

}  // namespace

std::span<const ModifierRow> push_modifiers() { return kRows; }

}  // namespace octavo::mongodb
