// Standard deviations, in one pass (Welford, Technometrics 4, 1962), and covariances.

#include <cmath>

#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// What is known of the rows: all of them, or a sample, whose count is lessened by one.
enum class Of : std::uint8_t { population, sample };

class Deviation final : public function::AggregateState {
 public:
  explicit Deviation(Of of) : of_(of) {}

  Status add(const Value& argument) override {
    if (!argument.is_number()) return {};
    const double number = argument.to_double();
    ++count_;
    const double distance = number - mean_;
    mean_ += distance / static_cast<double>(count_);
    squares_ += distance * (number - mean_);
    return {};
  }
  Result<Value> result() override {
    const std::uint64_t less = of_ == Of::sample ? 1 : 0;
    if (count_ <= less) return Value();
    return Value::float64(std::sqrt(squares_ / static_cast<double>(count_ - less)));
  }

 private:
  Of of_;
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // the sum of the squares of the distances from the mean
};

// By sums, so that rows can be taken out again.
class Covariance final : public function::AggregateState {
 public:
  explicit Covariance(Of of) : of_(of) {}

  Status add(const Value& argument) override {
    if (!is_pair(argument)) return {};
    const auto pair = argument.as_array();
    x_.add(pair[0]);
    y_.add(pair[1]);
    products_.add(multiply(pair[0], pair[1]));
    return {};
  }
  Result<Value> result() override {
    const std::int64_t count = x_.count();
    if (count == 0 || (of_ == Of::sample && count == 1)) return Value();
    const Value n = Value::int64(count);
    const Value sum = subtract(products_.total(), multiply(divide(x_.total(), n), y_.total()));
    return divide(sum, of_ == Of::sample ? Value::int64(count - 1) : n);
  }
  bool removes() const override { return true; }
  Status remove(const Value& argument) override {
    if (!is_pair(argument)) return {};
    const auto pair = argument.as_array();
    x_.remove(pair[0]);
    y_.remove(pair[1]);
    products_.remove(multiply(pair[0], pair[1]));
    return {};
  }

 private:
  static bool is_pair(const Value& argument) {
    return argument.is_array() && argument.as_array().size() == 2 &&
           argument.as_array()[0].is_number() && argument.as_array()[1].is_number();
  }

  Of of_;
  Sum x_;
  Sum y_;
  Sum products_;
};

}  // namespace

MadeState make_deviation(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Deviation>(Of::population);
}

MadeState make_sample_deviation(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Deviation>(Of::sample);
}

MadeState make_covariance(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Covariance>(Of::population);
}

MadeState make_sample_covariance(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Covariance>(Of::sample);
}

}  // namespace octavo::mongodb
