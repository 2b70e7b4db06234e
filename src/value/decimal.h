#pragma once

// Exact decimal numbers: up to 76 significant digits, a sign and a decimal scale. This carries SQL
// DECIMAL, ClickHouse Decimal256 and BSON Decimal128 (hence infinities, NaN, negative zero, and
// trailing zeros that are kept). Equality and order are by value: 1.50 equals 1.5.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "value/wide_int.h"

namespace octavo::value {

constexpr int kMaxDecimalDigits = 76;
// Digits after the point; negative for trailing zeros that are not stored. Wider than any
// protocol needs (Decimal128: -6111 .. 6176).
constexpr int kMinDecimalScale = -9999;
constexpr int kMaxDecimalScale = 9999;

enum class Rounding : std::uint8_t {
  half_even,
  half_up,  // away from zero, as SQL does
  down,     // towards zero
};

class Decimal {
 public:
  enum class Kind : std::uint8_t { finite, infinity, nan };

  Decimal() = default;  // 0
  // The caller has checked digits and scale (`make` checks them).
  Decimal(bool negative, const Uint256& coefficient, int scale)
      : coefficient_(coefficient), scale_(scale), negative_(negative) {}
  static Result<Decimal> make(bool negative, const Uint256& coefficient, int scale);
  static Decimal from_int64(std::int64_t value);
  static Decimal from_uint64(std::uint64_t value);
  // The shortest decimal that reads back as `value`; infinities and NaN keep their kind.
  static Decimal from_double(double value);
  static Decimal infinity(bool negative);
  static Decimal nan();
  // "-12.50", "1e-3", "Infinity", "-inf", "NaN"; more than 76 significant digits are refused.
  static Result<Decimal> parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_finite() const { return kind_ == Kind::finite; }
  bool is_zero() const { return is_finite() && coefficient_.is_zero(); }
  bool is_negative() const { return negative_; }
  int scale() const { return scale_; }
  const Uint256& coefficient() const { return coefficient_; }
  int digits() const;              // of the coefficient; 1 for zero
  std::string digit_text() const;  // the coefficient in decimal
  // Power of ten of the first digit: 2 for 123.4. Meaningless for zero.
  int exponent() const { return digits() - 1 - scale_; }

  double to_double() const;                      // nearest, ties to even
  std::optional<std::int64_t> to_int64() const;  // when integral and in range
  std::optional<std::uint64_t> to_uint64() const;
  // Plain digits where that is short, else with an exponent ("1E+20"): the form of the General
  // Decimal Arithmetic specification, which Decimal128 uses and `parse` reads back exactly.
  std::string to_string() const;
  std::string to_plain_string() const;  // never an exponent, as SQL prints

  Decimal negated() const;
  Decimal normalized() const;  // without trailing zeros in the coefficient
  Result<Decimal> rescale(int scale, Rounding rounding) const;

  friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }
  // By value: NaN lowest and equal to itself, then negative infinity.
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

 private:
  Uint256 coefficient_;
  std::int32_t scale_ = 0;
  bool negative_ = false;
  Kind kind_ = Kind::finite;
};

// Exact; `out_of_range` when the result needs more than 76 digits.
Result<Decimal> add(const Decimal& a, const Decimal& b);
Result<Decimal> subtract(const Decimal& a, const Decimal& b);
Result<Decimal> multiply(const Decimal& a, const Decimal& b);
// Rounded to `scale`; division by zero is `invalid_argument`.
Result<Decimal> divide(const Decimal& a, const Decimal& b, int scale, Rounding rounding);

// Exact comparisons across kinds, NaN lowest.
std::strong_ordering compare(const Decimal& a, double b);
std::strong_ordering compare_exact(std::int64_t a, double b);
std::strong_ordering compare_exact(std::uint64_t a, double b);

}  // namespace octavo::value
