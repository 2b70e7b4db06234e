// CAST, and conversions to a type that is given.

#include <algorithm>

#include "dialect/sql/error/error.h"
#include "dialect/sql/function/call_binder.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/form.h"
#include "dialect/sql/function/loss_rule.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/type/names.h"

namespace octavo::sql {
namespace {

using value::Value;

// As CAST(x AS CHAR(n)): cut to so many characters.
Typed cut(Typed text, std::optional<std::uint32_t> length, const CallContext& context) {
  if (!length) return text;
  Type type = text_type(text.type.collation(), *length, text.type.coercibility);
  type.nullable = text.type.nullable;
  return make_call(op::kCutText, {std::move(text)}, std::move(type),
                   {Value::int64(*length), constant_of(on_loss(context.session)), Value()});
}

Typed cast_to_bytes(Typed operand, const DataType& type, const CallContext& context) {
  Typed bytes = as_bytes(std::move(operand), context);
  bytes.type.flags = 0;
  if (!type.length) return bytes;
  Type result = with_null(bytes_type(*type.length), bytes.type.nullable);
  return make_call(op::kCutBytes, {std::move(bytes)}, std::move(result),
                   {Value::int64(*type.length), Value::int64(1),
                    constant_of(on_loss(context.session)), Value()});
}

Result<Typed> cast_to_text(Typed operand, const DataType& type, const CallContext& context) {
  // Its length is not bounded as that of a column is.
  DataType whole = type;
  whole.length.reset();
  TRY(const value::LogicalType declared, declared_type(whole, *context.session.collation, "CAST"));
  if (declared.kind == Kind::bytes) return cast_to_bytes(std::move(operand), type, context);
  Typed text = as_text(std::move(operand), context);
  const value::Charset& charset = value::charset_of(declared.collation->charset);
  Type result = text_type(*declared.collation, text.type.width, Coercibility::literal);
  result.nullable = text.type.nullable;
  if (charset.id == value::CharsetId::utf8mb4) {
    text.type = std::move(result);
  } else {
    text = make_call(op::kToUnicode, {std::move(text)}, std::move(result),
                     {Value::string(charset.name), Value()});
  }
  return cut(std::move(text), type.length, context);
}

// A text is read as JSON; all else is a scalar of it.
Result<Typed> cast_to_json(Typed operand, const CallContext& context) {
  if (!operand.type.is_string()) return as_json(std::move(operand), context);
  Type type = with_null(json_type(), operand.type.nullable);
  return make_call(op::kParseJson, {as_string(std::move(operand), context)}, std::move(type),
                   {Value::int64(1), Value::string("cast_as_json")});
}

Typed to_float(Typed operand, const CallContext& context) {
  Type type =
      column_type(value::make_type({.kind = Kind::real, .bits = 32}), operand.type.nullable);
  type.flags = 0;
  operand = as_number_source(std::move(operand), context);
  return make_call(op::kToFloat, {std::move(operand)}, std::move(type),
                   {constant_of(on_loss(context.session)), Value::string("float")});
}

}  // namespace

Result<Typed> bind_cast(Typed operand, const DataType& type, const CallContext& context) {
  const int length = static_cast<int>(std::min<std::uint32_t>(type.length.value_or(0), 1'000));
  switch (type.kind) {
    case TypeKind::signed_integer: return as_integer(std::move(operand), false, context, "signed");
    case TypeKind::unsigned_integer:
      return as_integer(std::move(operand), true, context, "unsigned");
    case TypeKind::double_float: return as_double(std::move(operand), context, "double");
    case TypeKind::single_float:
      if (length > 24) return as_double(std::move(operand), context, "double");
      return to_float(std::move(operand), context);
    case TypeKind::decimal: {
      TRY(const value::LogicalType declared,
          declared_type(type, *context.session.collation, "CAST"));
      return as_decimal(std::move(operand), declared.precision, declared.scale, context,
                        type_text(declared));
    }
    case TypeKind::character: return cast_to_text(std::move(operand), type, context);
    case TypeKind::binary: return cast_to_bytes(std::move(operand), type, context);
    case TypeKind::date: return as_date(std::move(operand), context, "date");
    case TypeKind::time:
    case TypeKind::datetime:
      if (length > kMaxTimePrecision) return error<1426>(std::to_string(length), "CAST", "6");
      if (type.kind == TypeKind::time) return as_time(std::move(operand), length, context, "time");
      return as_datetime(std::move(operand), length, context, "datetime");
    case TypeKind::year: return as_year(std::move(operand), context, "year");
    case TypeKind::json: return cast_to_json(std::move(operand), context);
    default: return not_supported("CAST to " + std::string(row_of(kTypes, type.kind).text));
  }
}

Result<Typed> convert_to(Typed operand, const Type& type, const CallContext& context) {
  const bool nullable = operand.type.nullable;
  const auto as = [&](Typed converted) {
    converted.type = with_null(type, nullable || type.nullable || converted.type.nullable);
    return converted;
  };
  if (operand.type.kind() == Kind::null) return as(std::move(operand));
  switch (type.kind()) {
    case Kind::boolean: return as(as_truth(std::move(operand), context));
    case Kind::integer:
    case Kind::bits: return as(as_integer(std::move(operand), type.is_unsigned(), context));
    case Kind::real:
      if (type.logical->bits == 32) return as(to_float(std::move(operand), context));
      return as(as_double(std::move(operand), context));
    case Kind::decimal:
      return as(
          as_decimal(std::move(operand), type.logical->precision, type.logical->scale, context));
    case Kind::text:
      if (operand.type.kind() == Kind::text) return as(std::move(operand));
      return as(as_text(std::move(operand), context));
    case Kind::bytes: return as(as_bytes(std::move(operand), context));
    case Kind::date: return as(as_date(std::move(operand), context));
    case Kind::time: return as(as_time(std::move(operand), type.logical->precision, context));
    case Kind::datetime:
      return as(as_datetime(std::move(operand), type.logical->precision, context));
    case Kind::timestamp: {
      if (operand.type.kind() == Kind::timestamp) return as(std::move(operand));
      Typed local = as_datetime(std::move(operand), type.logical->precision, context);
      return as(make_call(op::kToInstant, {std::move(local)}, type,
                          {Value::string(context.session.time_zone),
                           constant_of(on_loss(context.session)), Value()}));
    }
    case Kind::year: return as(as_year(std::move(operand), context));
    case Kind::json: return as(as_json(std::move(operand), context));
    case Kind::null:
    case Kind::dynamic:
    case Kind::enumeration:
    case Kind::set:
    case Kind::uuid:
    case Kind::object_id:
    case Kind::duration:
    case Kind::array:
    case Kind::geometry: return as(std::move(operand));
  }
  std::unreachable();
}

// What the field holds may be anything: it is looked at, and converted where it is of another kind.
// That is never an error, for nobody declared anything.
Typed read_as(Typed field, Type type) {
  type.nullable = true;
  if (type.kind() == Kind::json || type.kind() == Kind::dynamic) {
    field.type = std::move(type);
    return field;
  }
  const value::LogicalType logical = *type.logical;
  return make_call(op::kRead, {std::move(field)}, std::move(type),
                   {form_constant(logical), constant_of(OnLoss::warn), Value()});
}

}  // namespace octavo::sql
