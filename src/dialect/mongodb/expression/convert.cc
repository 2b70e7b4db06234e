// $convert and the operators that are short for it: a table of which type becomes which, and how.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

#include "base/text.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/clock_time.h"
#include "dialect/mongodb/expression/coerce.h"
#include "dialect/mongodb/expression/convert_binary.h"
#include "dialect/mongodb/expression/date_format.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/decimal128.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Decimal;
using value::Value;
using enum BsonType;

template <class... Args>
std::unexpected<Error> failed(fmt::format_string<Args...> text, Args&&... arguments) {
  return error(ErrorCode::conversion_failure, text, std::forward<Args>(arguments)...);
}

std::unexpected<Error> not_parsed(const Value& text, std::string_view as) {
  return failed("Failed to parse {} '{}' in $convert with no onError value", as, text.as_string());
}

// ---- to a boolean

Result<Value> to_truth(const Value& value) { return Value::boolean(is_truthy(value)); }

// ---- to numbers

// Cut towards zero.
Result<std::int64_t> to_integer(const Value& number, NumberKind kind) {
  if (is_nan(number)) {
    return failed("Attempt to convert NaN value to integer type in $convert with no onError value");
  }
  if (is_infinite(number)) {
    return failed(
        "Attempt to convert infinity value to integer type in $convert with no onError value");
  }
  const auto whole = round(number, 0, RoundTo::zero);
  const auto integer = whole ? whole->to_int64() : std::nullopt;
  const bool small = kind != NumberKind::int32 || (integer && exact_int32(Value::int64(*integer)));
  if (!integer || !small) {
    return failed("Conversion would overflow target type in $convert with no onError value: {}",
                  print_operand(number));
  }
  return *integer;
}

Result<Value> number_to_int(const Value& number) {
  TRY(const std::int64_t integer, to_integer(number, NumberKind::int32));
  return of_integer(integer, NumberKind::int32);
}
Result<Value> number_to_long(const Value& number) {
  TRY(const std::int64_t integer, to_integer(number, NumberKind::int64));
  return Value::int64(integer);
}
Result<Value> number_to_double(const Value& number) {
  const double real = number.to_double();
  if (number_kind(number) == NumberKind::decimal && !is_infinite(number) && std::isinf(real)) {
    return failed("Conversion would overflow target type in $convert with no onError value: {}",
                  print_operand(number));
  }
  return Value::float64(real);
}
Result<Value> number_to_decimal(const Value& number) { return Value::decimal(to_decimal(number)); }

Result<Value> truth_to_int(const Value& truth) { return Value::int32(truth.as_boolean() ? 1 : 0); }
Result<Value> truth_to_long(const Value& truth) { return Value::int64(truth.as_boolean() ? 1 : 0); }
Result<Value> truth_to_double(const Value& truth) {
  return Value::float64(truth.as_boolean() ? 1 : 0);
}
Result<Value> truth_to_decimal(const Value& truth) {
  return Value::decimal(Decimal::from_int64(truth.as_boolean() ? 1 : 0));
}

Result<Value> date_to_long(const Value& date) {
  return Value::int64(date_millis(date.as_timestamp()));
}
Result<Value> date_to_double(const Value& date) {
  return Value::float64(static_cast<double>(date_millis(date.as_timestamp())));
}
Result<Value> date_to_decimal(const Value& date) {
  return Value::decimal(Decimal::from_int64(date_millis(date.as_timestamp())));
}

// Digits with a sign, nothing else.
Result<std::int64_t> text_to_integer(const Value& text) {
  std::string_view digits = text.as_string();
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) return not_parsed(text, "number");
  }
  const auto number = parse_number<std::int64_t>(digits);
  if (!number) return not_parsed(text, "number");
  return *number;
}
Result<Value> text_to_int(const Value& text) {
  TRY(const std::int64_t number, text_to_integer(text));
  const auto small = exact_int32(Value::int64(number));
  if (!small) return not_parsed(text, "number");
  return Value::int32(*small);
}
Result<Value> text_to_long(const Value& text) {
  TRY(const std::int64_t number, text_to_integer(text));
  return Value::int64(number);
}

Result<Value> text_to_double(const Value& text) {
  std::string_view digits = text.as_string();
  if (digits.starts_with('+')) {
    digits.remove_prefix(1);
    if (digits.starts_with('-')) return not_parsed(text, "number");
  }
  double number = 0;
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size()) {
    return not_parsed(text, "number");
  }
  return Value::float64(number);
}

Result<Value> text_to_decimal(const Value& text) {
  const auto number = Decimal::parse(text.as_string());
  if (!number) return not_parsed(text, "number");
  const Decimal rounded = decimal128::round(*number);
  // What is out of range is no number either.
  if (number->is_finite() && (!rounded.is_finite() || (rounded.is_zero() && !number->is_zero()))) {
    return not_parsed(text, "number");
  }
  return Value::decimal(rounded);
}

// ---- to ObjectIds, dates and strings

Result<Value> text_to_object_id(const Value& text) {
  constexpr std::size_t kDigits = 24;
  const std::string_view digits = text.as_string();
  if (digits.size() != kDigits) {
    return failed(
        "Failed to parse objectId '{}' in $convert with no onError value: Invalid string "
        "length for parsing to OID, expected 24 but found {}",
        digits, digits.size());
  }
  Bytes bytes;
  for (std::size_t i = 0; i < kDigits; i += 2) {
    const auto byte = parse_number<unsigned>(digits.substr(i, 2), 16);
    if (!byte) return not_parsed(text, "objectId");
    bytes.push_back(static_cast<char>(*byte));
  }
  return Value::object_id(bytes);
}

Result<Value> text_to_date(const Value& text) {
  TRY(const std::int64_t millis, read_date_text(text.as_string(), nullptr));
  return date_of_millis(millis);
}
Result<Value> number_to_date(const Value& number) {
  TRY(const std::int64_t millis, to_integer(number, NumberKind::int64));
  return date_of_millis(millis);
}
Result<Value> instant_to_date(const Value& instant) {
  TRY(const std::int64_t millis, millis_of_date(instant));
  return date_of_millis(millis);
}

Result<Value> to_text(const Value& value) {
  const auto text = text_of_scalar(value);
  if (!text) return failed("no text of {}", type_alias(value));
  return Value::string(*text);
}

Result<Value> date_to_text(const Value& date) {
  const std::int64_t year = value::to_civil(date.as_timestamp()).date.year;
  constexpr std::int64_t kMostYear = 9'999;
  if (year < 0 || year > kMostYear) {
    return failed(
        "Could not convert date to string: date component was outside the supported "
        "range of 0-9999: {}",
        year);
  }
  return to_text(date);
}

Result<Value> as_it_is(const Value& value) { return value; }

struct ConversionRow {
  BsonType from;
  BsonType to;
  Result<Value> (*convert)(const Value& value);
};
constexpr ConversionRow kConversions[] = {
    {number_double, number_double, as_it_is},
    {number_double, string, to_text},
    {number_double, boolean, to_truth},
    {number_double, date, number_to_date},
    {number_double, number_int, number_to_int},
    {number_double, number_long, number_to_long},
    {number_double, number_decimal, number_to_decimal},
    {string, number_double, text_to_double},
    {string, string, as_it_is},
    {string, object_id, text_to_object_id},
    {string, boolean, to_truth},
    {string, date, text_to_date},
    {string, number_int, text_to_int},
    {string, number_long, text_to_long},
    {string, number_decimal, text_to_decimal},
    {object, boolean, to_truth},
    {array, boolean, to_truth},
    {binary, boolean, to_truth},
    {object_id, string, to_text},
    {object_id, object_id, as_it_is},
    {object_id, boolean, to_truth},
    {object_id, date, instant_to_date},
    {boolean, number_double, truth_to_double},
    {boolean, string, to_text},
    {boolean, boolean, as_it_is},
    {boolean, number_int, truth_to_int},
    {boolean, number_long, truth_to_long},
    {boolean, number_decimal, truth_to_decimal},
    {date, number_double, date_to_double},
    {date, string, date_to_text},
    {date, boolean, to_truth},
    {date, date, as_it_is},
    {date, number_long, date_to_long},
    {date, number_decimal, date_to_decimal},
    {regex, boolean, to_truth},
    {javascript, boolean, to_truth},
    {symbol, boolean, to_truth},
    {javascript_with_scope, boolean, to_truth},
    {number_int, number_double, number_to_double},
    {number_int, string, to_text},
    {number_int, boolean, to_truth},
    {number_int, number_int, as_it_is},
    {number_int, number_long, number_to_long},
    {number_int, number_decimal, number_to_decimal},
    {timestamp, boolean, to_truth},
    {timestamp, date, instant_to_date},
    {number_long, number_double, number_to_double},
    {number_long, string, to_text},
    {number_long, boolean, to_truth},
    {number_long, date, number_to_date},
    {number_long, number_int, number_to_int},
    {number_long, number_long, as_it_is},
    {number_long, number_decimal, number_to_decimal},
    {number_decimal, number_double, number_to_double},
    {number_decimal, string, to_text},
    {number_decimal, boolean, to_truth},
    {number_decimal, date, number_to_date},
    {number_decimal, number_int, number_to_int},
    {number_decimal, number_long, number_to_long},
    {number_decimal, number_decimal, as_it_is},
    {min_key, boolean, to_truth},
    {max_key, boolean, to_truth},
};

Result<Value> convert_to(const Value& value, const ConversionTarget& to, const BinaryForm& form) {
  const BsonType from = bson_type(value);
  if (is_binary_conversion(from, to.type)) return convert_binary(value, to, form);
  for (const ConversionRow& row : kConversions) {
    if (row.from == from && row.to == to.type) return row.convert(value);
  }
  return failed("Unsupported conversion from {} to {} in $convert with no onError value",
                type_alias(from), type_alias(to.type));
}

Result<BsonType> read_type(const Value& to) {
  if (to.is_string()) {
    const auto type = type_of_alias(to.as_string());
    if (!type) return error(ErrorCode::bad_value, "Unknown type name: {}", to.as_string());
    return *type;
  }
  if (!to.is_number()) {
    return error(ErrorCode::failed_to_parse,
                 "$convert's 'to' argument must be a string or number, but is {}", type_alias(to));
  }
  const auto number = exact_int32(to);
  if (!number) {
    return error(ErrorCode::failed_to_parse,
                 "In $convert, numeric 'to' argument is not an integer");
  }
  if (*number == 0) return missing;
  const auto type = type_of_number(*number);
  if (!type) {
    return error(ErrorCode::failed_to_parse,
                 "In $convert, numeric value for 'to' does not correspond to a BSON type: {}",
                 *number);
  }
  return *type;
}

// A type, or {type: …, subtype: …}.
Result<ConversionTarget> read_target(const Value& to) {
  if (!to.is_object()) {
    TRY(const BsonType type, read_type(to));
    return ConversionTarget{.type = type};
  }
  const Value* type = to.find("type");
  if (type == nullptr) {
    return error(ErrorCode::failed_to_parse, "$convert's 'to' argument has no 'type'");
  }
  ConversionTarget target;
  TRY(target.type, read_type(*type));
  const Value* subtype = to.find("subtype");
  if (subtype != nullptr && !is_nullish(*subtype)) {
    TRY(target.subtype, read_subtype(*subtype));
  }
  return target;
}

// (input, to, where it cannot be, where it is null, format, order of bytes)
Result<Item> convert(const OperationCall& call, LazyArguments& arguments) {
  constexpr std::size_t kFormat = 4;
  constexpr std::size_t kByteOrder = 5;
  TRY(const Item to, arguments.evaluate(1));
  TRY(const Item input, arguments.evaluate(0));
  if (is_nullish(to) && !is_nullish(input)) return null_item();
  ConversionTarget target;
  if (!is_nullish(to)) {
    TRY(target, read_target(*to));
  }
  if (is_nullish(input)) return is_given(call, 3) ? arguments.evaluate(3) : null_item();
  BinaryForm form;
  if (is_given(call, kFormat)) {
    TRY(form.format, arguments.evaluate(kFormat));
  }
  if (is_given(call, kByteOrder)) {
    TRY(form.byte_order, arguments.evaluate(kByteOrder));
  }
  auto result = convert_to(*input, target, form);
  if (result) return Item(*std::move(result));
  if (is(result.error(), ErrorCode::conversion_failure) && is_given(call, 2)) {
    return arguments.evaluate(2);
  }
  return std::unexpected(std::move(result).error());
}

constexpr auto kParse = static_cast<std::uint32_t>(ErrorCode::failed_to_parse);
constexpr OperandField kFields[] = {{.name = "input", .missing = kParse},
                                    {.name = "to", .missing = kParse},
                                    {.name = "onError"},
                                    {.name = "onNull"},
                                    {.name = "format"},
                                    {.name = "byteOrder"}};
constexpr OperandForm kForm{.not_object = kParse, .unknown = kParse, .fields = kFields};

// Of strings and binary data: by what is usual for the subtype.
constexpr std::string_view kUsualFormat = "auto";

struct Short {
  std::string_view name;
  BsonType to;
};
constexpr Short kShorts[] = {
    {"$toBool", boolean},         {"$toDate", date},      {"$toDecimal", number_decimal},
    {"$toDouble", number_double}, {"$toInt", number_int}, {"$toLong", number_long},
    {"$toObjectId", object_id},   {"$toString", string},  {"$toUUID", binary},
};

Value target_of(BsonType type) {
  if (type != binary) return Value::string(type_alias(type));
  constexpr std::int32_t kUuid = 4;
  return Value::object(
      {{"type", Value::string(type_alias(type))}, {"subtype", Value::int32(kUuid)}});
}

Result<ExprPtr> parse_short(const OperatorUse& use) {
  if (use.operand.is_array() && use.operand.as_array().size() != 1) {
    return error(50723, "{} requires a single argument, got {}", use.row.name,
                 use.operand.as_array().size());
  }
  const Value& only = use.operand.is_array() ? use.operand.as_array().front() : use.operand;
  TRY(ExprPtr input, parse_operand(only, use.variables));
  const auto* const row = std::ranges::find(kShorts, use.row.name, &Short::name);
  return call(op::kConvert,
              {std::move(input), algebra::constant(target_of(row->to)), call(op::kAbsent, {}),
               call(op::kAbsent, {}), algebra::constant(Value::string(kUsualFormat))});
}

constexpr OperationRow kOperations[] = {
    {.number = op::kConvert, .name = "convert", .least = 4, .lazy = convert},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$convert", .number = op::kConvert, .form = &kForm},
    {.name = "$toBool", .number = op::kConvert, .parse = parse_short},
    {.name = "$toDate", .number = op::kConvert, .parse = parse_short},
    {.name = "$toDecimal", .number = op::kConvert, .parse = parse_short},
    {.name = "$toDouble", .number = op::kConvert, .parse = parse_short},
    {.name = "$toInt", .number = op::kConvert, .parse = parse_short},
    {.name = "$toLong", .number = op::kConvert, .parse = parse_short},
    {.name = "$toObjectId", .number = op::kConvert, .parse = parse_short},
    {.name = "$toString", .number = op::kConvert, .parse = parse_short},
    {.name = "$toUUID", .number = op::kConvert, .parse = parse_short},
};

}  // namespace

std::span<const OperationRow> convert_operations() { return kOperations; }
std::span<const OperatorRow> convert_operators() { return kOperators; }

}  // namespace octavo::mongodb
