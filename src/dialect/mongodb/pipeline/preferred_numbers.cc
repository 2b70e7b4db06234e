#include "dialect/mongodb/pipeline/preferred_numbers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "dialect/mongodb/type/number.h"
#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// The numbers of one decade, in hundredths (10 stands for 1.0 where two digits are enough).
constexpr std::array<int, 5> kR5{10, 16, 25, 40, 63};
constexpr std::array<int, 10> kR10{100, 125, 160, 200, 250, 315, 400, 500, 630, 800};
constexpr std::array<int, 20> kR20{100, 112, 125, 140, 160, 180, 200, 224, 250, 280,
                                   315, 355, 400, 450, 500, 560, 630, 710, 800, 900};
constexpr std::array<int, 40> kR40{100, 106, 112, 118, 125, 132, 140, 150, 160, 170,
                                   180, 190, 200, 212, 224, 236, 250, 265, 280, 300,
                                   315, 335, 355, 375, 400, 425, 450, 475, 500, 530,
                                   560, 600, 630, 670, 710, 750, 800, 850, 900, 950};
constexpr std::array<int, 80> kR80{
    103, 106, 109, 112, 115, 118, 122, 125, 128, 132, 136, 140, 145, 150, 155, 160,
    165, 170, 175, 180, 185, 190, 195, 200, 206, 212, 218, 224, 230, 236, 243, 250,
    258, 265, 272, 280, 290, 300, 307, 315, 325, 335, 345, 355, 365, 375, 387, 400,
    412, 425, 437, 450, 462, 475, 487, 500, 515, 530, 545, 560, 575, 600, 615, 630,
    650, 670, 690, 710, 730, 750, 775, 800, 825, 850, 875, 900, 925, 950, 975, 1000};
constexpr std::array<int, 3> k125{10, 20, 50};
constexpr std::array<int, 6> kE6{10, 15, 22, 33, 47, 68};
constexpr std::array<int, 12> kE12{10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82};
constexpr std::array<int, 24> kE24{10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30,
                                   33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91};

// E48, E96 and E192 are geometric series of three digits, but for one number.
std::vector<int> geometric(int count) {
  constexpr int kComputed = 919;
  constexpr int kAgreed = 920;
  std::vector<int> numbers;
  for (int i = 0; i < count; ++i) {
    const int number = static_cast<int>(std::lround(100 * std::pow(10.0, double{1} * i / count)));
    numbers.push_back(number == kComputed ? kAgreed : number);
  }
  return numbers;
}

class Decades final : public NumberSeries {
 public:
  explicit Decades(std::span<const int> decade) : decade_(decade.begin(), decade.end()) {
    digits_ = decade_.front() >= 100 ? 2 : 1;
  }

  Value above(const Value& number) const override {
    if (is_zero(number)) return number;
    for (int exponent = exponent_of(number) - 1;; ++exponent) {
      for (const int one : decade_) {
        Value candidate = made(one, exponent, number);
        if (value::compare(candidate, number) > 0) return candidate;
      }
      if (exponent > kMostExponent) return number;
    }
  }
  Value below(const Value& number) const override {
    if (is_zero(number)) return number;
    for (int exponent = exponent_of(number) + 1;; --exponent) {
      for (auto one = decade_.rbegin(); one != decade_.rend(); ++one) {
        Value candidate = made(*one, exponent, number);
        if (value::compare(candidate, number) < 0) return candidate;
      }
      if (exponent < -kMostExponent) return number;
    }
  }

 private:
  static constexpr int kMostExponent = 6200;  // of decimals

  static int exponent_of(const Value& number) {
    if (number.type() == value::Type::decimal) return number.as_decimal().exponent();
    const double real = number.to_double();
    return std::isfinite(real) ? static_cast<int>(std::floor(std::log10(real))) : kMostExponent;
  }
  // The number of the series times ten to the exponent: a decimal beside decimals, else a double.
  Value made(int one, int exponent, const Value& beside) const {
    const int scale = digits_ - exponent;
    if (beside.type() == value::Type::decimal) {
      value::Uint256 coefficient;
      coefficient.limbs[0] = static_cast<std::uint64_t>(one);
      return of_decimal(value::Decimal(false, coefficient, scale));
    }
    const double power = std::pow(10.0, std::abs(scale));
    return Value::float64(scale > 0 ? one / power : one * power);
  }

  std::vector<int> decade_;
  int digits_;
};

class PowersOfTwo final : public NumberSeries {
 public:
  Value above(const Value& number) const override {
    if (is_zero(number)) return number;
    const double real = number.to_double();
    if (!std::isfinite(real)) return number;
    int exponent = 0;
    std::frexp(real, &exponent);  // real is in [2^(e-1), 2^e)
    return power(exponent, number);
  }
  Value below(const Value& number) const override {
    if (is_zero(number)) return number;
    const double real = number.to_double();
    if (!std::isfinite(real)) return number;
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);
    constexpr double kLeast = 0.5;
    return power(fraction == kLeast ? exponent - 2 : exponent - 1, number);
  }

 private:
  static Value power(int exponent, const Value& beside) {
    constexpr int kInt32Bits = 31;
    constexpr int kInt64Bits = 63;
    const double real = std::ldexp(1.0, exponent);
    if (beside.type() == value::Type::decimal) {
      return of_decimal(value::Decimal::from_double(real));
    }
    if (exponent < 0 || exponent >= kInt64Bits) return Value::float64(real);
    const std::int64_t integer = std::int64_t{1} << static_cast<unsigned>(exponent);
    return of_integer(integer, exponent < kInt32Bits ? NumberKind::int32 : NumberKind::int64);
  }
};

struct SeriesRow {
  std::string_view name;
  const NumberSeries* series;
};

std::span<const SeriesRow> series_rows() {
  static const Decades r5(kR5);
  static const Decades r10(kR10);
  static const Decades r20(kR20);
  static const Decades r40(kR40);
  static const Decades r80(kR80);
  static const Decades one_two_five(k125);
  static const Decades e6(kE6);
  static const Decades e12(kE12);
  static const Decades e24(kE24);
  static const Decades e48(geometric(48));
  static const Decades e96(geometric(96));
  static const Decades e192(geometric(192));
  static const PowersOfTwo powers;
  static const SeriesRow rows[] = {
      {"R5", &r5},
      {"R10", &r10},
      {"R20", &r20},
      {"R40", &r40},
      {"R80", &r80},
      {"1-2-5", &one_two_five},
      {"E6", &e6},
      {"E12", &e12},
      {"E24", &e24},
      {"E48", &e48},
      {"E96", &e96},
      {"E192", &e192},
      {"POWERSOF2", &powers},
  };
  return rows;
}

}  // namespace

const NumberSeries* find_series(std::string_view name) {
  const auto rows = series_rows();
  const auto row = std::ranges::find(rows, name, &SeriesRow::name);
  return row == rows.end() ? nullptr : row->series;
}

}  // namespace octavo::mongodb
