// Decimal to text and back.

#include <charconv>

#include "base/ascii.h"
#include "base/text.h"
#include "value/decimal.h"

namespace octavo::value {
namespace {

std::unexpected<Error> malformed(std::string_view text) {
  return fail(Code::invalid_argument,
              "not a decimal number: '" + std::string(text.substr(0, 100)) + "'");
}

struct Parts {
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

// "12.5e-3" without its sign, cut at the point and the exponent.
std::optional<Parts> split(std::string_view text) {
  Parts parts;
  std::size_t i = 0;
  while (i < text.size() && is_digit(text[i])) ++i;
  parts.whole = text.substr(0, i);
  if (i < text.size() && text[i] == '.') {
    const std::size_t start = ++i;
    while (i < text.size() && is_digit(text[i])) ++i;
    parts.fraction = text.substr(start, i - start);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (i == text.size()) return parts;
  if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
  ++i;
  if (i < text.size() && text[i] == '+') ++i;
  if (i == text.size() || (text[i] == '-' && i > 0 && text[i - 1] == '+')) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data() + i, end, parts.exponent);
  if (result.ptr != end) return std::nullopt;
  // An absurd exponent is in range of no scale; keep it finite for the arithmetic below.
  if (result.ec == std::errc::result_out_of_range || parts.exponent > 1'000'000 ||
      parts.exponent < -1'000'000) {
    parts.exponent = text[i] == '-' ? -1'000'000 : 1'000'000;
  }
  return parts;
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  const std::string_view original = text;
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (equals_ignoring_case(text, "infinity") || equals_ignoring_case(text, "inf")) {
    return infinity(negative);
  }
  if (equals_ignoring_case(text, "nan")) return nan();
  const auto parts = split(text);
  if (!parts) return malformed(original);

  Uint256 coefficient;
  // Zeros are held back, so that "1000…0" with eighty of them still fits by its scale.
  int pending_zeros = 0;
  int significant = 0;
  const auto take = [&](char c) {
    if (c == '0' && significant + pending_zeros >= kMaxDecimalDigits) {
      ++pending_zeros;
      return true;
    }
    const std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
    if (digit == 0 && significant == 0) return true;
    for (; pending_zeros > 0; --pending_zeros) {
      if (++significant > kMaxDecimalDigits) return false;
      coefficient.multiply_add(10, 0);
    }
    if (++significant > kMaxDecimalDigits) return false;
    return coefficient.multiply_add(10, digit);
  };
  for (const std::string_view run : {parts->whole, parts->fraction}) {
    for (const char c : run) {
      if (!take(c)) {
        return fail(Code::out_of_range, "decimal number has more than 76 significant digits");
      }
    }
  }
  int fraction = static_cast<int>(std::min<std::size_t>(parts->fraction.size(), 2'000'000));
  const int scale = fraction - parts->exponent - pending_zeros;
  if (coefficient.is_zero()) {
    return make(negative, coefficient,
                std::min(std::max(scale, kMinDecimalScale), kMaxDecimalScale));
  }
  return make(negative, coefficient, scale);
}

std::string Decimal::to_string() const {
  if (kind_ == Kind::nan) return "NaN";
  if (kind_ == Kind::infinity) return negative_ ? "-Infinity" : "Infinity";
  const std::string digits = digit_text();
  const int adjusted = static_cast<int>(digits.size()) - 1 - scale_;
  if (scale_ >= 0 && adjusted >= -6) return to_plain_string();
  std::string text = negative_ ? "-" : "";
  text.push_back(digits[0]);
  if (digits.size() > 1) text.append(".").append(digits, 1);
  return text.append(adjusted < 0 ? "E" : "E+").append(std::to_string(adjusted));
}

std::string Decimal::to_plain_string() const {
  if (!is_finite()) return to_string();
  std::string digits = digit_text();
  if (scale_ < 0 && !is_zero()) digits.append(static_cast<std::size_t>(-scale_), '0');
  if (scale_ > 0) {
    const auto scale = static_cast<std::size_t>(scale_);
    if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
    digits.insert(digits.size() - scale, ".");
  }
  return negative_ ? "-" + digits : digits;
}

}  // namespace octavo::value
