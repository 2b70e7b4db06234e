#include "statistics/column.h"

#include <algorithm>
#include <cmath>

#include "base/bytes.h"

namespace octavo::statistics {
namespace {

using value::Type;
using value::Value;

std::optional<std::string_view> text_of(const Value& value) {
  if (value.type() == Type::string || value.type() == Type::symbol) return value.as_string();
  if (value.type() == Type::bytes) return value.as_bytes();
  return std::nullopt;
}

// Whether their order says how many values are between them.
bool are_alike(const Value& a, const Value& b) {
  return a.type() == b.type() || (a.is_number() && b.is_number());
}

// What is left of a text behind what it has in common with others, as a number.
double number_of(std::string_view text, std::size_t common) {
  double number = 0;
  double place = 1;
  for (std::size_t i = common; i < common + sizeof(std::uint64_t); ++i) {
    place /= 256;
    if (i < text.size()) number += place * static_cast<unsigned char>(text[i]);
  }
  return number;
}

std::optional<double> number_of(const Value& value) {
  constexpr double kNano = 1e-9;
  if (value.is_number()) return value.to_double();
  switch (value.type()) {
    case Type::boolean: return value.as_boolean() ? 1 : 0;
    case Type::date: return value.as_date();
    case Type::time_of_day:
    case Type::duration: return static_cast<double>(value.as_nanoseconds());
    case Type::timestamp:
      return static_cast<double>(value.as_timestamp().seconds) +
             kNano * value.as_timestamp().nanoseconds;
    default: return std::nullopt;
  }
}

// How far it is on the way from one value to another, which it is between.
double way(const Value& from, const Value& to, const Value& value) {
  constexpr double kUnknown = 0.5;
  const auto share = [](double low, double high, double at) {
    const double way = (at - low) / (high - low);
    return std::isfinite(way) ? std::clamp(way, 0.0, 1.0) : kUnknown;
  };
  const auto low = text_of(from);
  const auto high = text_of(to);
  const auto at = text_of(value);
  if (low && high && at) {
    const auto common =
        static_cast<std::size_t>(std::ranges::mismatch(*low, *high).in1 - low->begin());
    return share(number_of(*low, common), number_of(*high, common), number_of(*at, common));
  }
  const auto first = number_of(from);
  const auto last = number_of(to);
  const auto middle = number_of(value);
  return first && last && middle ? share(*first, *last, *middle) : kUnknown;
}

// How much of what the bounds divide is below the value.
double part_below(const std::vector<Value>& bounds, const Value& value) {
  const auto parts = static_cast<double>(bounds.size() - 1);
  const auto behind = std::ranges::lower_bound(
      bounds, value, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  if (behind == bounds.begin()) return 0;
  if (behind == bounds.end()) return 1;
  const auto before = behind - 1;
  return (static_cast<double>(before - bounds.begin()) + way(*before, *behind, value)) / parts;
}

}  // namespace

double Column::other_share() const {
  double share = 1 - null_share;
  for (const CommonValue& each : common) share -= each.share;
  return std::max(share, 0.0);
}

double Column::equal_to(const Value& value) const {
  if (value.is_null()) return 0;
  for (const CommonValue& each : common) {
    if (each.value == value) return each.share;
  }
  const double others = distinct - static_cast<double>(common.size());
  return other_share() / std::max(others, 1.0);
}

std::optional<double> Column::below(const Value& value, bool or_equal) const {
  const Value* const known = !bounds.empty()   ? &bounds.front()
                             : !common.empty() ? &common.front().value
                                               : nullptr;
  if (known == nullptr || !are_alike(*known, value)) return std::nullopt;
  double share = 0;
  bool is_common = false;
  for (const CommonValue& each : common) {
    const auto order = compare(each.value, value);
    if (order < 0 || (order == 0 && or_equal)) share += each.share;
    is_common = is_common || order == 0;
  }
  if (bounds.size() > 1) share += other_share() * part_below(bounds, value);
  // Between neighbours the value itself is on neither side.
  if (or_equal && !is_common && !bounds.empty() && compare(bounds.front(), value) <= 0 &&
      compare(value, bounds.back()) <= 0) {
    share += equal_to(value);
  }
  return std::clamp(share, 0.0, 1 - null_share);
}

std::optional<double> Column::begins_with(std::string_view prefix) const {
  // Behind all that begin so: no UTF-8 has this byte.
  const std::string end = std::string(prefix) + '\xff';
  const auto from = below(Value::string(prefix), false);
  const auto to = below(Value::string(end), false);
  if (!from || !to) return std::nullopt;
  return std::max(*to - *from, 0.0);
}

}  // namespace octavo::statistics
