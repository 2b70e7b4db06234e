#include "dialect/mongodb/testing/ejson.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/text.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/json.h"
#include "value/text.h"

namespace octavo::mongodb::testing {
namespace {

using value::Type;
using value::Value;

std::unexpected<Error> wrong(std::string_view what) {
  return fail(Code::invalid_argument, "Extended JSON: " + std::string(what));
}

Result<std::int64_t> read_integer(const Value& text) {
  if (text.type() == Type::int64) return text.as_int64();
  const auto number =
      text.is_string() ? parse_number<std::int64_t>(text.as_string()) : std::nullopt;
  if (!number) return wrong("no integer");
  return *number;
}

Value integer(std::int64_t number) {
  if (number >= std::numeric_limits<std::int32_t>::min() &&
      number <= std::numeric_limits<std::int32_t>::max()) {
    return Value::int32(static_cast<std::int32_t>(number));
  }
  return Value::int64(number);
}

Result<Value> read_int(const Value& content) {
  TRY(const std::int64_t number, read_integer(content));
  return Value::int32(static_cast<std::int32_t>(number));
}
Result<Value> read_long(const Value& content) {
  TRY(const std::int64_t number, read_integer(content));
  return Value::int64(number);
}
Result<Value> read_double(const Value& content) {
  if (content.is_number()) return Value::float64(content.to_double());
  if (!content.is_string()) return wrong("no double");
  const std::string text(content.as_string());
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size()) return wrong("no double");
  return Value::float64(number);
}
Result<Value> read_decimal(const Value& content) {
  if (!content.is_string()) return wrong("no decimal");
  TRY(const value::Decimal decimal, value::Decimal::parse(content.as_string()));
  return Value::decimal(decimal);
}
Result<Value> read_date(const Value& content) {
  if (content.is_string()) {
    TRY(value::Timestamp instant, value::parse_iso8601(content.as_string()));
    instant.zone_minutes = 0;
    return Value::timestamp(instant);
  }
  const Value* number = content.find("$numberLong");
  TRY(const std::int64_t millis, read_integer(number == nullptr ? content : *number));
  std::int64_t seconds = millis / 1'000;
  std::int64_t rest = millis % 1'000;
  if (rest < 0) {
    rest += 1'000;
    --seconds;
  }
  return Value::timestamp(
      {.seconds = seconds, .nanoseconds = static_cast<std::uint32_t>(rest * 1'000'000)});
}
Result<Value> read_object_id(const Value& content) {
  if (!content.is_string() || content.as_string().size() != 24) return wrong("no ObjectId");
  Bytes bytes;
  for (std::size_t i = 0; i < 24; i += 2) {
    const auto byte = parse_number<unsigned>(content.as_string().substr(i, 2), 16);
    if (!byte) return wrong("no ObjectId");
    bytes.push_back(static_cast<char>(*byte));
  }
  return Value::object_id(bytes);
}
Result<Value> read_binary(const Value& content) {
  const Value* base64 = content.find("base64");
  const Value* subtype = content.find("subType");
  if (base64 == nullptr || subtype == nullptr) return wrong("no binary data");
  const auto bytes = base64_decode(base64->as_string());
  const auto number = parse_number<unsigned>(subtype->as_string(), 16);
  if (!bytes || !number) return wrong("no binary data");
  return Value::bytes(*bytes, static_cast<std::uint8_t>(*number));
}
Result<Value> read_uuid(const Value& content) {
  const auto bytes = value::parse_uuid(content.as_string());
  if (!bytes) return wrong("no UUID");
  return Value::uuid(*bytes);
}
Result<Value> read_regex(const Value& content) {
  const Value* pattern = content.find("pattern");
  const Value* options = content.find("options");
  if (pattern == nullptr || options == nullptr) return wrong("no regular expression");
  return Value::regex(pattern->as_string(), options->as_string());
}
Result<Value> read_timestamp(const Value& content) {
  const Value* seconds = content.find("t");
  const Value* increment = content.find("i");
  if (seconds == nullptr || increment == nullptr) return wrong("no timestamp");
  return Value::log_stamp(static_cast<std::uint32_t>(seconds->as_int64()),
                          static_cast<std::uint32_t>(increment->as_int64()));
}
Result<Value> read_symbol(const Value& content) { return Value::symbol(content.as_string()); }
Result<Value> read_code(const Value& content) {
  return Value::javascript(content.as_string(), std::nullopt);
}
Result<Value> read_min_key(const Value& /*content*/) { return Value::min_key(); }
Result<Value> read_max_key(const Value& /*content*/) { return Value::max_key(); }
Result<Value> read_undefined(const Value& /*content*/) { return Value::undefined(); }

struct Reader {
  std::string_view name;
  Result<Value> (*read)(const Value& content);
};
constexpr Reader kReaders[] = {
    {"$numberInt", read_int},
    {"$numberLong", read_long},
    {"$numberDouble", read_double},
    {"$numberDecimal", read_decimal},
    {"$date", read_date},
    {"$oid", read_object_id},
    {"$binary", read_binary},
    {"$uuid", read_uuid},
    {"$regularExpression", read_regex},
    {"$timestamp", read_timestamp},
    {"$symbol", read_symbol},
    {"$code", read_code},
    {"$minKey", read_min_key},
    {"$maxKey", read_max_key},
    {"$undefined", read_undefined},
};

Result<Value> convert(const Value& json) {
  if (json.type() == Type::int64) return integer(json.as_int64());
  if (json.is_array()) {
    std::vector<Value> elements;
    for (const Value& part : json.as_array()) {
      TRY(Value element, convert(part));
      elements.push_back(std::move(element));
    }
    return Value::array(std::move(elements));
  }
  if (!json.is_object()) return json;
  const value::ObjectView fields = json.as_object();
  if (fields.size() == 1) {
    const auto* const reader = std::ranges::find(kReaders, fields.front().name, &Reader::name);
    if (reader != std::end(kReaders)) return reader->read(fields.front().value);
  }
  const Value* code = json.find("$code");
  const Value* scope = json.find("$scope");
  if (fields.size() == 2 && code != nullptr && scope != nullptr) {
    TRY(Value variables, convert(*scope));
    return Value::javascript(code->as_string(), std::move(variables));
  }
  std::vector<value::Field> made;
  for (const value::Field& field : fields) {
    TRY(Value content, convert(field.value));
    made.push_back({field.name, std::move(content)});
  }
  return Value::object(std::move(made));
}

Value wrap(std::string_view name, Value content) {
  return Value::object({{std::string(name), std::move(content)}});
}

std::string double_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  Bytes text;
  value::write_json_number(number, text, false);
  return std::string(text);
}

// As plain JSON that says the same.
Value present(const Value& value) {
  switch (value.type()) {
    case Type::int64:
      return wrap(value.is_int32() ? "$numberInt" : "$numberLong",
                  Value::string(std::to_string(value.as_int64())));
    case Type::float64:
      return wrap("$numberDouble", Value::string(double_text(value.as_float64())));
    case Type::decimal:
      return wrap("$numberDecimal", Value::string(value.as_decimal().to_string()));
    case Type::timestamp: {
      const value::Timestamp at = value.as_timestamp();
      const std::int64_t millis = at.seconds * 1'000 + at.nanoseconds / 1'000'000;
      return wrap("$date", wrap("$numberLong", Value::string(std::to_string(millis))));
    }
    case Type::object_id: return wrap("$oid", Value::string(value::text_of(value)));
    case Type::uuid:
    case Type::bytes: {
      constexpr char kHex[] = "0123456789abcdef";
      const std::uint8_t subtype = value.bytes_subtype();
      const std::string text = {kHex[subtype >> 4U], kHex[subtype & 15U]};
      return wrap("$binary",
                  Value::object({{"base64", Value::string(base64_encode(value.as_bytes()))},
                                 {"subType", Value::string(text)}}));
    }
    case Type::regex:
      return wrap("$regularExpression",
                  Value::object({{"pattern", Value::string(value.regex_pattern())},
                                 {"options", Value::string(value.regex_options())}}));
    case Type::log_stamp:
      return wrap("$timestamp", Value::object({{"t", Value::int64(value.log_stamp_seconds())},
                                               {"i", Value::int64(value.log_stamp_increment())}}));
    case Type::symbol: return wrap("$symbol", Value::string(value.as_string()));
    case Type::javascript: {
      std::vector<value::Field> fields = {{"$code", Value::string(value.javascript_code())}};
      if (value.javascript_scope() != nullptr) {
        fields.push_back({"$scope", present(*value.javascript_scope())});
      }
      return Value::object(std::move(fields));
    }
    case Type::min_key: return wrap("$minKey", Value::int64(1));
    case Type::max_key: return wrap("$maxKey", Value::int64(1));
    case Type::undefined: return wrap("$undefined", Value::boolean(true));
    case Type::array: {
      std::vector<Value> elements;
      for (const Value& element : value.as_array()) elements.push_back(present(element));
      return Value::array(std::move(elements));
    }
    case Type::object: {
      std::vector<value::Field> fields;
      for (const value::Field& field : value.as_object()) {
        fields.push_back({field.name, present(field.value)});
      }
      return Value::object(std::move(fields));
    }
    default: return value;  // JSON has it, or BSON does not
  }
}

}  // namespace

Result<Value> read_ejson(std::string_view text) {
  TRY(const Value json, value::parse_json(text));
  return convert(json);
}

std::string write_ejson(const Value& value) { return value::to_json(present(value)); }

}  // namespace octavo::mongodb::testing
