#include "dialect/reql/datum.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "dialect/reql/error.h"
#include "dialect/reql/text/json_out.h"
#include "dialect/reql/text/pseudotype.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kShortPrint = 300;

bool by_name(const Field& a, const Field& b) { return a.name < b.name; }

}  // namespace

std::string_view type_name(const Value& datum) {
  switch (datum.type()) {
    case Type::null:
    case Type::undefined: return "NULL";
    case Type::boolean: return "BOOL";
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal:
    case Type::time_of_day:
    case Type::duration: return "NUMBER";
    case Type::string:
    case Type::symbol:
    case Type::uuid:
    case Type::object_id:
    case Type::regex:
    case Type::javascript: return "STRING";
    case Type::bytes: return "PTYPE<BINARY>";
    case Type::timestamp:
    case Type::date:
    case Type::log_stamp: return "PTYPE<TIME>";
    case Type::array: return "ARRAY";
    case Type::object: return is_literal(datum) ? "PTYPE<LITERAL>" : "OBJECT";
    case Type::geometry: return "PTYPE<GEOMETRY>";
    case Type::min_key: return "MINVAL";
    case Type::max_key: return "MAXVAL";
  }
  std::unreachable();
}

std::unexpected<Error> type_error(std::string_view expected, const Value& found) {
  // A null where a value is needed is an absent value, so that `default` can stand in for it.
  const Code code = found.is_null() ? Code::missing_value : Code::invalid_argument;
  return fail(code, fmt::format("Expected type {} but found {}.", expected, type_name(found)));
}

Result<double> to_number(const Value& datum) {
  if (datum.type() == Type::float64) return datum.as_float64();
  if (datum.is_number()) return datum.to_double();
  return type_error("NUMBER", datum);
}

Result<std::int64_t> to_integer(double number) {
  if (std::fabs(number) <= kMaxSafeInteger && std::trunc(number) == number) {
    return static_cast<std::int64_t>(number);
  }
  const std::string_view side = number < -kMaxSafeInteger  ? " (<-2^53)"
                                : number > kMaxSafeInteger ? " (>2^53)"
                                                           : "";
  return fail_logic(fmt::format("Number not an integer{}: {}", side, print_number(number)));
}

Result<std::int64_t> to_integer(const Value& datum) {
  TRY(const double number, to_number(datum));
  return to_integer(number);
}

Status check_string(const Value& datum) {
  if (!datum.is_string()) return type_error("STRING", datum);
  return {};
}

Status check_array(const Value& datum) {
  if (!datum.is_array()) return type_error("ARRAY", datum);
  return {};
}

Status check_object(const Value& datum) {
  if (!datum.is_object()) return type_error("OBJECT", datum);
  return {};
}

Result<Value> make_number(double number) {
  if (!std::isfinite(number)) {
    return fail_logic(fmt::format("Non-finite number: {}", print_number(number)));
  }
  return Value::float64(number);
}

Value make_object(std::vector<Field> fields) {
  if (!std::is_sorted(fields.begin(), fields.end(), by_name)) {
    std::sort(fields.begin(), fields.end(), by_name);
  }
  return Value::object(std::move(fields));
}

Result<Value> make_array(std::vector<Value> elements, std::size_t limit) {
  if (elements.size() > limit) return fail(array_too_large(limit));
  return Value::array(std::move(elements));
}

Value drop_literals(const Value& datum) {
  if (datum.is_array()) {
    std::vector<Value> elements;
    elements.reserve(datum.as_array().size());
    for (const Value& element : datum.as_array()) elements.push_back(drop_literals(element));
    return Value::array(std::move(elements));
  }
  if (!datum.is_object()) return datum;
  if (is_literal(datum)) {
    const Value* value = datum.find(kLiteralValueKey);
    return value == nullptr ? Value::null() : *value;
  }
  std::vector<Field> fields;
  fields.reserve(datum.as_object().size());
  for (const Field& field : datum.as_object()) {
    if (is_literal(field.value) && field.value.find(kLiteralValueKey) == nullptr) continue;
    fields.push_back({field.name, drop_literals(field.value)});
  }
  return Value::object(std::move(fields));
}

namespace {

bool is_ordered(const Value& object) {
  const value::ObjectView fields = object.as_object();
  return std::is_sorted(fields.begin(), fields.end(), by_name);
}

Value ordered(const Value& object) {
  const value::ObjectView fields = object.as_object();
  return make_object({fields.begin(), fields.end()});
}

}  // namespace

Value merge(const Value& base, const Value& with) {
  if (!is_plain_object(base) || !is_plain_object(with)) return drop_literals(with);
  // What another protocol stored is in an order of its own.
  if (!is_ordered(base)) return merge(ordered(base), with);
  if (!is_ordered(with)) return merge(base, ordered(with));
  std::vector<Field> merged;
  const value::ObjectView left = base.as_object();
  const value::ObjectView right = with.as_object();
  merged.reserve(left.size() + right.size());
  const auto add_right = [&merged](const Field& field, const Value* old) {
    if (is_literal(field.value)) {
      const Value* value = field.value.find(kLiteralValueKey);
      if (value != nullptr) merged.push_back({field.name, *value});
      return;
    }
    merged.push_back(
        {field.name, old == nullptr ? drop_literals(field.value) : merge(*old, field.value)});
  };
  std::size_t l = 0;
  for (const Field& field : right) {
    while (l < left.size() && left[l].name < field.name) merged.push_back(left[l++]);
    if (l < left.size() && left[l].name == field.name) {
      add_right(field, &left[l++].value);
    } else {
      add_right(field, nullptr);
    }
  }
  while (l < left.size()) merged.push_back(left[l++]);
  return Value::object(std::move(merged));
}

Result<Value> from_fields(std::vector<Field> fields) {
  Value object = make_object(std::move(fields));
  if (object.find(kTypeKey) == nullptr) return object;
  return recognise_pseudotype(object);
}

std::string print(const Value& datum) {
  std::string text;
  write_pretty_json(datum, text);
  if (text.size() > kMaxMessageText) {
    text.resize(kMaxMessageText);
    text.append("...");
  }
  return text;
}

std::string print_short(const Value& datum) {
  std::string text = print(datum);
  if (text.size() > kShortPrint) {
    text.resize(kShortPrint - 3);
    text.append("...");
  }
  return text;
}

std::string print_number(double number) { return fmt::format("{:.20g}", number); }

}  // namespace octavo::reql
