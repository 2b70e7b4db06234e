#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "base/base64.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/heap.h"
#include "value/json.h"
#include "value/text.h"

namespace octavo::value {
namespace {

constexpr double kExactIntegers = 0x1p53;

void write_integer(std::integral auto integer, Bytes& out) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), integer);
  out.append(buffer, end.ptr);
}

// 'n' for \n and so on, 'u' for \u00XX, 0 for characters that stand for themselves.
constexpr auto kEscapes = [] {
  std::array<char, 256> escapes{};
  for (std::size_t c = 0; c < 0x20; ++c) escapes[c] = 'u';
  escapes['\b'] = 'b';
  escapes['\f'] = 'f';
  escapes['\n'] = 'n';
  escapes['\r'] = 'r';
  escapes['\t'] = 't';
  escapes['"'] = '"';
  escapes['\\'] = '\\';
  return escapes;
}();

// True when one of eight bytes is below 0x20, a quote or a backslash.
bool needs_escape(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
  constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
  const auto has_zero = [](std::uint64_t x) { return (x - kOnes) & ~x & kHigh; };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHigh;
  return (control | has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\'))) != 0;
}

std::size_t clean_prefix(std::string_view text) {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    if (needs_escape(load_le<std::uint64_t>(text.data() + i))) break;
  }
  while (i < text.size() && kEscapes[static_cast<unsigned char>(text[i])] == 0) ++i;
  return i;
}

class Writer {
 public:
  Writer(Bytes& out, const JsonStyle& style) : out_(out), style_(style) {}

  void write(const Value& value) {
    switch (value.type()) {
      case Type::null: out_.append("null"); return;
      case Type::boolean: out_.append(value.as_boolean() ? "true" : "false"); return;
      case Type::int64:
      case Type::uint64:
      case Type::float64:
      case Type::decimal: return number(value);
      case Type::string: return write_json_string(value.as_string(), out_);
      case Type::array: return array(value.as_array());
      case Type::object: return object(value);
      default:
        if (style_.present != nullptr) return style_.present(value, out_);
        return other(value);
    }
  }

 private:
  void number(const Value& value) {
    if (style_.doubles) {
      if (value.type() == Type::int64) {
        const std::int64_t integer = value.as_int64();
        if (integer >= -(1LL << 53) && integer <= (1LL << 53)) return write_integer(integer, out_);
      }
      return write_json_number(value.to_double(), out_, true);
    }
    switch (value.type()) {
      case Type::int64: return write_integer(value.as_int64(), out_);
      case Type::uint64: return write_integer(value.as_uint64(), out_);
      case Type::float64: return write_json_number(value.as_float64(), out_, false);
      default: return decimal(value.as_decimal());
    }
  }

  // A reader of JSON takes numbers for doubles: what none holds exactly is sent as text.
  void decimal(const Decimal& decimal) {
    if (!decimal.is_finite()) return write_json_string(decimal.to_string(), out_);
    const double nearest = decimal.to_double();
    if (std::isfinite(nearest) && Decimal::from_double(nearest) == decimal) {
      out_.append(decimal.to_string());
    } else {
      write_json_string(decimal.to_string(), out_);
    }
  }

  void array(ArrayView elements) {
    if (elements.empty()) {
      out_.append("[]");
      return;
    }
    out_.push_back('[');
    ++level_;
    bool first = true;
    for (const Value& element : elements) {
      separate(first);
      write(element);
    }
    --level_;
    new_line();
    out_.push_back(']');
  }

  void object(const Value& value) {
    const ObjectView fields = value.as_object();
    if (fields.empty()) {
      out_.append("{}");
      return;
    }
    out_.push_back('{');
    ++level_;
    bool first = true;
    const auto by_name = [](const Field& a, const Field& b) { return a.name < b.name; };
    if (style_.sort_fields && !std::is_sorted(fields.begin(), fields.end(), by_name)) {
      std::vector<std::uint32_t> positions(fields.size());
      sort_by_name(fields, positions);
      for (const std::uint32_t position : positions) write_field(fields[position], first);
    } else {
      for (const Field& field : fields) write_field(field, first);
    }
    --level_;
    new_line();
    out_.push_back('}');
  }

  void write_field(const Field& field, bool& first) {
    separate(first);
    write_json_string(field.name, out_);
    out_.append(style_.indent > 0 ? ": " : ":");
    write(field.value);
  }

  void separate(bool& first) {
    if (!first) out_.push_back(',');
    first = false;
    new_line();
  }
  void new_line() {
    if (style_.indent <= 0) return;
    out_.push_back('\n');
    out_.append(static_cast<std::size_t>(style_.indent) * level_, ' ');
  }

  void other(const Value& value) {
    switch (value.type()) {
      case Type::bytes: return write_json_string(base64_encode(value.as_bytes()), out_);
      case Type::timestamp: return write_json_string(format_iso8601(value.as_timestamp()), out_);
      case Type::date: return write_json_string(format_date(value.as_date()), out_);
      case Type::time_of_day:
      case Type::duration: return write_json_string(format_duration(value.as_nanoseconds()), out_);
      case Type::geometry: return object(value);
      case Type::min_key: out_.append(R"({"$minKey":1})"); return;
      case Type::max_key: out_.append(R"({"$maxKey":1})"); return;
      case Type::regex:
        return write_json_string(
            "/" + std::string(value.regex_pattern()) + "/" + std::string(value.regex_options()),
            out_);
      case Type::javascript: return write_json_string(value.javascript_code(), out_);
      case Type::log_stamp:
        out_.append(R"({"t":)");
        write_integer(value.log_stamp_seconds(), out_);
        out_.append(R"(,"i":)");
        write_integer(value.log_stamp_increment(), out_);
        out_.push_back('}');
        return;
      case Type::uuid:
      case Type::object_id:
      case Type::symbol: return write_json_string(text_of(value), out_);
      default:  // undefined; the others were written by `write`
        out_.append("null");
        return;
    }
  }

  Bytes& out_;
  const JsonStyle& style_;
  std::size_t level_ = 0;
};

}  // namespace

void write_json_string(std::string_view utf8, Bytes& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  out.push_back('"');
  for (;;) {
    const std::size_t clean = clean_prefix(utf8);
    out.append(utf8.substr(0, clean));
    if (clean == utf8.size()) break;
    const auto c = static_cast<unsigned char>(utf8[clean]);
    const char escape = kEscapes[c];
    out.push_back('\\');
    out.push_back(escape);
    if (escape == 'u') {
      out.append("00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
    utf8.remove_prefix(clean + 1);
  }
  out.push_back('"');
}

void write_json_number(double number, Bytes& out, bool plain_integers) {
  if (!std::isfinite(number)) {
    out.append("null");
    return;
  }
  if (std::fabs(number) <= kExactIntegers && number == std::trunc(number) &&
      !(number == 0 && std::signbit(number))) {
    write_integer(static_cast<std::int64_t>(number), out);
    if (!plain_integers) out.append(".0");
    return;
  }
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific);
  // "-d.ddde-XX" taken apart, and written with a point where that stays short.
  const std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  const std::size_t e = text.find('e');
  int exponent = 0;
  const char* exponent_start = buffer + e + 1 + (text[e + 1] == '+' ? 1 : 0);
  std::from_chars(exponent_start, end.ptr, exponent);
  char digits[24];
  std::size_t count = 0;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits[count++] = c;
  }
  if (text[0] == '-') out.push_back('-');
  const std::string_view all(digits, count);
  if (exponent >= 0 && exponent < 21) {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (count <= whole) {
      out.append(all).append(whole - count, '0').append(".0");
    } else {
      out.append(all.substr(0, whole)).append(".").append(all.substr(whole));
    }
  } else if (exponent < 0 && exponent > -7) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(all);
  } else {
    out.push_back(digits[0]);
    if (count > 1) out.append(".").append(all.substr(1));
    out.push_back('e');
    write_integer(exponent, out);
  }
}

void write_json(const Value& value, Bytes& out, const JsonStyle& style) {
  Writer(out, style).write(value);
}

std::string to_json(const Value& value, const JsonStyle& style) {
  Bytes text;
  write_json(value, text, style);
  return text;
}

}  // namespace octavo::value
