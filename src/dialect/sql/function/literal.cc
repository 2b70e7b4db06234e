// Literals, and constants from elsewhere.

#include <algorithm>

#include "base/text.h"
#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Value;

Type literal(Type type) {
  type.nullable = false;
  type.flags |= type_flag::kLiteral;
  return type;
}

std::uint32_t characters_in(std::string_view text) {
  std::uint32_t count = 0;
  for (; !text.empty(); ++count) value::take_code_point(text);
  return count;
}

Typed text_literal(std::string_view text, const value::Collation& collation) {
  // What is no text is bytes: clients send those as plain literals.
  if (value::find_invalid_utf8(text)) {
    return typed_constant(Value::bytes(text),
                          literal(bytes_type(static_cast<std::uint32_t>(text.size()))));
  }
  return typed_constant(Value::string(text), literal(text_type(collation, characters_in(text))));
}

Typed decimal_literal(const Decimal& number) {
  const int scale = std::max(number.scale(), 0);
  const int whole = std::max(number.digits() - scale, number.is_zero() ? 0 : 1);
  return typed_constant(Value::decimal(number),
                        literal(decimal_type(std::max(whole, 1) + scale, scale)));
}

Result<Typed> number_literal(std::string_view text) {
  const Converted<Decimal> number = read_decimal(text);
  if (number.loss == Loss::range) return error<1367>("decimal", text);
  return decimal_literal(number.value);
}

Result<Typed> integer_literal(std::string_view text) {
  const auto number = parse_number<std::uint64_t>(text);
  if (!number) return number_literal(text);
  const auto digits = static_cast<std::uint32_t>(text.size());
  return typed_constant(Value::uint64(*number),
                        literal(big_integer(*number >> 63U != 0, digits + 1)));
}

Result<Typed> real_literal(std::string_view text) {
  const Converted<double> number = read_double(text);
  if (number.loss == Loss::range) return error<1367>("double", text);
  return typed_constant(Value::float64(number.value), literal(double_type()));
}

Typed bytes_literal(std::string bytes) {
  Type type = literal(bytes_type(static_cast<std::uint32_t>(bytes.size())));
  type.flags |= type_flag::kHex;
  return typed_constant(Value::bytes(bytes), std::move(type));
}

std::string bytes_of_bits(std::string_view bits) {
  std::string bytes((bits.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[bits.size() - 1 - i] != '1') continue;
    char& byte = bytes[bytes.size() - 1 - i / 8];
    byte = static_cast<char>(byte | 1 << i % 8);
  }
  return bytes;
}

Result<Typed> date_literal(std::string_view text, const CallContext& context) {
  const Converted<ReadDateTime> read = read_datetime(text, context.session.mode);
  if (read.loss != Loss::none || read.value.has_time) return error<1525>("DATE", text);
  return typed_constant(Value::date(static_cast<std::int32_t>(day_number(read.value.at.day))),
                        literal(date_type()));
}

Result<Typed> time_literal(std::string_view text, const CallContext& context) {
  int precision = 0;
  const Converted<std::int64_t> time = read_time(text, context.session.mode, &precision);
  if (time.loss != Loss::none) return error<1525>("TIME", text);
  precision = std::min<int>(precision, kMaxTimePrecision);
  return typed_constant(Value::time_of_day(round_time(time.value, precision)),
                        literal(time_type(precision)));
}

Result<Typed> datetime_literal(std::string_view text, const CallContext& context) {
  const Converted<ReadDateTime> read = read_datetime(text, context.session.mode);
  if (read.loss != Loss::none || !read.value.has_time) return error<1525>("DATETIME", text);
  const int precision = std::min<int>(read.value.precision, kMaxTimePrecision);
  const auto rounded = round_instant(timestamp_of(read.value.at), precision);
  if (rounded.loss != Loss::none) return error<1525>("DATETIME", text);
  return typed_constant(Value::timestamp(rounded.value), literal(datetime_type(precision)));
}

}  // namespace

Typed typed_constant(Value value, Type type) {
  return {algebra::constant(std::move(value)), std::move(type)};
}

Typed typed_constant(Value value, const CallContext& context) {
  switch (value.type()) {
    case value::Type::null: return typed_constant(Value(), null_type());
    case value::Type::boolean: return typed_constant(std::move(value), literal(boolean_type()));
    case value::Type::int64: return typed_constant(std::move(value), literal(big_integer()));
    case value::Type::uint64: return typed_constant(std::move(value), literal(big_integer(true)));
    case value::Type::float64: return typed_constant(std::move(value), literal(double_type()));
    case value::Type::decimal: return decimal_literal(value.as_decimal());
    case value::Type::string: return text_literal(value.as_string(), *context.session.collation);
    case value::Type::bytes: {
      const auto size = static_cast<std::uint32_t>(value.as_bytes().size());
      return typed_constant(std::move(value), literal(bytes_type(size)));
    }
    case value::Type::date: return typed_constant(std::move(value), literal(date_type()));
    case value::Type::time_of_day: {
      const int precision = needed_precision(value.as_nanoseconds());
      return typed_constant(std::move(value), literal(time_type(precision)));
    }
    case value::Type::timestamp: {
      const int precision = needed_precision(value.as_timestamp().nanoseconds);
      return typed_constant(std::move(value), literal(datetime_type(precision)));
    }
    default: return typed_constant(std::move(value), literal(json_type()));
  }
}

Result<Typed> bind_literal(const Literal& node, const CallContext& context) {
  switch (node.kind) {
    case LiteralKind::null: return typed_constant(Value(), null_type());
    case LiteralKind::yes:
    case LiteralKind::no:
      return typed_constant(Value::boolean(node.kind == LiteralKind::yes), literal(boolean_type()));
    case LiteralKind::integer: return integer_literal(node.text);
    case LiteralKind::decimal: return number_literal(node.text);
    case LiteralKind::floating: return real_literal(node.text);
    case LiteralKind::string: return text_literal(node.text, *context.session.collation);
    case LiteralKind::national_string:
      return text_literal(node.text, *value::find_collation("utf8mb3_general_ci"));
    case LiteralKind::hex: return bytes_literal(parse_hex(node.text).value_or(Bytes()));
    case LiteralKind::bits: return bytes_literal(bytes_of_bits(node.text));
    case LiteralKind::date: return date_literal(node.text, context);
    case LiteralKind::time: return time_literal(node.text, context);
    case LiteralKind::timestamp: return datetime_literal(node.text, context);
  }
  std::unreachable();
}

Result<Typed> bind_introduced(const Introduced& introduced, const CallContext& context) {
  const value::Charset* charset = value::find_charset(introduced.charset);
  if (charset == nullptr) return error<1115>(introduced.charset);
  TRY(Typed inner, bind_literal(*introduced.literal, context));
  const Value& constant = *inner.constant();
  const std::string_view written =
      constant.is_string() ? constant.as_string() : std::string_view(constant.as_bytes());
  if (charset->id == value::CharsetId::binary) {
    return typed_constant(Value::bytes(written),
                          literal(bytes_type(static_cast<std::uint32_t>(written.size()))));
  }
  const value::Collation& collation = *value::find_collation(charset->default_collation);
  // The statement is UTF-8 by now, whatever the client spoke: only digits say bytes of the set.
  std::string text(written);
  if (!constant.is_string()) {
    text.clear();
    if (!charset->to_utf8(written, text) || value::find_invalid_utf8(text)) {
      return error<1300>(charset->name, format_hex(written));
    }
  }
  return text_literal(text, collation);
}

}  // namespace octavo::sql
