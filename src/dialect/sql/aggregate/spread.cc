// Variance and standard deviation, in one pass (Welford, Technometrics 4, 1962).

#include <cmath>

#include "dialect/sql/aggregate/states.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using value::Value;

struct Kind {
  std::uint64_t freedom;  // what the count is lessened by
  bool root;
};

class Spread final : public function::AggregateState {
 public:
  explicit Spread(Kind kind) : kind_(kind) {}

  Status add(const Value& argument) override {
    if (argument.is_null()) return {};
    if (!argument.is_number()) {
      return fail(Code::type_mismatch, "A variance has an argument that is no number.");
    }
    const double number = argument.to_double();
    ++count_;
    const double distance = number - mean_;
    mean_ += distance / static_cast<double>(count_);
    squares_ += distance * (number - mean_);
    return {};
  }
  Result<Value> result() override {
    if (count_ <= kind_.freedom) return Value();
    const double variance = squares_ / static_cast<double>(count_ - kind_.freedom);
    if (!std::isfinite(variance)) return error<1690>("DOUBLE", "variance");
    return Value::float64(kind_.root ? std::sqrt(variance) : variance);
  }

 private:
  Kind kind_;
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;  // the sum of the squares of the distances from the mean
};

}  // namespace

MadeState make_variance(Options, function::EvalContext&) {
  return std::make_unique<Spread>(Kind{.freedom = 0, .root = false});
}

MadeState make_sample_variance(Options, function::EvalContext&) {
  return std::make_unique<Spread>(Kind{.freedom = 1, .root = false});
}

MadeState make_deviation(Options, function::EvalContext&) {
  return std::make_unique<Spread>(Kind{.freedom = 0, .root = true});
}

MadeState make_sample_deviation(Options, function::EvalContext&) {
  return std::make_unique<Spread>(Kind{.freedom = 1, .root = true});
}

}  // namespace octavo::sql
