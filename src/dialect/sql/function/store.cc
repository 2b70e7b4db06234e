#include "dialect/sql/function/store.h"

#include "dialect/sql/convert/calendar.h"
#include "dialect/sql/function/convert.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operators.h"
#include "value/decimal.h"

namespace octavo::sql {

using value::LogicalType;
using value::Value;

StoreRule store_rule(const SessionFacts& session, bool ignore) {
  const bool strict = (session.mode & sql_mode::kStrict) != 0;
  return strict && !ignore ? StoreRule::strict : StoreRule::adjust;
}

Result<Typed> bind_store(Typed operand, const Type& column, std::string_view name, StoreRule rule,
                         const CallContext& context) {
  const bool nullable = operand.type.nullable;
  const LogicalType& target = *column.logical;
  const Type from = operand.type;
  // An instant is stored as it is where one is wanted.
  const bool same_instant = from.kind() == Kind::timestamp && target.kind == Kind::timestamp;
  if (!same_instant) operand = as_local(std::move(operand), context);
  if (from.has(type_flag::kHex) && !column.is_string()) {
    operand = as_number_source(std::move(operand), context);
  }
  Bytes source_type;
  Bytes target_type;
  encode(*operand.type.logical, source_type);
  encode(target, target_type);
  Type type = with_null(column, nullable);
  return make_call(
      op::kStore, {std::move(operand)}, std::move(type),
      {Value::bytes(source_type), Value::bytes(target_type), Value::string(name),
       Value::int64(static_cast<std::int64_t>(rule)),
       Value::int64(static_cast<std::int64_t>(context.session.mode)),
       Value::string(context.session.time_zone), Value::int64(today(context.session))});
}

Value implicit_default(const LogicalType& type) {
  switch (type.kind) {
    case Kind::boolean: return Value::boolean(false);
    case Kind::integer:
    case Kind::bits:
    case Kind::year: return Value::int64(0);
    case Kind::real: return Value::float64(0);
    case Kind::decimal: return Value::decimal(value::Decimal(false, {}, type.scale));
    case Kind::text: return Value::string("");
    case Kind::bytes:
      return Value::bytes(type.extent == value::Extent::fixed ? Bytes(type.length, '\0') : Bytes());
    case Kind::date: return Value::date(static_cast<std::int32_t>(day_number({})));
    case Kind::time: return Value::time_of_day(0);
    case Kind::datetime:
    case Kind::timestamp: return Value::timestamp(timestamp_of({}));
    case Kind::enumeration:
      return type.members.empty() ? Value() : Value::string(type.members.front());
    case Kind::set: return Value::array({});
    case Kind::json: return Value::undefined();  // JSON's null
    case Kind::dynamic:
    case Kind::null:
    case Kind::uuid:
    case Kind::object_id:
    case Kind::duration:
    case Kind::array:
    case Kind::geometry: return Value();
  }
  std::unreachable();
}

}  // namespace octavo::sql
