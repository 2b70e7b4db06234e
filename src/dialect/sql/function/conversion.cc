// Conversions of numbers and texts: each reads any value, and tells what it lost.

#include <algorithm>
#include <cmath>

#include "dialect/sql/convert/json_text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/arguments.h"
#include "dialect/sql/function/form.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation_tables.h"
#include "dialect/sql/function/print.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Type;
using value::Value;

// A number that was cut from something, or nothing at all.
Status tell(const SingleCall& call, Loss loss, const Value& rule, std::string_view kind,
            const Value& from) {
  if (loss == Loss::none) return {};
  return lose(call, loss_rule(rule), truncated(kind, plain_text(from)));
}

// Of a DECIMAL that is no column: it is named as it is written.
Error out_of_column(const SingleCall& call) {
  return error<1264>(print_call(call.call), std::to_string(call.context.row_number)).error();
}

Result<Value> to_double(const SingleCall& call, Args args) {
  const Converted<double> number = double_of(args[0]);
  TRY_STATUS(tell(call, number.loss, args[1], "DOUBLE", args[0]));
  return Value::float64(number.value);
}

Result<Value> to_float(const SingleCall& call, Args args) {
  const Converted<double> number = double_of(args[0]);
  TRY_STATUS(tell(call, number.loss, args[1], "FLOAT", args[0]));
  return Value::float64(static_cast<double>(static_cast<float>(number.value)));
}

// CAST of a negative number to an unsigned one keeps its bits, and only a text is told of.
Result<Value> to_integer(const SingleCall& call, Args args) {
  TRY(const std::int64_t is_unsigned, integer_at(args, 1));
  const Converted<Integer> number = integer_of(args[0], is_unsigned != 0, TextAs::digits);
  const bool is_text = args[0].is_string() || args[0].type() == Type::bytes;
  const bool is_exact_integer = args[0].type() == Type::int64 || args[0].type() == Type::uint64;
  if (is_text || (number.loss != Loss::none && !is_exact_integer)) {
    TRY_STATUS(tell(call, number.loss, args[2], "INTEGER", args[0]));
  }
  return value_of(number.value.bits, is_unsigned != 0);
}

Result<Value> to_decimal(const SingleCall& call, Args args) {
  TRY(const std::int64_t precision, integer_at(args, 1));
  TRY(const std::int64_t scale, integer_at(args, 2));
  if (precision < 1 || precision > kMaxDecimalPrecision || scale < 0 || scale > kMaxDecimalScale ||
      scale > precision) {
    return wrong_form();
  }
  const Converted<value::Decimal> number = decimal_of(args[0]);
  TRY_STATUS(tell(call, number.loss, args[3], "DECIMAL", args[0]));
  const Converted<value::Decimal> rounded =
      round_decimal(number.value, static_cast<int>(precision), static_cast<int>(scale));
  if (rounded.loss == Loss::range) {
    TRY_STATUS(lose(call, loss_rule(args[3]), out_of_column(call)));
  }
  return Value::decimal(rounded.value);
}

Result<Value> to_text(const SingleCall& /*call*/, Args args) {
  TRY(const std::uint64_t form, bits_at(args, 1));
  return Value::string(text_of(args[0], form_of(form)));
}

Result<Value> to_bytes(const SingleCall& /*call*/, Args args) {
  TRY(const std::uint64_t form, bits_at(args, 1));
  const std::string text = text_of(args[0], form_of(form));
  if (args[2].is_null()) return Value::bytes(text);
  TRY(const std::string_view name, text_at(args, 2));
  const value::Charset* charset = value::find_charset(name);
  if (charset == nullptr) return wrong_form();
  std::string bytes;
  // What the set has not is `?` in it.
  static_cast<void>(charset->from_utf8(text, bytes));
  return Value::bytes(bytes);
}

// The first so many characters.
std::string_view first_characters(std::string_view text, std::size_t characters) {
  if (text.size() <= characters) return text;
  std::string_view rest = text;
  for (std::size_t i = 0; i < characters && !rest.empty(); ++i) value::take_code_point(rest);
  return text.substr(0, text.size() - rest.size());
}

bool only_spaces(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c == ' '; });
}

Result<Value> cut_text(const SingleCall& call, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  TRY(const std::int64_t length, integer_at(args, 1));
  const std::string_view kept =
      first_characters(text, static_cast<std::size_t>(std::max<std::int64_t>(length, 0)));
  if (kept.size() == text.size()) return args[0];
  if (!only_spaces(text.substr(kept.size()))) {
    const std::string kind = "CHAR(" + std::to_string(length) + ")";
    TRY_STATUS(lose(call, loss_rule(args[2]), truncated(kind, text)));
  }
  return Value::string(kept);
}

Result<Value> cut_bytes(const SingleCall& call, Args args) {
  if (args[0].type() != Type::bytes) return wrong_form();
  const std::string_view bytes = args[0].as_bytes();
  TRY(const std::int64_t given, integer_at(args, 1));
  TRY(const std::int64_t fills, integer_at(args, 2));
  const auto length = static_cast<std::size_t>(std::max<std::int64_t>(given, 0));
  if (bytes.size() > length) {
    const std::string kind = "BINARY(" + std::to_string(length) + ")";
    TRY_STATUS(lose(call, loss_rule(args[3]), truncated(kind, bytes)));
    return Value::bytes(bytes.substr(0, length));
  }
  if (fills == 0 || bytes.size() == length) return args[0];
  TRY_STATUS(call.context.require(length));
  return Value::bytes(std::string(bytes).append(length - bytes.size(), '\0'));
}

// What the bytes are in a character set; null where they are no text in it.
Result<Value> bytes_to_text(const SingleCall& call, Args args) {
  TRY(const std::string_view bytes, string_at(args, 0));
  TRY(const std::string_view name, text_at(args, 1));
  const value::Charset* charset = value::find_charset(name);
  if (charset == nullptr) return wrong_form();
  std::string text;
  if (charset->to_utf8(bytes, text) && !value::find_invalid_utf8(text)) return Value::string(text);
  TRY_STATUS(lose(call, loss_rule(args[2]), error<1300>(name, plain_text(args[0])).error()));
  return Value();
}

Result<Value> to_unicode(const SingleCall& /*call*/, Args args) {
  TRY(const std::string_view text, text_at(args, 0));
  TRY(const std::string_view name, text_at(args, 1));
  const value::Charset* charset = value::find_charset(name);
  if (charset == nullptr) return wrong_form();
  std::string bytes;
  std::string back;
  if (charset->from_utf8(text, bytes)) return args[0];
  static_cast<void>(charset->to_utf8(bytes, back));  // what is `?` now reads as such
  return Value::string(back);
}

Result<Value> to_json(const SingleCall& /*call*/, Args args) {
  if (args[0].type() == Type::decimal && args[0].as_decimal().scale() == 0) {
    const auto whole = args[0].as_decimal().to_int64();
    if (whole) return Value::int64(*whole);
  }
  return json_of(args[0]);
}

Result<Value> parse_json(const SingleCall& /*call*/, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::int64_t number, integer_at(args, 1));
  TRY(const std::string_view function, text_at(args, 2));
  JsonFault fault;
  if (auto read = read_json(text, fault)) return std::move(*read);
  if (fault.too_deep) return error<3157>();
  return error<3141>(std::to_string(number), function, fault.what, std::to_string(fault.position));
}

constexpr OperationRow kRows[] = {
    conversion(op::kToDouble, "sql.to_double", 3, to_double),
    conversion(op::kToFloat, "sql.to_float", 3, to_float),
    conversion(op::kToInteger, "sql.to_integer", 4, to_integer),
    conversion(op::kToDecimal, "sql.to_decimal", 5, to_decimal),
    conversion(op::kToText, "sql.to_text", 3, to_text),
    conversion(op::kToBytes, "sql.to_bytes", 4, to_bytes),
    conversion(op::kCutText, "sql.cut_text", 4, cut_text),
    conversion(op::kCutBytes, "sql.cut_bytes", 5, cut_bytes),
    conversion(op::kBytesToText, "sql.bytes_to_text", 4, bytes_to_text),
    conversion(op::kToUnicode, "sql.to_charset", 3, to_unicode),
    conversion(op::kToJson, "sql.to_json", 1, to_json),
    conversion(op::kParseJson, "sql.parse_json", 3, parse_json),
};

}  // namespace

std::span<const OperationRow> conversion_operations() { return kRows; }

}  // namespace octavo::sql
