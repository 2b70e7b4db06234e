// The least and the greatest values in BSON's order, one or some of them.

#include <cstdint>
#include <deque>
#include <set>
#include <utility>

#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

enum class Extreme : std::uint8_t { least, greatest };

// Whether `a` stands before `b`, the best one first.
struct Better {
  Extreme wanted;
  CollatedOrder collated;
  bool operator()(const Value& a, const Value& b) const {
    const auto order = collated.compare(a, b);
    return wanted == Extreme::least ? order < 0 : order > 0;
  }
};

bool counts(const Value& argument) { return !is_nullish(argument); }

// Of equal ones the first stays.
class Best final : public function::AggregateState {
 public:
  explicit Best(Better better) : better_(std::move(better)) {}

  Status add(const Value& argument) override {
    offer(argument);
    return {};
  }
  Status add_rows(const function::Operand& arguments, function::Shape shape,
                  std::span<const std::uint16_t> rows) override {
    if (shape != function::Shape::any) return AggregateState::add_rows(arguments, shape, rows);
    const auto* const values = arguments.as<Value>();
    for (const std::uint16_t row : rows) {
      if (arguments.state(row) == function::kPresent) offer(values[row]);
    }
    return {};
  }
  Result<Value> result() override { return best_; }

 private:
  void offer(const Value& argument) {
    if (counts(argument) && (best_.is_null() || better_(argument, best_))) best_ = argument;
  }

  Better better_;
  Value best_;
};

// The best of what was added and not taken out: values that a better one came behind cannot be it
// any more, so that those which are left get worse from the first to the last.
class SlidingBest final : public function::AggregateState {
 public:
  SlidingBest(Better better, function::EvalContext& context)
      : better_(std::move(better)), charge_(context.account) {}

  Status add(const Value& argument) override {
    const std::uint64_t number = added_++;
    if (!counts(argument)) return {};
    while (!candidates_.empty() && better_(argument, candidates_.back().value)) {
      candidates_.pop_back();
      charge_.remove(sizeof(Candidate));
    }
    TRY_STATUS(charge_.add(sizeof(Candidate)));
    candidates_.push_back({number, argument});
    return {};
  }
  Result<Value> result() override {
    return candidates_.empty() ? Value() : candidates_.front().value;
  }
  bool removes() const override { return true; }
  Status remove(const Value& /*argument*/) override {
    const std::uint64_t number = removed_++;
    if (candidates_.empty() || candidates_.front().number != number) return {};
    candidates_.pop_front();
    charge_.remove(sizeof(Candidate));
    return {};
  }

 private:
  struct Candidate {
    std::uint64_t number;  // of all that were added
    Value value;
  };

  Better better_;
  value::Charge charge_;
  std::deque<Candidate> candidates_;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
};

class BestOnes final : public function::AggregateState {
 public:
  BestOnes(Better better, WantedCount count, function::EvalContext& context)
      : count_(count),
        held_(better.wanted == Extreme::least ? "$minN" : "$maxN", context),
        best_(better) {}

  Status add(const Value& argument) override {
    TRY(const auto rest, count_.rest_of(argument, 1));
    const Value& value = rest.front();
    if (!counts(value)) return {};
    if (best_.size() == count_.count()) {
      const auto worst = std::prev(best_.end());
      if (!best_.key_comp()(value, *worst)) return {};
      held_.remove(*worst);
      best_.erase(worst);
    }
    TRY_STATUS(held_.add(value));
    best_.insert(value);
    return {};
  }
  Result<Value> result() override { return Value::array({best_.begin(), best_.end()}); }

 private:
  WantedCount count_;
  Held held_;
  std::multiset<Value, Better> best_;
};

MadeState make_best(Extreme wanted, Options options, function::EvalContext& context) {
  TRY(CollatedOrder collated, collated_order(options));
  Better better{wanted, std::move(collated)};
  if (is_set(options, "sliding")) {
    return std::make_unique<SlidingBest>(std::move(better), context);
  }
  return std::make_unique<Best>(std::move(better));
}

MadeState make_best_ones(Extreme wanted, Options options, function::EvalContext& context) {
  TRY(const WantedCount count, WantedCount::of(options));
  TRY(CollatedOrder collated, collated_order(options));
  return std::make_unique<BestOnes>(Better{wanted, std::move(collated)}, count, context);
}

}  // namespace

MadeState make_minimum(Options options, function::EvalContext& context) {
  return make_best(Extreme::least, options, context);
}

MadeState make_maximum(Options options, function::EvalContext& context) {
  return make_best(Extreme::greatest, options, context);
}

MadeState make_minimum_n(Options options, function::EvalContext& context) {
  return make_best_ones(Extreme::least, options, context);
}

MadeState make_maximum_n(Options options, function::EvalContext& context) {
  return make_best_ones(Extreme::greatest, options, context);
}

}  // namespace octavo::mongodb
