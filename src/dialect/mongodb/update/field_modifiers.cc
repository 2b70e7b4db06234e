// $set, $setOnInsert, $unset, $min, $max.

#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Value;

class Set final : public Modifier {
 public:
  explicit Set(const ModifierCall& call) : value_(call.operand) {}
  Result<Change> apply(const EditTarget& target) const override {
    return Change::to(target.existing, value_);
  }

 private:
  Value value_;
};

class SetOnInsert final : public Modifier {
 public:
  explicit SetOnInsert(const ModifierCall& call) : value_(call.operand) {}
  Result<Change> apply(const EditTarget& target) const override {
    if (!target.application.insert) return Change();
    return Change::to(target.existing, value_);
  }

 private:
  Value value_;
};

class Unset final : public Modifier {
 public:
  explicit Unset(const ModifierCall& /*call*/) {}
  Result<Change> apply(const EditTarget& target) const override {
    return Change::removal(target.existing);
  }
};

// The lower one of what is there and what is given, or the higher one.
template <bool kLower>
class Extreme final : public Modifier {
 public:
  Extreme(Value value, CollatedOrder order) : value_(std::move(value)), order_(std::move(order)) {}
  Result<Change> apply(const EditTarget& target) const override {
    if (target.existing != nullptr) {
      const auto order = order_.compare(value_, *target.existing);
      if (kLower ? order >= 0 : order <= 0) return Change();
    }
    return Change::to(target.existing, value_);
  }

 private:
  Value value_;
  CollatedOrder order_;
};

template <class Made>
Result<std::vector<PlacedModifier>> parse(const ModifierCall& call) {
  return placed(call, std::make_shared<const Made>(call));
}

template <bool kLower>
Result<std::vector<PlacedModifier>> parse_extreme(const ModifierCall& call) {
  TRY(CollatedOrder order, collated_order(call.context.variables));
  return placed(call, std::make_shared<const Extreme<kLower>>(call.operand, std::move(order)));
}

constexpr ModifierRow kRows[] = {
    {"$max", parse_extreme<false>},       {"$min", parse_extreme<true>}, {"$set", parse<Set>},
    {"$setOnInsert", parse<SetOnInsert>}, {"$unset", parse<Unset>},
};

}  // namespace

std::span<const ModifierRow> field_modifiers() { return kRows; }

}  // namespace octavo::mongodb
