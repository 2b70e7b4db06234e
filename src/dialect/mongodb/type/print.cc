#include "dialect/mongodb/type/print.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "dialect/mongodb/type/type.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/text.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

enum class Style : bool { request, operand };

class Printer {
 public:
  explicit Printer(Style style) : style_(style) {}

  void print(const Value& value) {
    switch (value.type()) {
      case Type::null: out_ += "null"; return;
      case Type::undefined: out_ += "undefined"; return;
      case Type::min_key: out_ += "MinKey"; return;
      case Type::max_key: out_ += "MaxKey"; return;
      case Type::boolean: out_ += value.as_boolean() ? "true" : "false"; return;
      case Type::int64: out_ += std::to_string(value.as_int64()); return;
      case Type::uint64: out_ += std::to_string(value.as_uint64()); return;
      case Type::float64:
        out_ += style_ == Style::request ? print_double_nicely(value.as_float64())
                                         : print_double(value.as_float64());
        return;
      case Type::decimal: out_ += value.as_decimal().to_string(); return;
      case Type::string:
      case Type::symbol: quoted(value.as_string()); return;
      case Type::timestamp: instant(value.as_timestamp()); return;
      case Type::object_id: object_id(value); return;
      case Type::bytes:
      case Type::uuid: binary(value); return;
      case Type::array: array(value.as_array()); return;
      case Type::object:
      case Type::geometry: object(value.as_object()); return;
      case Type::regex:
        out_ += fmt::format("/{}/{}", value.regex_pattern(), value.regex_options());
        return;
      case Type::javascript: javascript(value); return;
      case Type::log_stamp:
        out_ += fmt::format("Timestamp({}, {})", value.log_stamp_seconds(),
                            value.log_stamp_increment());
        return;
      case Type::date:
      case Type::time_of_day:
      case Type::duration: print(as_bson(value)); return;
    }
  }

  std::string take() && { return std::move(out_); }

 private:
  void quoted(std::string_view text) { out_.append("\"").append(text).append("\""); }

  void instant(const value::Timestamp& at) {
    out_ +=
        style_ == Style::operand ? print_date(at) : fmt::format("new Date({})", date_millis(at));
  }
  void object_id(const Value& id) {
    const std::string text = print_object_id(id);
    out_ += style_ == Style::operand ? text : fmt::format("ObjectId('{}')", text);
  }
  void binary(const Value& value) {
    const std::uint8_t subtype = value.bytes_subtype();
    constexpr std::uint8_t kUuid = 4;
    if (value.type() == Type::uuid || (subtype == kUuid && value.as_bytes().size() == 16)) {
      out_ += fmt::format("UUID(\"{}\")", value::text_of(Value::uuid(value.as_bytes())));
      return;
    }
    out_ += fmt::format("BinData({}, {})", subtype, upper_hex(value.as_bytes()));
  }
  void javascript(const Value& value) {
    if (value.javascript_scope() == nullptr) {
      out_ += value.javascript_code();
      return;
    }
    out_ += fmt::format("CodeWScope( {}, ", value.javascript_code());
    print(*value.javascript_scope());
    out_ += ")";
  }
  void array(value::ArrayView elements) {
    const std::string_view pad = style_ == Style::request && !elements.empty() ? " " : "";
    out_.append("[").append(pad);
    bool first = true;
    for (const Value& element : elements) {
      if (!first) out_ += ", ";
      first = false;
      print(element);
    }
    out_.append(pad).append("]");
  }
  void object(value::ObjectView fields) {
    const std::string_view pad = style_ == Style::request && !fields.empty() ? " " : "";
    out_.append("{").append(pad);
    bool first = true;
    for (const value::Field& field : fields) {
      if (!first) out_ += ", ";
      first = false;
      out_.append(field.name).append(": ");
      print(field.value);
    }
    out_.append(pad).append("}");
  }
  static std::string upper_hex(BytesView bytes) {
    std::string text;
    for (const char byte : bytes) {
      text += fmt::format("{:02X}", static_cast<unsigned char>(byte));
    }
    return text;
  }

  Style style_;
  std::string out_;
};

std::string print_as(const Value& value, Style style) {
  Printer printer(style);
  printer.print(value);
  return std::move(printer).take();
}

}  // namespace

std::string print(const Value& value) { return print_as(value, Style::request); }
std::string print_operand(const Value& value) { return print_as(value, Style::operand); }
std::string print_operand(const std::optional<Value>& value) {
  return value ? print_operand(*value) : "MISSING";
}

std::string print_double(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  char buffer[32];
  const auto shortest =
      std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific);
  const std::string_view text(buffer, static_cast<std::size_t>(shortest.ptr - buffer));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const std::size_t digits_at = e + (text[e + 1] == '+' ? 2U : 1U);
  std::from_chars(text.data() + digits_at, text.data() + text.size(), exponent);
  constexpr int kMostPlain = 16;
  constexpr int kLeastPlain = -4;
  if (exponent >= kMostPlain || exponent < kLeastPlain) return std::string(text);
  char plain[64];
  const auto end = std::to_chars(plain, plain + sizeof(plain), number, std::chars_format::fixed);
  return std::string(plain, end.ptr);
}

std::string print_double_nicely(double number) {
  std::string text = print_double(number);
  if (std::isfinite(number) && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string print_date(const value::Timestamp& instant) {
  value::Timestamp at = instant;
  at.zone_minutes = 0;
  return value::format_iso8601(at, {.digits = 3, .zulu = true});
}

std::string print_object_id(const Value& object_id) { return value::text_of(object_id); }

}  // namespace octavo::mongodb
