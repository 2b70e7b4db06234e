// Sums and averages: exact ones in 128 bits and decimals, others in doubles.

#include "dialect/sql/aggregate/states.h"
#include "dialect/sql/aggregate/sums.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

using function::Form;
using function::Operand;
using value::Decimal;
using value::Int128;
using value::Value;

// Rows that are not null, as they lie.
template <class T, class Add>
void for_each_number(const Operand& numbers, std::span<const std::uint16_t> rows, Add&& add) {
  const T* const values = numbers.as<T>();
  for (const std::uint16_t row : rows) {
    if (numbers.state(row) == function::kPresent) add(values[row]);
  }
}

class ExactSum : public function::AggregateState {
 public:
  explicit ExactSum(Options options) : scale_(static_cast<int>(number_of(options, "scale", 0))) {}

  Status add(const Value& argument) final {
    switch (argument.type()) {
      case value::Type::null: return {};
      case value::Type::int64: whole_ += argument.as_int64(); break;
      case value::Type::uint64: whole_ += argument.as_uint64(); break;
      case value::Type::decimal: {
        auto sum = value::add(parts_, argument.as_decimal());
        if (!sum) return error<1690>("DECIMAL", "sum");
        parts_ = *std::move(sum);
        break;
      }
      default: return fail(Code::type_mismatch, "A sum of decimals has another argument.");
    }
    ++count_;
    return {};
  }
  Status add_rows(const Operand& arguments, function::Shape shape,
                  std::span<const std::uint16_t> rows) final {
    const bool is_exact = arguments.form == Form::integer || arguments.form == Form::decimal;
    if (shape != function::Shape::typed || !is_exact) {
      return AggregateState::add_rows(arguments, shape, rows);
    }
    Int128 all = 0;
    const std::uint64_t before = count_;
    for_each_number<std::int64_t>(arguments, rows, [&](std::int64_t units) {
      all += units;
      ++count_;
    });
    if (arguments.form == Form::integer) {
      whole_ += all;
    } else if (count_ > before) {
      auto sum = value::add(parts_, decimal_of(all, arguments.scale));
      if (!sum) return error<1690>("DECIMAL", "sum");
      parts_ = *std::move(sum);
    }
    return {};
  }
  bool removes() const final { return true; }
  Status remove(const Value& argument) final {
    switch (argument.type()) {
      case value::Type::int64: whole_ -= argument.as_int64(); break;
      case value::Type::uint64: whole_ -= argument.as_uint64(); break;
      case value::Type::decimal: {
        auto rest = value::add(parts_, argument.as_decimal().negated());
        if (!rest) return error<1690>("DECIMAL", "sum");
        parts_ = *std::move(rest);
        break;
      }
      default: return {};  // a null was not added
    }
    --count_;
    return {};
  }

 protected:
  Result<Decimal> sum() const {
    return parts_.is_zero() ? decimal_of(whole_) : value::add(decimal_of(whole_), parts_);
  }

  int scale_;
  std::uint64_t count_ = 0;

 private:
  Int128 whole_ = 0;
  Decimal parts_;
};

class Sum final : public ExactSum, public function::HasGroupedStates {
 public:
  using ExactSum::ExactSum;
  Result<Value> result() override {
    if (count_ == 0) return Value();
    TRY(const Decimal all, sum());
    return sum_of(all, scale_);
  }
  std::unique_ptr<function::GroupedStates> grouped() const override {
    return grouped_exact_sums(scale_);
  }
};

class Average final : public ExactSum, public function::HasGroupedStates {
 public:
  using ExactSum::ExactSum;
  Result<Value> result() override {
    if (count_ == 0) return Value();
    TRY(const Decimal all, sum());
    return average_of(all, count_, scale_);
  }
  std::unique_ptr<function::GroupedStates> grouped() const override {
    return grouped_exact_averages(scale_);
  }
};

class RealSum final : public function::AggregateState, public function::HasGroupedStates {
 public:
  explicit RealSum(bool averages) : averages_(averages) {}

  Status add(const Value& argument) override {
    if (argument.is_null()) return {};
    if (!argument.is_number())
      return fail(Code::type_mismatch, "A sum has an argument that is no number.");
    sum_ += argument.to_double();
    ++count_;
    return {};
  }
  Status add_rows(const Operand& arguments, function::Shape shape,
                  std::span<const std::uint16_t> rows) override {
    if (shape != function::Shape::typed || arguments.form != Form::real) {
      return AggregateState::add_rows(arguments, shape, rows);
    }
    for_each_number<double>(arguments, rows, [&](double number) {
      sum_ += number;
      ++count_;
    });
    return {};
  }
  Result<Value> result() override { return real_sum_of(sum_, count_, averages_); }
  std::unique_ptr<function::GroupedStates> grouped() const override {
    return grouped_real_sums(averages_);
  }

 private:
  bool averages_;
  double sum_ = 0;
  std::uint64_t count_ = 0;
};

}  // namespace

MadeState make_sum_exact(Options options, function::EvalContext& context) {
  return distinct_if_set(std::make_unique<Sum>(options), options, context);
}

MadeState make_average_exact(Options options, function::EvalContext& context) {
  return distinct_if_set(std::make_unique<Average>(options), options, context);
}

MadeState make_sum_real(Options options, function::EvalContext& context) {
  return distinct_if_set(std::make_unique<RealSum>(false), options, context);
}

MadeState make_average_real(Options options, function::EvalContext& context) {
  return distinct_if_set(std::make_unique<RealSum>(true), options, context);
}

}  // namespace octavo::sql
