#include "dialect/sql/state/variable_values.h"

#include <algorithm>
#include <cmath>

#include "base/assert.h"
#include "base/text.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/state/words.h"

namespace octavo::sql {
namespace {

using value::Value;

std::unexpected<Error> cannot_be(const VariableRow& row, const Value& value) {
  return error<1231>(row.name, value.is_null() ? std::string("NULL") : plain_text(value));
}
std::unexpected<Error> wrong_type(const VariableRow& row) { return error<1232>(row.name); }

Result<Value> checked_boolean(const VariableRow& row, const Value& given) {
  if (given.type() == value::Type::boolean) return Value::int64(given.as_boolean() ? 1 : 0);
  if (given.is_string()) {
    const std::string_view word = given.as_string();
    if (same_word(word, "ON") || same_word(word, "TRUE")) return Value::int64(1);
    if (same_word(word, "OFF") || same_word(word, "FALSE")) return Value::int64(0);
    return cannot_be(row, given);
  }
  if (given.type() == value::Type::float64 || given.type() == value::Type::decimal) {
    return wrong_type(row);
  }
  const auto number = given.is_number() ? given.to_int64() : std::nullopt;
  if (!number || *number < 0 || *number > 1) return cannot_be(row, given);
  return given;
}

Result<Value> checked_integer(const VariableRow& row, const GivenValue& given,
                              function::Notes& notes) {
  const Value& value = given.value;
  if (value.type() == value::Type::boolean) return Value::int64(value.as_boolean() ? 1 : 0);
  if (value.type() != value::Type::int64 && value.type() != value::Type::uint64) {
    return wrong_type(row);
  }
  const bool negative = value.type() == value::Type::int64 && value.as_int64() < 0;
  const std::uint64_t number = value.type() == value::Type::uint64
                                   ? value.as_uint64()
                                   : static_cast<std::uint64_t>(value.as_int64());
  const bool low = row.least >= 0 && (negative || number < static_cast<std::uint64_t>(row.least));
  const bool high = !negative && number > row.most;
  if (!low && !high) return value;
  if (given.strict) return cannot_be(row, value);
  const Error cut = error<1292>(row.name, plain_text(value)).error();
  notes.add(function::NoteLevel::warning, cut.number, cut.what);
  return low ? Value::int64(row.least) : Value::uint64(row.most);
}

Result<Value> checked_real(const VariableRow& row, const Value& given) {
  if (!given.is_number()) return wrong_type(row);
  return Value::float64(given.to_double());
}

Result<Value> checked_choice(const VariableRow& row, const Value& given) {
  if (given.is_string()) {
    const auto found = std::ranges::find_if(
        row.words, [&given](std::string_view word) { return same_word(word, given.as_string()); });
    if (found != row.words.end()) return Value::string(*found);
    return cannot_be(row, given);
  }
  const auto number = given.is_number() ? given.to_int64() : std::nullopt;
  if (!number) return wrong_type(row);
  if (*number < 0 || static_cast<std::size_t>(*number) >= row.words.size()) {
    return cannot_be(row, given);
  }
  return Value::string(row.words[static_cast<std::size_t>(*number)]);
}

Result<Value> of_kind(const VariableRow& row, const GivenValue& given, function::Notes& notes) {
  switch (row.kind) {
    case VariableKind::boolean: return checked_boolean(row, given.value);
    case VariableKind::integer: return checked_integer(row, given, notes);
    case VariableKind::real: return checked_real(row, given.value);
    case VariableKind::choice: return checked_choice(row, given.value);
    case VariableKind::text: break;
  }
  // Modes and collations have numbers, too: their rows know what to make of them.
  if (!given.value.is_string() && row.check == nullptr) return wrong_type(row);
  return given.value;
}

}  // namespace

value::Value fallback_of(const VariableRow& row) {
  if (row.has(variable_flag::kNullable) && row.fallback.empty()) return {};
  switch (row.kind) {
    case VariableKind::boolean: return Value::int64(row.fallback == "ON" ? 1 : 0);
    case VariableKind::integer:
      return Value::uint64(parse_number<std::uint64_t>(row.fallback).value_or(0));
    case VariableKind::real:
      return Value::float64(
          static_cast<double>(parse_number<std::uint64_t>(row.fallback).value_or(0)));
    case VariableKind::text:
    case VariableKind::choice: return Value::string(row.fallback);
  }
  return {};
}

Result<value::Value> checked_value(const VariableRow& row, const GivenValue& given,
                                   function::Notes& notes) {
  if (given.value.is_null()) {
    if (row.has(variable_flag::kNullable)) return given.value;
    return cannot_be(row, given.value);
  }
  TRY(Value value, of_kind(row, given, notes));
  if (row.check != nullptr) {
    TRY(value, row.check(row, std::move(value)));
  }
  if (row.has(variable_flag::kFixed) && !(value == fallback_of(row))) {
    return cannot_be(row, given.value);
  }
  return value;
}

std::string shown_text(const VariableRow& row, const value::Value& value) {
  if (value.is_null()) return "";
  if (row.kind == VariableKind::boolean) return value.as_int64() == 0 ? "OFF" : "ON";
  return plain_text(value);
}

VariableValues::VariableValues() {
  values_.reserve(variable_rows().size());
  for (const VariableRow& row : variable_rows()) values_.push_back(fallback_of(row));
}

value::Value VariableValues::get(const VariableRow& row) const {
  return row.derived != nullptr ? row.derived(*this) : values_[number_of(row)];
}

void VariableValues::put(const VariableRow& row, value::Value value) {
  if (row.derive != nullptr) return row.derive(*this, value);
  values_[number_of(row)] = std::move(value);
}

namespace {
const VariableRow& known(std::string_view name) {
  const VariableRow* row = find_variable(name);
  ASSERT(row != nullptr);
  return *row;
}
}  // namespace

std::string_view VariableValues::text(std::string_view name) const {
  const Value& value = values_[number_of(known(name))];
  return value.is_null() ? std::string_view() : value.as_string();
}

bool VariableValues::flag(std::string_view name) const {
  return values_[number_of(known(name))].as_int64() != 0;
}

std::uint64_t VariableValues::number(std::string_view name) const {
  const Value& value = values_[number_of(known(name))];
  return value.type() == value::Type::uint64 ? value.as_uint64()
                                             : static_cast<std::uint64_t>(value.as_int64());
}

void GlobalVariables::put(std::string_view name, value::Value value) {
  put(known(name), std::move(value));
}

}  // namespace octavo::sql
