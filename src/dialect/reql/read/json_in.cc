#include "dialect/reql/read/json_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "base/limits.h"
#include "dialect/reql/error.h"
#include "value/utf8.h"

namespace octavo::reql {
namespace {

// Recursive descent; the depth is bounded, so is the stack. The text is a string datum and
// therefore valid UTF-8.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Value> document() {
    skip_spaces();
    if (at_end()) return fail_logic("The document is empty.");
    TRY(Value value, parse_value(0));
    skip_spaces();
    if (!at_end()) {
      return fail_logic("The document root must not be followed by other values.");
    }
    return value;
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char expected) {
    if (peek() != expected || at_end()) return false;
    ++at_;
    return true;
  }
  void skip_spaces() {
    while (!at_end() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  Result<Value> parse_value(std::size_t depth) {
    if (depth > kMaxNestingDepth) return fail_resource("Nesting depth limit exceeded.");
    switch (peek()) {
      case '{': return parse_object(depth);
      case '[': return parse_array(depth);
      case '"': {
        TRY(const std::string text, parse_string());
        return string(text);
      }
      case 't': return parse_word("true", Value::boolean(true));
      case 'f': return parse_word("false", Value::boolean(false));
      case 'n': return parse_word("null", Value::null());
      default: return parse_number();
    }
  }

  Result<Value> parse_word(std::string_view word, Value value) {
    if (!text_.substr(at_).starts_with(word)) return fail_logic("Invalid value.");
    at_ += word.size();
    return value;
  }

  Result<Value> parse_array(std::size_t depth) {
    ++at_;
    std::vector<Value> elements;
    skip_spaces();
    if (take(']')) return Value::array({});
    while (true) {
      TRY(Value element, parse_value(depth + 1));
      elements.push_back(std::move(element));
      skip_spaces();
      if (take(']')) return Value::array(std::move(elements));
      if (!take(',')) return fail_logic("Missing a comma or ']' after an array element.");
      skip_spaces();
    }
  }

  Result<Value> parse_object(std::size_t depth) {
    ++at_;
    std::vector<Field> fields;
    skip_spaces();
    if (take('}')) return Value::object({});
    while (true) {
      if (peek() != '"') return fail_logic("Missing a name for object member.");
      TRY(std::string name, parse_string());
      skip_spaces();
      if (!take(':')) return fail_logic("Missing a colon after a name of object member.");
      skip_spaces();
      TRY(Value value, parse_value(depth + 1));
      fields.push_back({std::move(name), std::move(value)});
      skip_spaces();
      if (take('}')) return finish_object(std::move(fields));
      if (!take(',')) return fail_logic("Missing a comma or '}' after an object member.");
      skip_spaces();
    }
  }

  static Result<Value> finish_object(std::vector<Field> fields) {
    std::sort(fields.begin(), fields.end(),
              [](const Field& a, const Field& b) { return a.name < b.name; });
    const auto repeated =
        std::adjacent_find(fields.begin(), fields.end(),
                           [](const Field& a, const Field& b) { return a.name == b.name; });
    if (repeated != fields.end()) {
      return fail(Code::type_mismatch,
                  fmt::format("Duplicate key \"{}\" in JSON.", repeated->name));
    }
    Result<Value> object = from_fields(std::move(fields));
    if (!object && object.error().code == Code::invalid_argument) {
      return fail(Code::type_mismatch, std::move(object).error().what);
    }
    return object;
  }

  Result<std::uint32_t> parse_hex() {
    std::uint32_t code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = peek();
      std::uint32_t digit = 0;
      if (is_digit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<std::uint32_t>(c - 'a') + 10;
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<std::uint32_t>(c - 'A') + 10;
      } else {
        return fail_logic("Incorrect hex digit after \\u escape in string.");
      }
      code = code * 16 + digit;
      ++at_;
    }
    return code;
  }

  // After "\u": one UTF-16 unit, or a surrogate pair.
  Status parse_unicode_escape(std::string& out) {
    TRY(std::uint32_t code, parse_hex());
    if (code >= 0xDC00 && code <= 0xDFFF) {
      return fail_logic("The surrogate pair in string is invalid.");
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!take('\\') || !take('u')) return fail_logic("The surrogate pair in string is invalid.");
      TRY(const std::uint32_t low, parse_hex());
      if (low < 0xDC00 || low > 0xDFFF) {
        return fail_logic("The surrogate pair in string is invalid.");
      }
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    value::append_utf8(out, code);
    return {};
  }

  Status parse_escape(std::string& out) {
    if (at_end()) return fail_logic("Missing a closing quotation mark in string.");
    const char c = text_[at_++];
    switch (c) {
      case '"':
      case '\\':
      case '/': out.push_back(c); return {};
      case 'b': out.push_back('\b'); return {};
      case 'f': out.push_back('\f'); return {};
      case 'n': out.push_back('\n'); return {};
      case 'r': out.push_back('\r'); return {};
      case 't': out.push_back('\t'); return {};
      case 'u': return parse_unicode_escape(out);
      default: return fail_logic("Invalid escape character in string.");
    }
  }

  Result<std::string> parse_string() {
    ++at_;
    std::string out;
    while (!at_end()) {
      const char c = text_[at_++];
      if (c == '"') return out;
      if (c == '\\') {
        TRY_STATUS(parse_escape(out));
      } else if (static_cast<unsigned char>(c) < 0x20) {
        return fail_logic("Invalid encoding in string.");
      } else {
        out.push_back(c);
      }
    }
    return fail_logic("Missing a closing quotation mark in string.");
  }

  bool take_digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) ++at_;
    return true;
  }

  Result<Value> parse_number() {
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !take_digits()) return fail_logic("Invalid value.");
    if (take('.') && !take_digits()) return fail_logic("Miss fraction part in number.");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!take_digits()) return fail_logic("Miss exponent in number.");
    }
    const std::string_view digits = text_.substr(start, at_ - start);
    double value = 0.0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) {
      // Too small reads as zero, too large is refused; from_chars does not say which it is.
      const double nearest = std::strtod(std::string(digits).c_str(), nullptr);
      if (!std::isfinite(nearest)) return fail_logic("Number too big to be stored in double.");
      value = nearest;
    }
    return number(value);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Value> parse_json(std::string_view text) { return Parser(text).document(); }

}  // namespace octavo::reql
