// Sums, averages and counts.

#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using value::Value;

enum class Gives : std::uint8_t { total, average };

class Summation final : public function::AggregateState {
 public:
  explicit Summation(Gives gives) : gives_(gives) {}

  Status add(const Value& argument) override {
    sum_.add(argument);
    return {};
  }
  Status add_rows(const function::Operand& arguments, function::Shape shape,
                  std::span<const std::uint16_t> rows) override {
    if (shape != function::Shape::any) return AggregateState::add_rows(arguments, shape, rows);
    const auto* const values = arguments.as<Value>();
    for (const std::uint16_t row : rows) {
      if (arguments.state(row) == function::kPresent) sum_.add(values[row]);
    }
    return {};
  }
  Result<Value> result() override { return gives_ == Gives::total ? sum_.total() : sum_.average(); }
  bool removes() const override { return true; }
  Status remove(const Value& argument) override {
    sum_.remove(argument);
    return {};
  }

 private:
  Gives gives_;
  Sum sum_;
};

class Count final : public function::AggregateState {
 public:
  Status add(const Value& /*argument*/) override {
    ++count_;
    return {};
  }
  Result<Value> result() override { return of_integer(count_, NumberKind::int32); }
  bool removes() const override { return true; }
  Status remove(const Value& /*argument*/) override {
    --count_;
    return {};
  }

 private:
  std::int64_t count_ = 0;
};

}  // namespace

MadeState make_sum(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Summation>(Gives::total);
}

MadeState make_average(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Summation>(Gives::average);
}

MadeState make_count(Options /*options*/, function::EvalContext& /*context*/) {
  return std::make_unique<Count>();
}

}  // namespace octavo::mongodb
