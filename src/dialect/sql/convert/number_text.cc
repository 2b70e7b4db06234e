#include "dialect/sql/convert/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/ascii.h"
#include "dialect/sql/convert/numbers.h"

namespace octavo::sql {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view without_spaces(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t digits_from(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

// The length of the number that the text begins with: sign, digits, fraction, exponent. 0: it
// begins with none.
std::size_t number_length(std::string_view text) {
  std::size_t at = !text.empty() && (text.front() == '-' || text.front() == '+') ? 1 : 0;
  std::size_t digits = digits_from(text, at);
  at += digits;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits_from(text, at + 1);
    if (digits + fraction > 0) at += 1 + fraction;
    digits += fraction;
  }
  if (digits == 0) return 0;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
    const std::size_t size = digits_from(text, exponent);
    if (size > 0) at = exponent + size;
  }
  return at;
}

// What may be read of the text, and what was lost with the rest.
struct Front {
  std::string_view number;
  Loss loss = Loss::none;
};
Front front_of(std::string_view text, std::size_t size) {
  if (text.empty()) return {};
  if (size == 0) return {.loss = Loss::bad};
  Front front{.number = text.substr(0, size), .loss = size < text.size() ? Loss::cut : Loss::none};
  if (front.number.front() == '+') front.number.remove_prefix(1);
  return front;
}

// Digits and the power of ten of the first one, as MySQL lays them out.
std::string lay_out(bool negative, std::string_view digits, int exponent) {
  constexpr int kLeastPlain = -14, kMostPlain = 14;
  std::string out = negative ? "-" : "";
  const auto size = static_cast<int>(digits.size());
  if (exponent < kLeastPlain || exponent > kMostPlain) {
    out += digits.front();
    if (size > 1) out.append(".").append(digits.substr(1));
    return out + "e" + std::to_string(exponent);
  }
  if (exponent < 0) {
    return out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  }
  if (exponent + 1 >= size) {
    return out.append(digits).append(static_cast<std::size_t>(exponent + 1 - size), '0');
  }
  const auto point = static_cast<std::size_t>(exponent) + 1;
  return out.append(digits.substr(0, point)).append(".").append(digits.substr(point));
}

// Of "-1.25e+07".
std::string lay_out_scientific(std::string_view text) {
  const bool negative = text.front() == '-';
  if (negative) text.remove_prefix(1);
  const std::size_t mark = text.find('e');
  std::string digits;
  std::ranges::copy_if(text.substr(0, mark), std::back_inserter(digits), is_digit);
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  std::string_view power = text.substr(mark + 1);
  if (power.front() == '+') power.remove_prefix(1);
  int exponent = 0;
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  return lay_out(negative, digits, exponent);
}

}  // namespace

Converted<double> read_double(std::string_view text) {
  text = without_spaces(text);
  const Front front = front_of(text, number_length(text));
  if (front.number.empty()) return {.value = 0, .loss = front.loss};
  double number = 0;
  const auto [end, fault] =
      std::from_chars(front.number.data(), front.number.data() + front.number.size(), number);
  if (fault != std::errc::result_out_of_range) return {.value = number, .loss = front.loss};
  // Too small is zero, too large the greatest.
  const std::size_t mark = front.number.find_first_of("eE");
  const bool small =
      mark != front.number.npos && front.number.substr(mark).find('-') != front.number.npos;
  if (small) return {.value = 0, .loss = front.loss};
  constexpr double kMost = std::numeric_limits<double>::max();
  return {.value = front.number.front() == '-' ? -kMost : kMost, .loss = Loss::range};
}

Converted<Integer> read_integer(std::string_view text) {
  text = without_spaces(text);
  const std::size_t sign = !text.empty() && (text.front() == '-' || text.front() == '+') ? 1 : 0;
  const std::size_t digits = digits_from(text, sign);
  const Front front = front_of(text, digits == 0 ? 0 : sign + digits);
  if (front.number.empty()) return {.loss = front.loss};
  const bool negative = front.number.front() == '-';
  const std::string_view number = front.number.substr(negative ? 1 : 0);
  std::uint64_t size = 0;
  const auto [end, fault] = std::from_chars(number.data(), number.data() + number.size(), size);
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 63U;
  if (fault != std::errc() || (negative && size > kLeast)) {
    return {.value = {.bits = negative ? kLeast : ~std::uint64_t{0}, .negative = negative},
            .loss = Loss::range};
  }
  return {.value = {.bits = negative ? ~size + 1 : size, .negative = negative && size != 0},
          .loss = front.loss};
}

Converted<value::Decimal> read_decimal(std::string_view text) {
  text = without_spaces(text);
  Front front = front_of(text, number_length(text));
  if (front.number.empty()) return {.loss = front.loss};
  // More digits than a decimal has are rounded away behind the point.
  if (auto exact = value::Decimal::parse(front.number)) {
    Converted<value::Decimal> fitted = fit_decimal(*exact);
    if (fitted.loss == Loss::none) fitted.loss = front.loss;
    return fitted;
  }
  const Converted<double> near = read_double(front.number);
  Converted<value::Decimal> fitted = fit_decimal(value::Decimal::from_double(near.value));
  if (fitted.loss == Loss::none) fitted.loss = front.loss;
  return fitted;
}

std::string print_double(double number) {
  if (number == 0) return std::signbit(number) ? "-0" : "0";
  if (!std::isfinite(number)) return std::isnan(number) ? "nan" : (number < 0 ? "-inf" : "inf");
  std::array<char, 40> buffer{};
  const auto [end, fault] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number,
                                          std::chars_format::scientific);
  return lay_out_scientific({buffer.data(), static_cast<std::size_t>(end - buffer.data())});
}

std::string print_float(double number) {
  if (number == 0 || !std::isfinite(number)) return print_double(number);
  return lay_out_scientific(fmt::format("{:.5e}", number));
}

}  // namespace octavo::sql
