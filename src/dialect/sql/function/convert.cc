#include "dialect/sql/function/convert.h"

#include <algorithm>

#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/convert/zone.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/form.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using value::Value;

Value shown_constant(std::string_view shown) {
  return shown.empty() ? Value() : Value::string(shown);
}

Value mode_constant(const CallContext& context) {
  return Value::int64(static_cast<std::int64_t>(context.session.mode));
}

// Null by its type: null of another.
Typed null_of(const Typed& operand, Type type) {
  return {operand.expression, with_null(std::move(type), true)};
}

bool is_null_literal(const Typed& operand) { return operand.type.kind() == Kind::null; }

Typed converted(std::uint16_t operation, Typed operand, Type type, std::vector<Value> constants,
                std::string_view shown) {
  type.nullable = operand.type.nullable;
  constants.push_back(shown_constant(shown));
  return make_call(operation, {std::move(operand)}, std::move(type), std::move(constants));
}

// How many digits of the second it may have.
int precision_of(Typed& operand, const CallContext& context) {
  const Type& type = operand.type;
  switch (type.kind()) {
    case Kind::time:
    case Kind::datetime:
    case Kind::timestamp: return type.logical->precision;
    case Kind::date:
    case Kind::boolean:
    case Kind::integer:
    case Kind::bits:
    case Kind::year: return 0;
    case Kind::decimal: return std::min<int>(type.logical->scale, kMaxTimePrecision);
    default: break;
  }
  const Value* constant = fold_in_place(operand, context);
  if (constant == nullptr || !constant->is_string()) return kMaxTimePrecision;
  const std::string_view text = constant->as_string();
  const Converted<ReadDateTime> read = read_datetime(text, 0);
  int precision = read.value.precision;
  if (read.loss != Loss::none) {
    // What is no time either has none.
    static_cast<void>(read_time(text, 0, &precision));
  }
  return std::min<int>(precision, kMaxTimePrecision);
}

std::uint32_t text_width(const Type& type) { return type.kind() == Kind::real ? 23 : type.width; }

}  // namespace

Typed make_call(std::uint16_t operation, std::vector<Typed> arguments, Type type,
                std::vector<Value> constants) {
  std::vector<algebra::ExprPtr> all;
  all.reserve(arguments.size() + constants.size());
  for (Typed& argument : arguments) all.push_back(std::move(argument.expression));
  for (Value& each : constants) all.push_back(algebra::constant(std::move(each)));
  return {algebra::call({kFamily, operation}, std::move(all)), std::move(type)};
}

const Value* fold_in_place(Typed& operand, const CallContext& context) {
  operand.expression = fold(operand.expression, context);
  return operand.constant();
}

std::int64_t today(const SessionFacts& session) {
  const Zone* zone = find_zone(session.time_zone);
  const std::int64_t seconds = session.now_ns / kSecond;
  return datetime_day({.seconds = seconds + (zone == nullptr ? 0 : zone->offset_at(seconds))});
}

Typed as_local(Typed operand, const CallContext& context) {
  if (operand.type.kind() != Kind::timestamp) return operand;
  Type type = with_null(datetime_type(operand.type.logical->precision), operand.type.nullable);
  return make_call(op::kToLocal, {std::move(operand)}, std::move(type),
                   {Value::string(context.session.time_zone)});
}

Typed as_number_source(Typed operand, const CallContext& context) {
  const Type& type = operand.type;
  if (type.kind() == Kind::enumeration || type.kind() == Kind::set) {
    std::vector<Value> members;
    for (const std::string& member : type.logical->members)
      members.push_back(Value::string(member));
    Type number = with_null(big_integer(type.kind() == Kind::set), type.nullable);
    return make_call(op::kMemberNumber, {std::move(operand)}, std::move(number),
                     {Value::array(std::move(members))});
  }
  const Value* constant = operand.constant();
  if (type.has(type_flag::kHex) && constant != nullptr && constant->type() == value::Type::bytes) {
    std::uint64_t number = 0;
    for (const char c : constant->as_bytes()) number = number << 8U | static_cast<unsigned char>(c);
    return typed_constant(Value::uint64(number), with_null(big_integer(true), false));
  }
  return as_local(std::move(operand), context);
}

Typed as_double(Typed operand, const CallContext& context, std::string_view shown) {
  if (is_null_literal(operand)) return null_of(operand, double_type());
  if (operand.type.kind() == Kind::real && operand.type.logical->bits == 64) return operand;
  operand = as_number_source(std::move(operand), context);
  return converted(op::kToDouble, std::move(operand), double_type(),
                   {constant_of(on_loss(context.session))}, shown);
}

Typed as_integer(Typed operand, bool is_unsigned, const CallContext& context,
                 std::string_view shown) {
  if (is_null_literal(operand)) return null_of(operand, big_integer(is_unsigned));
  const bool same =
      operand.type.kind() == Kind::integer && operand.type.is_unsigned() == is_unsigned;
  if (same && shown.empty()) return operand;
  operand = as_number_source(std::move(operand), context);
  const std::uint32_t width =
      operand.type.is_integer() && operand.type.width > 0 && shown.empty() ? operand.type.width : 0;
  return converted(op::kToInteger, std::move(operand), big_integer(is_unsigned, width),
                   {Value::int64(is_unsigned ? 1 : 0), constant_of(on_loss(context.session))},
                   shown);
}

Typed as_decimal(Typed operand, int precision, int scale, const CallContext& context,
                 std::string_view shown) {
  Type type = decimal_type(precision, scale);
  if (is_null_literal(operand)) return null_of(operand, std::move(type));
  const value::LogicalType& from = *operand.type.logical;
  if (from.kind == Kind::decimal && from.scale == scale && from.precision <= precision) {
    return operand;
  }
  operand = as_number_source(std::move(operand), context);
  const std::int64_t digits = type.logical->precision;
  const std::int64_t behind = type.logical->scale;
  return converted(
      op::kToDecimal, std::move(operand), std::move(type),
      {Value::int64(digits), Value::int64(behind), constant_of(on_loss(context.session))}, shown);
}

Typed as_number(Typed operand, const CallContext& context) {
  if (is_null_literal(operand)) return null_of(operand, big_integer());
  operand = as_number_source(std::move(operand), context);
  switch (operand.type.kind()) {
    case Kind::integer:
    case Kind::decimal: return operand;
    case Kind::boolean: return as_integer(std::move(operand), false, context);
    case Kind::bits:
    case Kind::year:
      operand.type = with_null(big_integer(true, operand.type.width), operand.type.nullable);
      return operand;
    case Kind::date: return as_integer(std::move(operand), false, context);
    case Kind::time:
    case Kind::datetime: {
      const int precision = operand.type.logical->precision;
      if (precision == 0) return as_integer(std::move(operand), false, context);
      return as_decimal(std::move(operand), 14 + precision, precision, context);
    }
    default: return as_double(std::move(operand), context);
  }
}

Typed as_text(Typed operand, const CallContext& context) {
  const value::Collation& session = *context.session.collation;
  if (is_null_literal(operand)) return null_of(operand, text_type(session, 0, Coercibility::null));
  operand = as_local(std::move(operand), context);
  const Type from = operand.type;
  if (from.kind() == Kind::text) return operand;
  if (from.kind() == Kind::enumeration) {
    operand.type = text_type(from.collation(), from.width, from.coercibility);
    operand.type.nullable = from.nullable;
    return operand;
  }
  if (from.kind() == Kind::bytes || from.kind() == Kind::bits) {
    operand = as_bytes(std::move(operand), context);
    Type type = text_type(session, from.width, from.coercibility);
    Typed text = converted(op::kBytesToText, std::move(operand), std::move(type),
                           {Value::string(value::charset_of(session.charset).name),
                            constant_of(on_loss(context.session))},
                           {});
    text.type.nullable = true;
    return text;
  }
  Type type = from.kind() == Kind::set ? text_type(from.collation(), from.width, from.coercibility)
                                       : text_type(session, text_width(from), Coercibility::number);
  const bool document = from.kind() == Kind::json || from.kind() == Kind::dynamic;
  if (document) type.coercibility = Coercibility::literal;
  return converted(op::kToText, std::move(operand), std::move(type), {form_constant(*from.logical)},
                   {});
}

Typed as_string(Typed operand, const CallContext& context) {
  if (operand.type.kind() == Kind::bits) return as_bytes(std::move(operand), context);
  if (operand.type.kind() == Kind::bytes) return operand;
  return as_text(std::move(operand), context);
}

Typed as_bytes(Typed operand, const CallContext& context) {
  if (is_null_literal(operand)) return null_of(operand, bytes_type(0));
  if (operand.type.kind() == Kind::bytes) return operand;
  operand = as_local(std::move(operand), context);
  const Type from = operand.type;
  const value::Charset& charset = value::charset_of(from.collation().charset);
  const bool is_text = from.is_text();
  const std::uint64_t width = std::uint64_t{text_width(from)} * (is_text ? charset.most_bytes : 1U);
  return converted(
      op::kToBytes, std::move(operand),
      bytes_type(static_cast<std::uint32_t>(std::min<std::uint64_t>(width, 0xffff'ffffU))),
      {form_constant(*from.logical), is_text ? Value::string(charset.name) : Value()}, {});
}

Typed as_date(Typed operand, const CallContext& context, std::string_view shown) {
  if (is_null_literal(operand)) return null_of(operand, date_type());
  if (operand.type.kind() == Kind::date) return operand;
  operand = as_local(std::move(operand), context);
  Typed date = converted(op::kToDate, std::move(operand), date_type(),
                         {mode_constant(context), Value::int64(today(context.session)),
                          constant_of(on_loss(context.session))},
                         shown);
  date.type.nullable = true;
  return date;
}

Typed as_time(Typed operand, int precision, const CallContext& context, std::string_view shown) {
  if (is_null_literal(operand)) return null_of(operand, time_type(std::max(precision, 0)));
  operand = as_local(std::move(operand), context);
  if (precision < 0) precision = precision_of(operand, context);
  if (operand.type.kind() == Kind::time && operand.type.logical->precision == precision) {
    return operand;
  }
  Typed time = converted(
      op::kToTime, std::move(operand), time_type(precision),
      {Value::int64(precision), mode_constant(context), constant_of(on_loss(context.session))},
      shown);
  time.type.nullable = true;
  return time;
}

Typed as_datetime(Typed operand, int precision, const CallContext& context,
                  std::string_view shown) {
  if (is_null_literal(operand)) return null_of(operand, datetime_type(std::max(precision, 0)));
  operand = as_local(std::move(operand), context);
  if (precision < 0) precision = precision_of(operand, context);
  if (operand.type.kind() == Kind::datetime && operand.type.logical->precision == precision) {
    return operand;
  }
  Typed at = converted(
      op::kToDatetime, std::move(operand), datetime_type(precision),
      {Value::int64(precision), mode_constant(context), Value::int64(today(context.session)),
       Value::string(context.session.time_zone), constant_of(on_loss(context.session))},
      shown);
  at.type.nullable = true;
  return at;
}

Typed as_year(Typed operand, const CallContext& context, std::string_view shown) {
  if (is_null_literal(operand)) return null_of(operand, year_type());
  if (operand.type.kind() == Kind::year) return operand;
  operand = as_local(std::move(operand), context);
  Typed year = converted(op::kToYear, std::move(operand), year_type(),
                         {constant_of(on_loss(context.session))}, shown);
  year.type.nullable = true;
  return year;
}

Typed as_json(Typed operand, const CallContext& context) {
  if (is_null_literal(operand)) return null_of(operand, json_type());
  if (operand.type.kind() == Kind::json) return operand;
  operand = as_local(std::move(operand), context);
  const bool joined = operand.type.kind() == Kind::set;
  if (joined) operand = as_text(std::move(operand), context);
  Type type = with_null(json_type(), operand.type.nullable);
  return make_call(op::kToJson, {std::move(operand)}, std::move(type));
}

Typed as_truth(Typed operand, const CallContext& context) {
  if (is_null_literal(operand)) return null_of(operand, boolean_type());
  if (operand.type.kind() == Kind::boolean) return operand;
  if (!operand.type.is_number()) operand = as_double(std::move(operand), context);
  Type type = with_null(boolean_type(), operand.type.nullable);
  return make_call(op::kTruth, {std::move(operand)}, std::move(type));
}

}  // namespace octavo::sql
