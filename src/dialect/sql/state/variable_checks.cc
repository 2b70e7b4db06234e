#include "dialect/sql/state/variable_checks.h"

#include "dialect/sql/error/error.h"
#include "dialect/sql/state/session_state.h"
#include "dialect/sql/state/settings.h"
#include "value/collation.h"

namespace octavo::sql {
namespace {

using value::Value;

// A collation by its number, as clients may give it.
const value::Collation* find_by(const Value& given) {
  if (given.is_string()) return value::find_collation(given.as_string());
  const auto number = given.is_number() ? given.to_int64() : std::nullopt;
  constexpr std::int64_t kMostNumber = 0xffff;
  if (!number || *number < 0 || *number > kMostNumber) return nullptr;
  return value::find_collation(static_cast<std::uint16_t>(*number));
}

std::string shown(const Value& given) {
  if (given.is_string()) return std::string(given.as_string());
  const auto number = given.is_number() ? given.to_int64() : std::nullopt;
  return number ? std::to_string(*number) : std::string();
}

Value charset_of_collation(const VariableValues& values, std::string_view name) {
  const value::Collation* collation = value::find_collation(values.text(name));
  return Value::string(value::charset_of(collation->charset).name);
}

void set_by_charset(VariableValues& values, std::string_view name, const Value& charset) {
  const value::Charset* set = value::find_charset(charset.as_string());
  values.put(*find_variable(name), Value::string(set->default_collation));
}

}  // namespace

Result<Value> check_mode(const VariableRow& row, Value given) {
  if (given.is_string()) {
    std::string unknown;
    const auto mode = mode_of_text(given.as_string(), unknown);
    if (!mode) return error<1231>(row.name, unknown);
    return Value::string(mode_text(*mode));
  }
  // MySQL's numbers of the bits are not ours.
  const auto number = given.is_number() ? given.to_int64() : std::nullopt;
  if (number != 0) return error<1231>(row.name, shown(given));
  return Value::string("");
}

Result<Value> check_zone(const VariableRow&, Value given) {
  if (!given.is_string()) return error<1298>(shown(given));
  const auto zone = zone_of_text(given.as_string());
  if (!zone) return error<1298>(given.as_string());
  return Value::string(*zone);
}

Result<Value> check_collation(const VariableRow&, Value given) {
  const value::Collation* collation = find_by(given);
  if (collation == nullptr) return error<1273>(shown(given));
  return Value::string(collation->name);
}

Result<Value> check_charset(const VariableRow&, Value given) {
  if (given.is_string()) {
    const value::Charset* set = value::find_charset(given.as_string());
    if (set == nullptr) return error<1115>(given.as_string());
    return Value::string(set->name);
  }
  const value::Collation* collation = find_by(given);
  if (collation == nullptr) return error<1115>(shown(given));
  return Value::string(value::charset_of(collation->charset).name);
}

Value connection_charset(const VariableValues& values) {
  return charset_of_collation(values, "collation_connection");
}
void set_connection_charset(VariableValues& values, const Value& value) {
  set_by_charset(values, "collation_connection", value);
}
Value server_charset(const VariableValues& values) {
  return charset_of_collation(values, "collation_server");
}
void set_server_charset(VariableValues& values, const Value& value) {
  set_by_charset(values, "collation_server", value);
}
Value database_charset(const VariableValues& values) {
  return charset_of_collation(values, "collation_database");
}
void set_database_charset(VariableValues& values, const Value& value) {
  set_by_charset(values, "collation_database", value);
}

Value read_errors(const SessionState& session) { return Value::uint64(session.error_count()); }
Value read_warnings(const SessionState& session) { return Value::uint64(session.notes().count()); }
Value read_last_insert_id(const SessionState& session) {
  return Value::uint64(session.last_insert_id);
}
void set_last_insert_id(SessionState& session, const Value& value) {
  session.last_insert_id = value.type() == value::Type::uint64
                               ? value.as_uint64()
                               : static_cast<std::uint64_t>(value.as_int64());
}
Value read_timestamp(const SessionState& session) {
  constexpr double kMicroseconds = 1e6;
  constexpr std::int64_t kPerMicrosecond = 1'000;
  const std::int64_t microseconds = session.now_ns / kPerMicrosecond;
  return Value::float64(static_cast<double>(microseconds) / kMicroseconds);
}
void set_timestamp(SessionState& session, const Value& value) {
  constexpr double kNanoseconds = 1e9;
  const auto fixed = static_cast<std::int64_t>(value.as_float64() * kNanoseconds);
  session.fixed_now_ns = fixed == 0 ? std::nullopt : std::optional(fixed);
}
Value read_connection_id(const SessionState& session) {
  return Value::uint64(session.connection_id);
}

}  // namespace octavo::sql
