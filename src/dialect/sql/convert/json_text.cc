#include "dialect/sql/convert/json_text.h"

#include <algorithm>
#include <charconv>

#include "base/base64.h"
#include "dialect/sql/convert/number_text.h"
#include "dialect/sql/convert/time_text.h"
#include "dialect/sql/json/object.h"
#include "value/json.h"
#include "value/text.h"

namespace octavo::sql {
namespace {

using value::Type;
using value::Value;

// Digits of the second that JSON shows of every time.
constexpr int kDigits = 6;

std::string print_real(double number) {
  std::string text = print_double(number);
  // So that it reads back as one.
  if (text.find_first_of(".en") == text.npos) text += ".0";
  return text;
}

void print_into(const Value& value, std::string& out);

void print_array(value::ArrayView elements, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0) out += ", ";
    print_into(elements[i], out);
  }
  out += ']';
}

void print_object(const Value& object, std::string& out) {
  out += '{';
  bool first = true;
  for (const value::Field& field : object.as_object()) {
    if (!first) out += ", ";
    first = false;
    value::write_json_string(field.name, out);
    out += ": ";
    print_into(field.value, out);
  }
  out += '}';
}

void print_into(const Value& value, std::string& out) {
  switch (value.type()) {
    case Type::null:
    case Type::undefined: out += "null"; return;
    case Type::boolean: out += value.as_boolean() ? "true" : "false"; return;
    case Type::int64: out += std::to_string(value.as_int64()); return;
    case Type::uint64: out += std::to_string(value.as_uint64()); return;
    case Type::float64: out += print_real(value.as_float64()); return;
    case Type::decimal: out += value.as_decimal().to_plain_string(); return;
    case Type::string:
    case Type::symbol:
    case Type::uuid:
    case Type::object_id: value::write_json_string(value::text_of(value), out); return;
    case Type::bytes: out += "\"base64:type15:" + base64_encode(value.as_bytes()) + "\""; return;
    case Type::date: out += "\"" + print_date(value.as_date()) + "\""; return;
    case Type::time_of_day:
      out += "\"" + print_time(value.as_nanoseconds(), kDigits) + "\"";
      return;
    case Type::timestamp:
      out += "\"" + print_datetime(value.as_timestamp(), kDigits) + "\"";
      return;
    case Type::array: print_array(value.as_array(), out); return;
    case Type::object: print_object(value, out); return;
    default: value::write_json(value, out); return;
  }
}

// "invalid JSON at byte 5: what": the place and the words.
JsonFault fault_of(const Error& error) {
  constexpr std::string_view kPlace = "at byte ";
  JsonFault fault{.what = "Invalid value.", .too_deep = error.code == Code::out_of_range};
  const std::size_t place = error.what.find(kPlace);
  if (place != std::string::npos) {
    const char* begin = error.what.data() + place + kPlace.size();
    std::from_chars(begin, error.what.data() + error.what.size(), fault.position);
  }
  return fault;
}

void print_lines(const Value& value, std::size_t level, std::string& out) {
  const bool object = value.is_object();
  const std::size_t size = object             ? value.as_object().size()
                           : value.is_array() ? value.as_array().size()
                                              : 0;
  if (size == 0) {
    out.append(print_json(value));
    return;
  }
  out.push_back(object ? '{' : '[');
  for (std::size_t i = 0; i < size; ++i) {
    out.append(i == 0 ? "\n" : ",\n").append(2 * (level + 1), ' ');
    if (object) {
      value::write_json_string(value.as_object()[i].name, out);
      out.append(": ");
    }
    print_lines(object ? value.as_object()[i].value : value.as_array()[i], level + 1, out);
  }
  out.append("\n").append(2 * level, ' ').push_back(object ? '}' : ']');
}

}  // namespace

std::string print_json(const Value& value) {
  std::string out;
  print_into(json_sorted(value), out);
  return out;
}

std::string print_json_in_lines(const Value& value) {
  std::string out;
  print_lines(value, 0, out);
  return out;
}

std::optional<Value> read_json(std::string_view text, JsonFault& fault) {
  constexpr std::size_t kMostDepth = 100;
  const auto parsed = value::parse_json(
      text,
      {.duplicates = value::JsonParseOptions::Duplicates::last_wins, .max_depth = kMostDepth});
  if (!parsed) {
    fault = fault_of(parsed.error());
    if (text.find_first_not_of(" \t\n\r") == text.npos) fault = {.what = "The document is empty."};
    return std::nullopt;
  }
  return parsed->is_null() ? Value::undefined() : json_sorted(*parsed);
}

}  // namespace octavo::sql
