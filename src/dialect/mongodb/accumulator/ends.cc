// The first and the last values, as the rows come.

#include <deque>

#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

class First final : public function::AggregateState {
 public:
  Status add(const Value& argument) override {
    if (!any_) first_ = argument;
    any_ = true;
    return {};
  }
  Result<Value> result() override { return first_; }

 private:
  bool any_ = false;
  Value first_;
};

class Last final : public function::AggregateState {
 public:
  Status add(const Value& argument) override {
    last_ = argument;
    return {};
  }
  Result<Value> result() override { return last_; }

 private:
  Value last_;
};

enum class End : std::uint8_t { first, last };

class Ends final : public function::AggregateState {
 public:
  Ends(End end, WantedCount count, function::EvalContext& context)
      : end_(end), count_(count), held_(end == End::first ? "$firstN" : "$lastN", context) {}

  Status add(const Value& argument) override {
    TRY(const auto rest, count_.rest_of(argument, 1));
    if (values_.size() == count_.count()) {
      if (end_ == End::first) return {};
      held_.remove(values_.front());
      values_.pop_front();
    }
    TRY_STATUS(held_.add(rest.front()));
    values_.push_back(rest.front());
    return {};
  }
  Result<Value> result() override { return Value::array({values_.begin(), values_.end()}); }

 private:
  End end_;
  WantedCount count_;
  Held held_;
  std::deque<Value> values_;
};

class LastKnown final : public function::AggregateState {
 public:
  Status add(const Value& argument) override {
    if (!is_nullish(argument)) last_ = argument;
    return {};
  }
  Result<Value> result() override { return last_; }

 private:
  Value last_;
};

class FirstKnown final : public function::AggregateState {
 public:
  explicit FirstKnown(function::EvalContext& context) : charge_(context.account) {}

  Status add(const Value& argument) override {
    const std::uint64_t number = added_++;
    if (is_nullish(argument)) return {};
    TRY_STATUS(charge_.add(sizeof(Known)));
    known_.push_back({number, argument});
    return {};
  }
  Result<Value> result() override { return known_.empty() ? Value() : known_.front().value; }
  bool removes() const override { return true; }
  Status remove(const Value& /*argument*/) override {
    const std::uint64_t number = removed_++;
    if (known_.empty() || known_.front().number != number) return {};
    known_.pop_front();
    charge_.remove(sizeof(Known));
    return {};
  }

 private:
  struct Known {
    std::uint64_t number;  // of all that were added
    Value value;
  };

  value::Charge charge_;
  std::deque<Known> known_;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
};

MadeState make_ends(End end, Options options, function::EvalContext& context) {
  TRY(const WantedCount count, WantedCount::of(options));
  return std::make_unique<Ends>(end, count, context);
}

}  // namespace

MadeState make_first(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<First>();
}

MadeState make_last(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Last>();
}

MadeState make_first_n(Options options, function::EvalContext& context) {
  return make_ends(End::first, options, context);
}

MadeState make_last_n(Options options, function::EvalContext& context) {
  return make_ends(End::last, options, context);
}

MadeState make_last_known(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<LastKnown>();
}

MadeState make_first_known(Options /*options*/, function::EvalContext& context) {
  return std::make_unique<FirstKnown>(context);
}

}  // namespace octavo::mongodb
