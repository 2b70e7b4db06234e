// $median and $percentile: for each p the least of the numbers that at least that part of them does
// not exceed. MongoDB approximates it over many numbers; here it is always exact.

#include <algorithm>
#include <cmath>

#include "dialect/mongodb/accumulator/states.h"

namespace octavo::mongodb {
namespace {

using value::Value;

enum class Gives : std::uint8_t { one, array };

class Percentiles final : public function::AggregateState {
 public:
  Percentiles(Gives gives, std::vector<double> parts, function::EvalContext& context)
      : gives_(gives), parts_(std::move(parts)), charge_(context.account) {}

  Status add(const Value& argument) override {
    if (!argument.is_number()) return {};
    const double number = argument.to_double();
    if (std::isnan(number)) return {};
    TRY_STATUS(charge_.add(sizeof(double)));
    numbers_.push_back(number);
    sorted_ = false;
    return {};
  }
  Result<Value> result() override {
    if (!sorted_) std::ranges::sort(numbers_);
    sorted_ = true;
    std::vector<Value> found;
    for (const double part : parts_) found.push_back(at(part));
    return gives_ == Gives::one ? found.front() : Value::array(std::move(found));
  }

 private:
  Value at(double part) const {
    if (numbers_.empty()) return {};
    const double rank = std::ceil(part * static_cast<double>(numbers_.size()));
    const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
    return Value::float64(numbers_[std::min(index, numbers_.size() - 1)]);
  }

  Gives gives_;
  std::vector<double> parts_;
  value::Charge charge_;
  std::vector<double> numbers_;
  bool sorted_ = true;
};

}  // namespace

MadeState make_median(Options /*options*/, function::EvalContext& context) {
  constexpr double kHalf = 0.5;
  return std::make_unique<Percentiles>(Gives::one, std::vector{kHalf}, context);
}

MadeState make_percentile(Options options, function::EvalContext& context) {
  std::vector<double> parts;
  const Value* p = function::find_option(options, "p");
  if (p != nullptr && p->is_array()) {
    for (const Value& part : p->as_array()) {
      if (part.is_number()) parts.push_back(part.to_double());
    }
  }
  return std::make_unique<Percentiles>(Gives::array, std::move(parts), context);
}

}  // namespace octavo::mongodb
