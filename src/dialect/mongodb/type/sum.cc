#include <cmath>
#include <limits>

#include "dialect/mongodb/type/decimal128.h"
#include "dialect/mongodb/type/number.h"

namespace octavo::mongodb {
namespace {

using value::Decimal;
using value::Value;

__extension__ using Int128 = __int128;
using value::Uint128;

constexpr std::size_t slot(NumberKind kind) { return static_cast<std::size_t>(kind); }

bool fits_int64(Int128 number) {
  return number >= std::numeric_limits<std::int64_t>::min() &&
         number <= std::numeric_limits<std::int64_t>::max();
}

Decimal exactly(Int128 number) {
  const bool negative = number < 0;
  const auto bits = static_cast<Uint128>(number);
  const Uint128 magnitude = negative ? 0 - bits : bits;
  value::Uint256 wide(static_cast<std::uint64_t>(magnitude));
  wide.limbs[1] = static_cast<std::uint64_t>(magnitude >> 64U);
  return Decimal(negative, wide, 0);
}

}  // namespace

void Sum::add(const Value& value) {
  if (value.is_number()) count_in(value, 1);
}
void Sum::remove(const Value& value) {
  if (value.is_number()) count_in(value, -1);
}

void Sum::count_in(const Value& value, int sign) {
  const NumberKind kind = number_kind(value);
  count_ += sign;
  counts_[slot(kind)] += sign;
  if (kind == NumberKind::int32 || kind == NumberKind::int64) {
    integers_ += sign * Int128{value.as_int64()};
    return;
  }
  if (kind == NumberKind::float64) {
    const double number = value.as_float64();
    if (std::isfinite(number)) {
      add_double(sign * number);
    } else {
      (std::isnan(number) ? nans_
       : number > 0       ? positive_infinities_
                          : negative_infinities_) += sign;
    }
    return;
  }
  const Decimal decimal = to_decimal(value);
  decimals_ =
      sign > 0 ? decimal128::add(decimals_, decimal) : decimal128::subtract(decimals_, decimal);
}

void Sum::add_double(double number) {
  const double sum = doubles_ + number;
  // What the sum has lost of the smaller one.
  const bool kept = std::fabs(doubles_) >= std::fabs(number);
  lost_ += kept ? (doubles_ - sum) + number : (number - sum) + doubles_;
  doubles_ = sum;
}

void Sum::merge(const Sum& other) {
  integers_ += other.integers_;
  add_double(other.doubles_);
  lost_ += other.lost_;
  decimals_ = decimal128::add(decimals_, other.decimals_);
  count_ += other.count_;
  for (std::size_t i = 0; i < std::size(counts_); ++i) counts_[i] += other.counts_[i];
  nans_ += other.nans_;
  positive_infinities_ += other.positive_infinities_;
  negative_infinities_ += other.negative_infinities_;
}

double Sum::whole_double() const {
  if (nans_ > 0 || (positive_infinities_ > 0 && negative_infinities_ > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (positive_infinities_ > 0) return kInfinity;
  if (negative_infinities_ > 0) return -kInfinity;
  // An overflow leaves nothing to compensate.
  if (!std::isfinite(doubles_)) return doubles_;
  if (integers_ == 0) return doubles_ + lost_;
  Sum with_integers;
  with_integers.doubles_ = doubles_;
  with_integers.lost_ = lost_;
  // In two halves, each of which a double has.
  const auto high = static_cast<double>(integers_);
  const auto low = static_cast<double>(integers_ - static_cast<Int128>(high));
  with_integers.add_double(high);
  with_integers.add_double(low);
  return with_integers.doubles_ + with_integers.lost_;
}

Decimal Sum::whole_decimal() const {
  Decimal sum = decimals_;
  if (counts_[slot(NumberKind::int32)] + counts_[slot(NumberKind::int64)] > 0) {
    sum = decimal128::add(sum, exactly(integers_));
  }
  Sum only_doubles = *this;
  only_doubles.integers_ = 0;
  return decimal128::add(sum, decimal128::from_double_exactly(only_doubles.whole_double()));
}

Value Sum::total() const {
  if (counts_[slot(NumberKind::decimal)] > 0) return Value::decimal(whole_decimal());
  if (counts_[slot(NumberKind::float64)] > 0) return Value::float64(whole_double());
  if (!fits_int64(integers_)) return Value::float64(static_cast<double>(integers_));
  const auto kind = counts_[slot(NumberKind::int64)] > 0 ? NumberKind::int64 : NumberKind::int32;
  return of_integer(static_cast<std::int64_t>(integers_), kind);
}

Value Sum::average() const {
  if (count_ <= 0) return Value::null();
  if (counts_[slot(NumberKind::decimal)] > 0) {
    return Value::decimal(decimal128::divide(whole_decimal(), Decimal::from_int64(count_)));
  }
  return Value::float64(whole_double() / static_cast<double>(count_));
}

}  // namespace octavo::mongodb
