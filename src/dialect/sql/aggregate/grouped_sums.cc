#include <cmath>
#include <optional>
#include <unordered_map>

#include "dialect/sql/aggregate/sums.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using function::Form;
using function::Operand;
using function::Shape;
using value::Decimal;
using value::Int128;
using value::Value;

constexpr int kMaxDigits = 65;  // of SQL's decimals

Result<Value> checked(Result<Decimal> number, std::string_view function) {
  if (!number || number->digits() > kMaxDigits) return error<1690>("DECIMAL", function);
  // There is no negative zero.
  return Value::decimal(number->is_zero() && number->is_negative() ? number->negated() : *number);
}

struct ExactState {
  Int128 units = 0;  // 64 bits at a time: it does not overflow
  std::uint64_t count = 0;
};

// Almost all that is added has one scale. What has another is added as decimals, beside.
class ExactSums final : public function::GroupsOf<ExactState> {
 public:
  ExactSums(int scale, bool averages) : GroupsOf(kOtherBytes), scale_(scale), averages_(averages) {}

  Status add(Group group, const Value& argument) override {
    switch (argument.type()) {
      case value::Type::null: return {};
      case value::Type::int64: return add_units(group, argument.as_int64(), 0);
      case value::Type::uint64: return add_units(group, argument.as_uint64(), 0);
      case value::Type::decimal: return add_decimal(group, argument.as_decimal());
      default: return fail(Code::type_mismatch, "A sum of decimals has another argument.");
    }
  }
  Status add_rows(const Operand& arguments, Shape shape, std::span<const std::uint16_t> rows,
                  std::span<const Group> groups) override {
    const bool is_exact = arguments.form == Form::integer || arguments.form == Form::decimal;
    if (shape != Shape::typed || !is_exact) {
      return GroupedStates::add_rows(arguments, shape, rows, groups);
    }
    const int scale = arguments.form == Form::integer ? 0 : arguments.scale;
    const auto* const units = arguments.as<std::int64_t>();
    if (units_scale_.value_or(scale) == scale) {
      units_scale_ = scale;
      if (arguments.states == nullptr) {
        for (std::size_t i = 0; i < rows.size(); ++i) add_to(groups[i], units[rows[i]]);
        return {};
      }
    }
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (arguments.state(rows[i]) != function::kPresent) continue;
      TRY_STATUS(add_units(groups[i], units[rows[i]], scale));
    }
    return {};
  }
  Result<Value> result(Group group) override {
    const ExactState& state = states_[group];
    if (state.count == 0) return Value();
    Decimal all = decimal_of(state.units, units_scale_.value_or(0));
    if (const auto others = others_.find(group); others != others_.end()) {
      auto sum = value::add(all, others->second);
      if (!sum) return error<1690>("DECIMAL", "sum");
      all = *std::move(sum);
    }
    return averages_ ? average_of(all, state.count, scale_) : sum_of(all, scale_);
  }

 private:
  void add_to(Group group, Int128 units) {
    states_[group].units += units;
    ++states_[group].count;
  }
  Status add_units(Group group, Int128 units, int scale) {
    if (units_scale_.value_or(scale) != scale) return add_decimal(group, decimal_of(units, scale));
    units_scale_ = scale;
    add_to(group, units);
    return {};
  }
  Status add_decimal(Group group, const Decimal& number) {
    Decimal& others = others_[group];
    auto sum = value::add(others, number);
    if (!sum) return error<1690>("DECIMAL", "sum");
    others = *std::move(sum);
    ++states_[group].count;
    return {};
  }

  static constexpr std::size_t kOtherBytes = 96;  // of an entry of `others_`

  int scale_;
  bool averages_;
  std::optional<int> units_scale_;  // that of the first number that was added
  std::unordered_map<Group, Decimal> others_;
};

struct RealState {
  double sum = 0;
  std::uint64_t count = 0;
};

class RealSums final : public function::GroupsOf<RealState> {
 public:
  explicit RealSums(bool averages) : averages_(averages) {}

  Status add(Group group, const Value& argument) override {
    if (argument.is_null()) return {};
    if (!argument.is_number())
      return fail(Code::type_mismatch, "A sum has an argument that is no number.");
    add_to(group, argument.to_double());
    return {};
  }
  Status add_rows(const Operand& arguments, Shape shape, std::span<const std::uint16_t> rows,
                  std::span<const Group> groups) override {
    if (shape != Shape::typed || arguments.form != Form::real) {
      return GroupedStates::add_rows(arguments, shape, rows, groups);
    }
    const auto* const numbers = arguments.as<double>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (arguments.state(rows[i]) == function::kPresent) add_to(groups[i], numbers[rows[i]]);
    }
    return {};
  }
  Result<Value> result(Group group) override {
    return real_sum_of(states_[group].sum, states_[group].count, averages_);
  }

 private:
  void add_to(Group group, double number) {
    states_[group].sum += number;
    ++states_[group].count;
  }

  bool averages_;
};

}  // namespace

Decimal decimal_of(Int128 number, int scale) {
  const bool negative = number < 0;
  const auto magnitude = negative ? value::Uint128{0} - static_cast<value::Uint128>(number)
                                  : static_cast<value::Uint128>(number);
  value::Uint256 coefficient;
  coefficient.limbs[0] = static_cast<std::uint64_t>(magnitude);
  coefficient.limbs[1] = static_cast<std::uint64_t>(magnitude >> 64);
  return {negative, coefficient, scale};
}

Result<Value> sum_of(const Decimal& all, int scale) {
  return checked(all.rescale(scale, value::Rounding::half_up), "sum");
}
Result<Value> average_of(const Decimal& all, std::uint64_t count, int scale) {
  return checked(value::divide(all, Decimal::from_uint64(count), scale, value::Rounding::half_up),
                 "avg");
}
Result<Value> real_sum_of(double sum, std::uint64_t count, bool averages) {
  if (count == 0) return Value();
  if (!std::isfinite(sum)) return error<1690>("DOUBLE", averages ? "avg" : "sum");
  return Value::float64(averages ? sum / static_cast<double>(count) : sum);
}

std::unique_ptr<function::GroupedStates> grouped_exact_sums(int scale) {
  return std::make_unique<ExactSums>(scale, false);
}
std::unique_ptr<function::GroupedStates> grouped_exact_averages(int scale) {
  return std::make_unique<ExactSums>(scale, true);
}
std::unique_ptr<function::GroupedStates> grouped_real_sums(bool averages) {
  return std::make_unique<RealSums>(averages);
}

}  // namespace octavo::sql
