#include "dialect/mongodb/expression/coerce.h"

#include <fmt/format.h>

#include <limits>

#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/text.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

// "Jan  1 00:00:01:2"
std::string text_of_stamp(const Value& stamp) {
  constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const value::CivilTime civil =
      value::to_civil({.seconds = static_cast<std::int64_t>(stamp.log_stamp_seconds())});
  return fmt::format("{} {:2} {:02}:{:02}:{:02}:{}",
                     kMonths[static_cast<std::size_t>(civil.date.month - 1)], civil.date.day,
                     civil.hour, civil.minute, civil.second, stamp.log_stamp_increment());
}

}  // namespace

std::optional<std::string> text_of_scalar(const Value& value) {
  switch (value.type()) {
    case Type::boolean: return value.as_boolean() ? "true" : "false";
    case Type::int64: return std::to_string(value.as_int64());
    case Type::float64: return print_double(value.as_float64());
    case Type::decimal: return value.as_decimal().to_string();
    case Type::string: return std::string(value.as_string());
    case Type::object_id: return print_object_id(value);
    case Type::timestamp: return print_date(value.as_timestamp());
    default: return std::nullopt;  // the caller names what it does not take
  }
}

Result<std::int64_t> coerce_to_long(const Value& number) {
  if (number.type() == Type::float64) {
    const double real = number.as_float64();
    // False for NaN too.
    if (!(real >= -0x1p63 && real < 0x1p63)) {
      return error(31109, "Can't coerce out of range value {} to long", print_operand(number));
    }
    return static_cast<std::int64_t>(real);
  }
  if (number.type() == Type::decimal) {
    const auto whole = round(number, 0, RoundTo::even);
    const auto integral = whole ? whole->to_int64() : std::nullopt;
    return integral.value_or(std::numeric_limits<std::int64_t>::min());
  }
  return number.as_int64();
}

Result<std::string> coerce_to_text(const Item& item) {
  if (is_nullish(item)) return std::string();
  switch (item->type()) {
    // Six digits, unlike $toString.
    case Type::float64: return fmt::format("{:g}", item->as_float64());
    case Type::int64:
    case Type::decimal:
    case Type::string:
    case Type::timestamp: return *text_of_scalar(*item);
    case Type::symbol: return std::string(item->as_string());
    case Type::log_stamp: return text_of_stamp(*item);
    case Type::javascript:
      if (item->javascript_scope() == nullptr) return std::string(item->javascript_code());
      break;
    default: break;  // refused below
  }
  return error(16007, "can't convert from BSON type {} to String", type_alias(item));
}

}  // namespace octavo::mongodb
