#include "dialect/sql/function/arguments.h"

#include <limits>

namespace octavo::sql {

using value::Type;
using value::Value;

std::unexpected<Error> wrong_form() {
  return fail(Code::type_mismatch, "An argument has a form that the operation does not take.");
}

Result<std::string_view> string_at(Args args, std::size_t i) {
  if (i >= args.size()) return wrong_form();
  if (args[i].is_string()) return args[i].as_string();
  if (args[i].type() == Type::bytes) return args[i].as_bytes();
  return wrong_form();
}

Result<std::int64_t> integer_at(Args args, std::size_t i) {
  if (i >= args.size()) return wrong_form();
  switch (args[i].type()) {
    case Type::int64: return args[i].as_int64();
    case Type::uint64: return std::numeric_limits<std::int64_t>::max();
    case Type::boolean: return args[i].as_boolean() ? 1 : 0;
    default: return wrong_form();
  }
}

Result<std::uint64_t> bits_at(Args args, std::size_t i) {
  if (i < args.size() && args[i].type() == Type::uint64) return args[i].as_uint64();
  TRY(const std::int64_t number, integer_at(args, i));
  return static_cast<std::uint64_t>(number);
}

Result<double> double_at(Args args, std::size_t i) {
  if (i >= args.size()) return wrong_form();
  if (args[i].is_number()) return args[i].to_double();
  TRY(const std::int64_t number, integer_at(args, i));
  return static_cast<double>(number);
}

Result<value::Decimal> decimal_at(Args args, std::size_t i) {
  if (i >= args.size()) return wrong_form();
  switch (args[i].type()) {
    case Type::decimal:
      if (!args[i].as_decimal().is_finite()) return wrong_form();
      return args[i].as_decimal();
    case Type::uint64: return value::Decimal::from_uint64(args[i].as_uint64());
    case Type::float64: {
      const value::Decimal decimal = value::Decimal::from_double(args[i].as_float64());
      if (!decimal.is_finite()) return wrong_form();
      return decimal;
    }
    default: {
      TRY(const std::int64_t number, integer_at(args, i));
      return value::Decimal::from_int64(number);
    }
  }
}

Result<const value::Collation*> collation_at(Args args, std::size_t i) {
  TRY(const std::int64_t id, integer_at(args, i));
  const value::Collation* collation =
      id >= 0 && id <= 0xffff ? value::find_collation(static_cast<std::uint16_t>(id)) : nullptr;
  if (collation == nullptr) return wrong_form();
  return collation;
}

Value string_like(const Value& like, std::string_view content) {
  return like.type() == Type::bytes ? Value::bytes(content) : Value::string(content);
}

Value string_like(const Value& a, const Value& b, std::string_view content) {
  return string_like(a.type() == Type::bytes ? a : b, content);
}

}  // namespace octavo::sql
