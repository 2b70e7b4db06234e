#include "value/notation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/base64.h"
#include "base/limits.h"
#include "base/text.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/json.h"
#include "value/text.h"
#include "value/type_table.h"

namespace octavo::value {
namespace {

constexpr std::string_view kInt32 = "int32";  // the mark of an int64, in the place of its type

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void write(const Value& value) {
    switch (value.type()) {
      case Type::null:
      case Type::boolean:
      case Type::uint64:
      case Type::string: return write_json(value, out_);
      case Type::int64:
        if (!value.is_int32()) return write_json(value, out_);
        out_.append("#").append(kInt32);
        return elements({{Value::int64(value.as_int64())}});
      case Type::float64:
        if (std::isfinite(value.as_float64())) return write_json(value, out_);
        tag(value);
        return write_json_string(fmt::format("{}", value.as_float64()), out_);
      case Type::array: return elements(value.as_array());
      case Type::object: return fields(value.as_object());
      case Type::geometry: tag(value); return fields(value.as_object());
      case Type::min_key:
      case Type::max_key:
      case Type::undefined: return tag(value);
      case Type::decimal:
        tag(value);
        return write_json_string(value.as_decimal().to_string(), out_);
      case Type::regex:
        tag(value);
        return elements(
            {{Value::string(value.regex_pattern()), Value::string(value.regex_options())}});
      case Type::javascript: {
        tag(value);
        std::vector<Value> parts = {Value::string(value.javascript_code())};
        if (value.javascript_scope() != nullptr) parts.push_back(*value.javascript_scope());
        return elements(parts);
      }
      case Type::log_stamp:
        tag(value);
        return elements(
            {{Value::int64(value.log_stamp_seconds()), Value::int64(value.log_stamp_increment())}});
      case Type::bytes:
        tag(value);
        if (value.bytes_subtype() == 0) return write_json(value, out_);
        return elements({{Value::string(base64_encode(value.as_bytes())),
                          Value::int64(value.bytes_subtype())}});
      case Type::timestamp:
      case Type::date:
      case Type::time_of_day:
      case Type::duration:
      case Type::uuid:
      case Type::object_id:
      case Type::symbol:
        tag(value);
        return write_json(value, out_);  // their general JSON form is exact
    }
  }

 private:
  void tag(const Value& value) { out_.append("#").append(type_name(value.type())); }

  void elements(ArrayView values) {
    out_.push_back('[');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_.push_back(',');
      write(values[i]);
    }
    out_.push_back(']');
  }
  void fields(ObjectView values) {
    out_.push_back('{');
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) out_.push_back(',');
      write_json_string(values[i].name, out_);
      out_.push_back(':');
      write(values[i].value);
    }
    out_.push_back('}');
  }

  std::string& out_;
};

std::unexpected<Error> malformed(std::string_view rest, std::string_view expected) {
  return fail(Code::invalid_argument,
              fmt::format("expected {} at '{}'", expected, rest.substr(0, 40)));
}

std::optional<Type> type_named(std::string_view name) {
  const auto row = std::ranges::find(kTypeTable, name, &TypeRow::name);
  return row == kTypeTable.end() ? std::nullopt : std::optional(row->type);
}

// The types that are written as a string.
Result<Value> from_text(Type type, std::string_view text) {
  const auto wrong = [&] { return malformed(text, fmt::format("a {}", type_name(type))); };
  switch (type) {
    case Type::float64:
    case Type::decimal: {
      TRY(const Decimal decimal, Decimal::parse(text));
      return type == Type::decimal ? Value::decimal(decimal) : Value::float64(decimal.to_double());
    }
    case Type::bytes: {
      const auto bytes = base64_decode(text);
      return bytes ? Result<Value>(Value::bytes(*bytes)) : wrong();
    }
    case Type::timestamp: {
      TRY(const Timestamp timestamp, parse_iso8601(text));
      return Value::timestamp(timestamp);
    }
    case Type::date: {
      TRY(const std::int32_t days, parse_date(text));
      return Value::date(days);
    }
    case Type::time_of_day:
    case Type::duration: {
      TRY(const std::int64_t ns, parse_duration(text));
      return type == Type::duration ? Value::duration(ns) : Value::time_of_day(ns);
    }
    case Type::uuid: {
      const auto bytes = parse_uuid(text);
      return bytes ? Result<Value>(Value::uuid(*bytes)) : wrong();
    }
    case Type::object_id: {
      const auto bytes = parse_hex(text);
      return bytes && bytes->size() == 12 ? Result<Value>(Value::object_id(*bytes)) : wrong();
    }
    case Type::symbol: return Value::symbol(text);
    default: return wrong();
  }
}

std::optional<std::int32_t> exact_int32(const Value& value) {
  const auto number = value.is_number() ? value.to_int64() : std::nullopt;
  if (!number || *number != static_cast<std::int32_t>(*number)) return std::nullopt;
  return static_cast<std::int32_t>(*number);
}

// What is written as an array.
Result<Value> from_parts(Type type, ArrayView parts) {
  const auto wrong = [&] {
    return malformed(type_name(type), fmt::format("the parts of a {}", type_name(type)));
  };
  switch (type) {
    case Type::int64: {
      const auto number = parts.size() == 1 ? exact_int32(parts[0]) : std::nullopt;
      return number ? Result<Value>(Value::int32(*number)) : wrong();
    }
    case Type::bytes: {
      if (parts.size() != 2 || !parts[0].is_string()) return wrong();
      const auto bytes = base64_decode(parts[0].as_string());
      const auto subtype = parts[1].is_number() ? parts[1].to_int64() : std::nullopt;
      if (!bytes || !subtype || *subtype <= 0 || *subtype > 0xff) return wrong();
      return Value::bytes(*bytes, static_cast<std::uint8_t>(*subtype));
    }
    case Type::regex:
      if (parts.size() != 2 || !parts[0].is_string() || !parts[1].is_string()) return wrong();
      return Value::regex(parts[0].as_string(), parts[1].as_string());
    case Type::javascript:
      if (parts.empty() || parts.size() > 2 || !parts[0].is_string()) return wrong();
      return Value::javascript(parts[0].as_string(),
                               parts.size() == 2 ? std::optional(parts[1]) : std::nullopt);
    case Type::log_stamp: {
      const auto part = [&](std::size_t i) {
        return i < parts.size() ? parts[i].to_int64().value_or(-1) : -1;
      };
      constexpr std::int64_t kLimit = 0xffff'ffff;
      if (parts.size() != 2 || part(0) < 0 || part(0) > kLimit || part(1) < 0 || part(1) > kLimit) {
        return wrong();
      }
      return Value::log_stamp(static_cast<std::uint32_t>(part(0)),
                              static_cast<std::uint32_t>(part(1)));
    }
    default: return wrong();
  }
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  std::string_view rest() const { return rest_; }

  Result<Value> read(std::size_t depth) {
    if (depth > kMaxNestingDepth) return fail(Code::out_of_range, "value is nested too deeply");
    skip_space();
    if (rest_.empty()) return malformed(rest_, "a value");
    switch (rest_[0]) {
      case '[': return read_array(depth);
      case '{': return read_object(depth);
      case '#': return read_tagged(depth);
      case '"': {
        TRY(std::string text, read_string());
        return Value::string(text);
      }
      default: return read_json(scalar_end());
    }
  }

 private:
  void skip_space() {
    const std::size_t first = std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size());
    rest_.remove_prefix(first);
  }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::size_t scalar_end() const {
    return std::min(rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.E"),
                    rest_.size());
  }
  Result<Value> read_json(std::size_t size) {
    auto parsed = parse_json(rest_.substr(0, size));
    if (!parsed) return malformed(rest_, "a value");
    rest_.remove_prefix(size);
    return parsed;
  }
  Result<std::string> read_string() {
    skip_space();
    if (rest_.empty() || rest_[0] != '"') return malformed(rest_, "a string");
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    if (end >= rest_.size()) return malformed(rest_, "the end of a string");
    TRY(const Value text, read_json(end + 1));
    return std::string(text.as_string());
  }

  Result<Value> read_array(std::size_t depth) {
    std::vector<Value> elements;
    rest_.remove_prefix(1);
    if (take(']')) return Value::array({});
    do {
      TRY(Value element, read(depth + 1));
      elements.push_back(std::move(element));
    } while (take(','));
    if (!take(']')) return malformed(rest_, "',' or ']'");
    return Value::array(std::move(elements));
  }

  Result<Value> read_object(std::size_t depth) {
    ObjectBuilder builder;
    rest_.remove_prefix(1);
    if (take('}')) return std::move(builder).build();
    do {
      TRY(std::string name, read_string());
      if (builder.find(name) != nullptr) return malformed(name, "a new field name");
      if (!take(':')) return malformed(rest_, "':'");
      TRY(Value value, read(depth + 1));
      builder.append(std::move(name), std::move(value));
    } while (take(','));
    if (!take('}')) return malformed(rest_, "',' or '}'");
    return std::move(builder).build();
  }

  Result<Value> read_parts(Type type, std::size_t depth) {
    if (!rest_.starts_with('[')) return malformed(rest_, "'['");
    TRY(const Value parts, read_array(depth));
    return from_parts(type, parts.as_array());
  }

  Result<Value> read_tagged(std::size_t depth) {
    const std::string_view start = rest_;
    rest_.remove_prefix(1);
    const std::size_t size =
        std::min(rest_.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), rest_.size());
    const bool is_int32 = rest_.substr(0, size) == kInt32;
    const auto type = is_int32 ? std::optional(Type::int64) : type_named(rest_.substr(0, size));
    if (!type) return malformed(start, "a type");
    rest_.remove_prefix(size);
    const bool has_parts = rest_.starts_with('[');
    if (is_int32 || (*type == Type::bytes && has_parts)) return read_parts(*type, depth);
    switch (*type) {
      case Type::min_key: return Value::min_key();
      case Type::max_key: return Value::max_key();
      case Type::undefined: return Value::undefined();
      case Type::geometry: {
        if (rest_.empty() || rest_[0] != '{') return malformed(rest_, "'{'");
        TRY(const Value object, read_object(depth));
        const ObjectView fields = object.as_object();
        return Value::geometry({fields.begin(), fields.end()});
      }
      case Type::regex:
      case Type::javascript:
      case Type::log_stamp: return read_parts(*type, depth);
      default: {
        TRY(const std::string text, read_string());
        return from_text(*type, text);
      }
    }
  }

  std::string_view rest_;
};

}  // namespace

void write_notation(const Value& value, std::string& out) { Writer(out).write(value); }

Result<Value> read_notation(std::string_view& text) {
  Reader reader(text);
  TRY(Value value, reader.read(0));
  text = reader.rest();
  return value;
}

}  // namespace octavo::value
