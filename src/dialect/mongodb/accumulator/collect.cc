// What keeps all that it is given: $push, $addToSet, $mergeObjects.

#include <deque>
#include <unordered_set>
#include <utility>

#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

class Push final : public function::AggregateState {
 public:
  explicit Push(function::EvalContext& context) : held_("$push", context) {}

  Status add(const Value& argument) override {
    TRY_STATUS(held_.add(argument));
    values_.push_back(argument);
    return {};
  }
  Result<Value> result() override { return Value::array({values_.begin(), values_.end()}); }
  bool removes() const override { return true; }
  Status remove(const Value& /*argument*/) override {
    held_.remove(values_.front());
    values_.pop_front();
    return {};
  }

 private:
  Held held_;
  std::deque<Value> values_;
};

// For stages that need all rows: of these the query's account is the limit.
class Collect final : public function::AggregateState {
 public:
  explicit Collect(function::EvalContext& context) : charge_(context.account) {}

  Status add(const Value& argument) override {
    TRY_STATUS(charge_.add(sizeof(Value)));
    values_.push_back(argument);
    return {};
  }
  Result<Value> result() override { return Value::array(values_); }

 private:
  value::Charge charge_;
  std::vector<Value> values_;
};

// In the order in which they came.
class AddToSet final : public function::AggregateState {
 public:
  AddToSet(CollatedOrder order, function::EvalContext& context)
      : order_(std::move(order)), held_("$addToSet", context) {}

  Status add(const Value& argument) override {
    if (!met_.insert(order_.key_of(argument)).second) return {};
    TRY_STATUS(held_.add(argument));
    values_.push_back(argument);
    return {};
  }
  Result<Value> result() override { return Value::array(values_); }

 private:
  // What is equal to MongoDB is equal natively as well, and so has the same hash.
  struct Hash {
    std::size_t operator()(const Value& value) const { return value::hash(value); }
  };
  struct Equal {
    bool operator()(const Value& a, const Value& b) const { return equal(a, b); }
  };

  CollatedOrder order_;
  Held held_;
  std::unordered_set<Value, Hash, Equal> met_;  // as keys of the order
  std::vector<Value> values_;
};

// The elements of arrays, each added to another state.
class EachElement final : public function::AggregateState {
 public:
  EachElement(std::string_view name, function::AggregateStatePtr of)
      : name_(name), of_(std::move(of)) {}

  Status add(const Value& argument) override {
    if (!argument.is_array()) {
      return error(ErrorCode::type_mismatch, "{} requires array inputs, but input {} is of type {}",
                   name_, print_operand(argument), type_alias(argument));
    }
    for (const Value& element : argument.as_array()) TRY_STATUS(of_->add(element));
    return {};
  }
  Result<Value> result() override { return of_->result(); }

 private:
  std::string_view name_;
  function::AggregateStatePtr of_;
};

class MergeObjects final : public function::AggregateState {
 public:
  explicit MergeObjects(function::EvalContext& context) : held_("$mergeObjects", context) {}

  Status add(const Value& argument) override {
    constexpr std::uint32_t kNoObject = 5911200;
    if (is_nullish(argument)) return {};
    if (bson_type(argument) != BsonType::object) {
      return error(kNoObject, "$mergeObjects requires object inputs, but input {} is of type {}",
                   print_operand(argument), type_alias(argument));
    }
    for (const value::Field& field : argument.as_object()) {
      TRY_STATUS(held_.add(field.value));
      merged_.set(field.name, field.value);
    }
    return {};
  }
  Result<Value> result() override { return value::ObjectBuilder(merged_).build(); }

 private:
  Held held_;
  value::ObjectBuilder merged_;
};

}  // namespace

MadeState make_collect(Options /*options*/, function::EvalContext& context) {
  return std::make_unique<Collect>(context);
}

MadeState make_concat_arrays(Options /*options*/, function::EvalContext& context) {
  return std::make_unique<EachElement>("$concatArrays", std::make_unique<Push>(context));
}

MadeState make_set_union(Options options, function::EvalContext& context) {
  TRY(CollatedOrder order, collated_order(options));
  return std::make_unique<EachElement>("$setUnion",
                                       std::make_unique<AddToSet>(std::move(order), context));
}

MadeState make_push(Options /*options*/, function::EvalContext& context) {
  return std::make_unique<Push>(context);
}

MadeState make_add_to_set(Options options, function::EvalContext& context) {
  TRY(CollatedOrder order, collated_order(options));
  return std::make_unique<AddToSet>(std::move(order), context);
}

MadeState make_merge_objects(Options /*options*/, function::EvalContext& context) {
  return std::make_unique<MergeObjects>(context);
}

}  // namespace octavo::mongodb
