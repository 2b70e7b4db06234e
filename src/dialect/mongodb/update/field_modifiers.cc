// $set, $setOnInsert, $unset, $min, $max.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/type.h"
#include "dialect/mongodb/update/modifier.h"

namespace octavo::mongodb {
namespace {

using value::Order;
using value::Value;

class Set final : public Modifier {
 public:
  explicit Set(Value value) : value_(std::move(value)) {}
  Result<Change> apply(const EditTarget& target) const override {
    return Change::to(target.existing, value_);
  }

 private:
  Value value_;
};

class SetOnInsert final : public Modifier {
 public:
  explicit SetOnInsert(Value value) : value_(std::move(value)) {}
  Result<Change> apply(const EditTarget& target) const override {
    if (!target.application.insert) return Change();
    return Change::to(target.existing, value_);
  }

 private:
  Value value_;
};

class Unset final : public Modifier {
 public:
  explicit Unset(const Value& /*operand*/) {}
  Result<Change> apply(const EditTarget& target) const override {
    return Change::removal(target.existing);
  }
};

// The lower one of what is there and what is given, or the higher one.
template <bool kLower>
class Extreme final : public Modifier {
 public:
  explicit Extreme(Value value) : value_(std::move(value)) {}
  Result<Change> apply(const EditTarget& target) const override {
    if (target.existing != nullptr) {
      const auto order = compare(value_, *target.existing, Order::bson);
      if (kLower ? order >= 0 : order <= 0) return Change();
    }
    return Change::to(target.existing, value_);
  }

 private:
  Value value_;
};

template <class Made>
Result<std::vector<PlacedModifier>> parse(const ModifierCall& call) {
  return placed(call, std::make_shared<const Made>(call.operand));
}

constexpr ModifierRow kRows[] = {
    {"$max", parse<Extreme<false>>},      {"$min", parse<Extreme<true>>}, {"$set", parse<Set>},
    {"$setOnInsert", parse<SetOnInsert>}, {"$unset", parse<Unset>},
};

}  // namespace

std::span<const ModifierRow> field_modifiers() { return kRows; }

}  // namespace octavo::mongodb
