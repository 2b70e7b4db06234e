#include "value/decimal.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/assert.h"

namespace octavo::value {
namespace {

constexpr std::uint64_t kPow10[20] = {1ULL,
                                      10ULL,
                                      100ULL,
                                      1000ULL,
                                      10000ULL,
                                      100000ULL,
                                      1000000ULL,
                                      10000000ULL,
                                      100000000ULL,
                                      1000000000ULL,
                                      10000000000ULL,
                                      100000000000ULL,
                                      1000000000000ULL,
                                      10000000000000ULL,
                                      100000000000000ULL,
                                      1000000000000000ULL,
                                      10000000000000000ULL,
                                      100000000000000000ULL,
                                      1000000000000000000ULL,
                                      10000000000000000000ULL};

template <std::size_t N>
std::string digits_of(WideInt<N> value) {
  std::string reversed;
  while (!value.is_zero()) {
    std::uint64_t part = value.divide_small(kPow10[19]);
    for (int i = 0; i < 19 && (part != 0 || !value.is_zero()); ++i, part /= 10) {
      reversed.push_back(static_cast<char>('0' + part % 10));
    }
  }
  if (reversed.empty()) return "0";
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

// value * 10^power; false if it does not fit.
template <std::size_t N>
bool scale_up(WideInt<N>& value, int power) {
  if (value.is_zero()) return true;
  for (; power > 0; power -= 19) {
    if (!value.multiply_add(kPow10[std::min(power, 19)], 0)) return false;
  }
  return true;
}

// value / 10^power, rounded.
template <std::size_t N>
void scale_down(WideInt<N>& value, int power, Rounding rounding) {
  if (power <= 0) return;
  std::uint64_t last = 0;  // the first digit dropped
  bool rest = false;       // anything nonzero after it
  for (; power > 0 && !(value.is_zero() && last == 0); --power) {
    rest = rest || last != 0;
    last = value.divide_small(10);
  }
  if (power > 0) return;  // everything was shifted out: below a half
  const bool up = rounding == Rounding::half_up ? last >= 5
                  : rounding == Rounding::half_even
                      ? last > 5 || (last == 5 && (rest || (value.limbs[0] & 1) != 0))
                      : false;
  if (up) value.multiply_add(1, 1);
}

const Uint256& digit_limit() {  // 10^76
  static const Uint256 limit = [] {
    Uint256 value(1);
    scale_up(value, kMaxDecimalDigits);
    return value;
  }();
  return limit;
}

std::unexpected<Error> too_many_digits() {
  return fail(Code::out_of_range, "decimal result needs more than 76 digits");
}

// Drops trailing zeros until the coefficient fits, then checks digits and scale.
Result<Decimal> reduce(bool negative, Uint512 coefficient, int scale) {
  const Uint512 limit = digit_limit().widen<8>();
  while (coefficient >= limit) {
    Uint512 tenth = coefficient;
    if (tenth.divide_small(10) != 0) return too_many_digits();
    coefficient = tenth;
    --scale;
  }
  return Decimal::make(negative, coefficient.narrow<4>(), scale);
}

struct Aligned {
  Uint512 a;
  Uint512 b;
  int scale = 0;
};
Result<Aligned> align(const Decimal& a, const Decimal& b) {
  Aligned result{a.coefficient().widen<8>(), b.coefficient().widen<8>(),
                 std::max(a.scale(), b.scale())};
  if (a.is_zero()) result.scale = std::max(b.scale(), std::min(a.scale(), b.scale() + 76));
  if (b.is_zero()) result.scale = std::max(a.scale(), std::min(b.scale(), a.scale() + 76));
  if (!scale_up(result.a, result.scale - a.scale()) ||
      !scale_up(result.b, result.scale - b.scale())) {
    return too_many_digits();
  }
  return result;
}

bool is_small(const Decimal& number) {
  const auto& limbs = number.coefficient().limbs;
  return number.is_finite() && (limbs[1] | limbs[2] | limbs[3]) == 0;
}

Uint256 wide(Uint128 number) {
  Uint256 wide(static_cast<std::uint64_t>(number));
  wide.limbs[1] = static_cast<std::uint64_t>(number >> 64);
  return wide;
}

// Of two of 64 bits whose points are near each other, which is what most are: 20 digits and 18 more
// are below 2^127.
std::optional<Decimal> add_small(const Decimal& a, const Decimal& b) {
  constexpr int kNear = 18;
  const int more = a.scale() - b.scale();
  if (!is_small(a) || !is_small(b) || more > kNear || more < -kNear) return std::nullopt;
  const Uint128 x = Uint128{a.coefficient().limbs[0]} * kPow10[std::max(-more, 0)];
  const Uint128 y = Uint128{b.coefficient().limbs[0]} * kPow10[std::max(more, 0)];
  const int scale = std::max(a.scale(), b.scale());
  if (a.is_negative() == b.is_negative()) return Decimal(a.is_negative(), wide(x + y), scale);
  const bool a_larger = x >= y;
  const Uint128 rest = a_larger ? x - y : y - x;
  return Decimal(rest != 0 && (a_larger ? a : b).is_negative(), wide(rest), scale);
}

int rank(Decimal::Kind kind, bool negative) {
  if (kind == Decimal::Kind::nan) return 0;
  if (kind == Decimal::Kind::infinity) return negative ? 1 : 3;
  return 2;
}

std::string_view without_trailing_zeros(std::string_view digits) {
  while (digits.size() > 1 && digits.back() == '0') digits.remove_suffix(1);
  return digits;
}

std::strong_ordering reverse_if(bool negative, std::strong_ordering order) {
  return negative ? 0 <=> order : order;
}

// The exact decimal expansion of a finite double: at most 767 significant digits.
struct Expansion {
  std::string digits;  // no trailing zeros
  int exponent = 0;    // power of ten of the first
};
Expansion expand(double magnitude) {
  char buffer[800];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific, 766);
  ASSERT(end.ec == std::errc());
  const std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const std::size_t e = text.find('e');
  Expansion result;
  result.digits.push_back(text[0]);
  result.digits.append(text.substr(2, e - 2));
  result.digits.resize(without_trailing_zeros(result.digits).size());
  const char* first = text.data() + e + 1 + (text[e + 1] == '+' ? 1 : 0);
  std::from_chars(first, text.data() + text.size(), result.exponent);
  return result;
}

}  // namespace

Result<Decimal> Decimal::make(bool negative, const Uint256& coefficient, int scale) {
  if (coefficient >= digit_limit()) return too_many_digits();
  if (scale < kMinDecimalScale || scale > kMaxDecimalScale) {
    return fail(Code::out_of_range, "decimal exponent out of range");
  }
  return Decimal(negative, coefficient, scale);
}

Decimal Decimal::from_int64(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return Decimal(value < 0, Uint256(value < 0 ? 0 - bits : bits), 0);
}

Decimal Decimal::from_uint64(std::uint64_t value) { return Decimal(false, Uint256(value), 0); }

Decimal Decimal::from_double(double value) {
  if (std::isnan(value)) return nan();
  if (std::isinf(value)) return infinity(value < 0);
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  const auto parsed = parse(std::string_view(buffer, static_cast<std::size_t>(end.ptr - buffer)));
  ASSERT(parsed.has_value());
  return *parsed;
}

Decimal Decimal::infinity(bool negative) {
  Decimal result;
  result.kind_ = Kind::infinity;
  result.negative_ = negative;
  return result;
}

Decimal Decimal::nan() {
  Decimal result;
  result.kind_ = Kind::nan;
  return result;
}

int Decimal::digits() const {
  if ((coefficient_.limbs[1] | coefficient_.limbs[2] | coefficient_.limbs[3]) == 0) {
    const auto* const above =
        std::upper_bound(std::begin(kPow10), std::end(kPow10), coefficient_.limbs[0]);
    return std::max(static_cast<int>(above - std::begin(kPow10)), 1);
  }
  int digits = 1;
  Uint256 limit(10);
  while (coefficient_ >= limit) {
    ++digits;
    limit.multiply_add(10, 0);
  }
  return digits;
}

std::string Decimal::digit_text() const { return digits_of(coefficient_); }

double Decimal::to_double() const {
  if (kind_ == Kind::nan) return std::numeric_limits<double>::quiet_NaN();
  if (kind_ == Kind::infinity) {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative_ ? -infinity : infinity;
  }
  // Both factors are exact doubles, so one rounding gives the nearest (Clinger 1990).
  if (coefficient_.size() <= 1 && coefficient_.limbs[0] <= (1ULL << 53) && scale_ >= -15 &&
      scale_ <= 15) {
    const auto whole = static_cast<double>(coefficient_.limbs[0]);
    const double power =
        static_cast<double>(kPow10[static_cast<std::size_t>(scale_ < 0 ? -scale_ : scale_)]);
    const double magnitude = scale_ < 0 ? whole * power : whole / power;
    return negative_ ? -magnitude : magnitude;
  }
  const std::string text = digit_text() + "e" + std::to_string(-scale_);
  double magnitude = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), magnitude);
  if (end.ec == std::errc::result_out_of_range) {
    magnitude = !is_zero() && exponent() > 0 ? std::numeric_limits<double>::infinity() : 0;
  }
  return negative_ ? -magnitude : magnitude;
}

std::optional<std::uint64_t> Decimal::to_uint64() const {
  if (!is_finite()) return std::nullopt;
  if (is_zero()) return 0;
  if (negative_ || exponent() > 19) return std::nullopt;
  Uint256 value = coefficient_;
  for (int i = 0; i < scale_; ++i) {
    if (value.divide_small(10) != 0) return std::nullopt;
  }
  if (scale_ < 0 && !scale_up(value, -scale_)) return std::nullopt;
  if (value.size() > 1) return std::nullopt;
  return value.limbs[0];
}

std::optional<std::int64_t> Decimal::to_int64() const {
  constexpr std::uint64_t kTop = 1ULL << 63;
  const auto magnitude = (negative_ ? negated() : *this).to_uint64();
  if (!magnitude || *magnitude > kTop || (*magnitude == kTop && !negative_)) return std::nullopt;
  return static_cast<std::int64_t>(negative_ ? 0 - *magnitude : *magnitude);
}

Decimal Decimal::negated() const {
  Decimal result = *this;
  if (kind_ != Kind::nan) result.negative_ = !negative_;
  return result;
}

Decimal Decimal::normalized() const {
  if (!is_finite()) return *this;
  if (coefficient_.is_zero()) return {};
  Decimal result = *this;
  for (;;) {
    Uint256 tenth = result.coefficient_;
    if (tenth.divide_small(10) != 0 || result.scale_ <= kMinDecimalScale) return result;
    result.coefficient_ = tenth;
    --result.scale_;
  }
}

Result<Decimal> Decimal::rescale(int scale, Rounding rounding) const {
  if (!is_finite()) return *this;
  Uint256 coefficient = coefficient_;
  if (scale >= scale_) {
    if (!scale_up(coefficient, scale - scale_)) return too_many_digits();
  } else {
    scale_down(coefficient, scale_ - scale, rounding);
  }
  return make(negative_, coefficient, scale);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const auto kinds = rank(a.kind_, a.negative_) <=> rank(b.kind_, b.negative_);
  if (kinds != 0 || !a.is_finite()) return kinds;
  if (a.is_zero() || b.is_zero()) {
    const auto sign = [](const Decimal& d) { return d.is_zero() ? 0 : d.negative_ ? -1 : 1; };
    return sign(a) <=> sign(b);
  }
  if (a.negative_ != b.negative_) return b.negative_ <=> a.negative_;
  if (a.scale_ == b.scale_) return reverse_if(a.negative_, a.coefficient_ <=> b.coefficient_);
  const auto exponents = a.exponent() <=> b.exponent();
  if (exponents != 0) return reverse_if(a.negative_, exponents);
  // Same first digit position: aligning to the larger scale keeps both within 76 digits.
  Uint256 left = a.coefficient_;
  Uint256 right = b.coefficient_;
  const bool fits = scale_up(left, b.scale_ - a.scale_) && scale_up(right, a.scale_ - b.scale_);
  ASSERT(fits);
  return reverse_if(a.negative_, left <=> right);
}

Result<Decimal> add(const Decimal& a, const Decimal& b) {
  if (const auto sum = add_small(a, b)) return *sum;
  if (!a.is_finite() || !b.is_finite()) {
    if (a.is_finite()) return b;
    if (b.is_finite() || a.kind() == Decimal::Kind::nan) return a;
    return a.is_negative() == b.is_negative() ? b : Decimal::nan();
  }
  TRY(Aligned aligned, align(a, b));
  if (a.is_negative() == b.is_negative()) {
    if (!aligned.a.add(aligned.b)) return too_many_digits();
    return reduce(a.is_negative(), aligned.a, aligned.scale);
  }
  const bool a_larger = aligned.a >= aligned.b;
  Uint512& larger = a_larger ? aligned.a : aligned.b;
  larger.subtract(a_larger ? aligned.b : aligned.a);
  const bool negative = !larger.is_zero() && (a_larger ? a : b).is_negative();
  return reduce(negative, larger, aligned.scale);
}

Result<Decimal> subtract(const Decimal& a, const Decimal& b) { return add(a, b.negated()); }

Result<Decimal> multiply(const Decimal& a, const Decimal& b) {
  const bool negative = a.is_negative() != b.is_negative();
  if (!a.is_finite() || !b.is_finite()) {
    const bool nan = a.kind() == Decimal::Kind::nan || b.kind() == Decimal::Kind::nan;
    return nan || a.is_zero() || b.is_zero() ? Decimal::nan() : Decimal::infinity(negative);
  }
  const int scale = a.scale() + b.scale();
  if (is_small(a) && is_small(b)) {
    return Decimal::make(negative,
                         wide(Uint128{a.coefficient().limbs[0]} * b.coefficient().limbs[0]), scale);
  }
  return reduce(negative, multiply(a.coefficient(), b.coefficient()), scale);
}

Result<Decimal> divide(const Decimal& a, const Decimal& b, int scale, Rounding rounding) {
  if (b.is_zero()) return fail(Code::invalid_argument, "division by zero");
  const bool negative = a.is_negative() != b.is_negative();
  if (!a.is_finite() || !b.is_finite()) {
    const bool nan = a.kind() == Decimal::Kind::nan || b.kind() == Decimal::Kind::nan;
    if (nan || (!a.is_finite() && !b.is_finite())) return Decimal::nan();
    return a.is_finite() ? Decimal(negative, Uint256(0), scale) : Decimal::infinity(negative);
  }
  Uint512 dividend = a.coefficient().widen<8>();
  Uint512 divisor = b.coefficient().widen<8>();
  const int power = scale - a.scale() + b.scale();
  if (!scale_up(power >= 0 ? dividend : divisor, power >= 0 ? power : -power)) {
    // A divisor beyond 512 bits leaves nothing; a dividend beyond them is too large a result.
    if (power < 0) return Decimal(false, Uint256(0), scale);
    return too_many_digits();
  }
  auto [quotient, remainder] = divide(dividend, divisor);
  // Compare the remainder with its complement instead of doubling it: no overflow.
  Uint512 complement = divisor;
  complement.subtract(remainder);
  const auto half = remainder <=> complement;
  const bool odd = (quotient.limbs[0] & 1) != 0;
  if ((rounding == Rounding::half_up && half >= 0) ||
      (rounding == Rounding::half_even && (half > 0 || (half == 0 && odd)))) {
    quotient.multiply_add(1, 1);
  }
  return reduce(negative && !quotient.is_zero(), quotient, scale);
}

std::strong_ordering compare(const Decimal& a, double b) {
  if (std::isnan(b)) {
    return a.kind() == Decimal::Kind::nan ? std::strong_ordering::equal
                                          : std::strong_ordering::greater;
  }
  if (a.kind() == Decimal::Kind::nan) return std::strong_ordering::less;
  const double nearest = a.to_double();
  if (nearest != b) return nearest < b ? std::strong_ordering::less : std::strong_ordering::greater;
  if (std::isinf(b)) {
    if (!a.is_finite()) return std::strong_ordering::equal;
    return b > 0 ? std::strong_ordering::less : std::strong_ordering::greater;
  }
  if (a.is_zero()) return std::strong_ordering::equal;  // b rounds to the same zero, so it is 0
  if (b == 0) return a.is_negative() ? std::strong_ordering::less : std::strong_ordering::greater;
  const Expansion exact = expand(std::fabs(b));
  const auto exponents = a.exponent() <=> exact.exponent;
  if (exponents != 0) return reverse_if(a.is_negative(), exponents);
  const std::string digits = a.digit_text();
  const int order = without_trailing_zeros(digits).compare(exact.digits);
  return reverse_if(a.is_negative(), order <=> 0);
}

std::strong_ordering compare_exact(std::int64_t a, double b) {
  if (std::isnan(b)) return std::strong_ordering::greater;
  if (b >= 0x1p63) return std::strong_ordering::less;
  if (b < -0x1p63) return std::strong_ordering::greater;
  const auto whole = static_cast<std::int64_t>(b);  // towards zero
  if (a != whole) return a <=> whole;
  const double fraction = b - static_cast<double>(whole);
  return fraction > 0   ? std::strong_ordering::less
         : fraction < 0 ? std::strong_ordering::greater
                        : std::strong_ordering::equal;
}

std::strong_ordering compare_exact(std::uint64_t a, double b) {
  if (std::isnan(b) || b < 0) return std::strong_ordering::greater;
  if (b >= 0x1p64) return std::strong_ordering::less;
  const auto whole = static_cast<std::uint64_t>(b);
  if (a != whole) return a <=> whole;
  return b - static_cast<double>(whole) > 0 ? std::strong_ordering::less
                                            : std::strong_ordering::equal;
}

}  // namespace octavo::value
