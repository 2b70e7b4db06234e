#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/ascii.h"
#include "value/heap.h"
#include "value/json.h"
#include "value/maker.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

using Options = JsonParseOptions;

constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// Powers of ten that a double holds exactly.
constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// What a parse collects before it knows how much there is. Kept by each thread between parses, as
// small texts would otherwise spend a good part of their time growing these.
struct Scratch {
  std::vector<Value> elements;  // of all open arrays, as a stack
  std::vector<Field> fields;    // of all open objects
  std::vector<std::uint32_t> positions;
  std::string text;

  static constexpr std::size_t kKept = 1024;
  // Leaves nothing alive and nothing large behind.
  void reset() {
    elements.clear();
    fields.clear();
    if (elements.capacity() > kKept) elements.shrink_to_fit();
    if (fields.capacity() > kKept) fields.shrink_to_fit();
    if (positions.capacity() > kKept) std::vector<std::uint32_t>().swap(positions);
    if (text.capacity() > 64 * kKept) std::string().swap(text);
  }
};
thread_local Scratch kept_scratch;

// One pass, straight into values. simdjson's tape, thrown away once it became values, was measured
// at 15 % less time for small documents, but knows neither positions of errors nor repeated names
// nor integers beyond 64 bits; it checks the UTF-8 here, which is where it is far ahead. The text
// as a whole was checked to be UTF-8 before. Elements of open containers wait on two stacks, so
// that each container is allocated once, with its final size. Functions return false after they
// left an error: a Result for every number would cost as much as the number.
class Parser {
 public:
  Parser(BytesView text, const Options& options, Scratch& scratch)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        options_(options),
        elements_(scratch.elements),
        fields_(scratch.fields),
        positions_(scratch.positions),
        scratch_(scratch.text) {}

  Result<Value> document() {
    Value value;
    if (!parse(0, value)) return fail(std::move(error_));
    skip_space();
    if (at_ != end_) {
      error("unexpected text after the value");
      return fail(std::move(error_));
    }
    return value;
  }

 private:
  bool error(std::string_view what) { return error_at(at_, what); }
  bool error_at(const char* where, std::string_view what) {
    error_ = {Code::invalid_argument,
              fmt::format("invalid JSON at byte {}: {}", where - begin_, what)};
    return false;
  }
  bool too_deep() {
    error("nesting depth limit exceeded");
    error_.code = Code::out_of_range;
    return false;
  }

  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  // The next character that is no space, or 0 at the end (a NUL in the text is as wrong).
  char next() {
    skip_space();
    return at_ != end_ ? *at_ : '\0';
  }

  bool parse(std::size_t depth, Value& out) {
    switch (next()) {
      case '{': return object(depth + 1, out);
      case '[': return array(depth + 1, out);
      case '"': {
        std::string_view content;
        if (!string(content)) return false;
        out = Value::string(content);
        return true;
      }
      case 't': return literal("true", Value::boolean(true), out);
      case 'f': return literal("false", Value::boolean(false), out);
      case 'n': return literal("null", Value::null(), out);
      default:
        if (at_ != end_ && (is_digit(*at_) || *at_ == '-')) return number(out);
        return error(at_ == end_ ? "unexpected end, expected a value" : "expected a value");
    }
  }

  bool literal(std::string_view word, Value value, Value& out) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) {
      return error("expected a value");
    }
    at_ += word.size();
    out = std::move(value);
    return true;
  }

  bool array(std::size_t depth, Value& out) {
    if (depth > options_.max_depth) return too_deep();
    ++at_;
    const std::size_t first = elements_.size();
    if (next() == ']') {
      ++at_;
      out = Value::array({});
      return true;
    }
    for (;;) {
      Value element;
      if (!parse(depth, element)) return false;
      elements_.push_back(std::move(element));
      const char c = next();
      if (c != ',' && c != ']') return error("expected ',' or ']'");
      ++at_;
      if (c == ']') break;
    }
    ArrayMaker maker(elements_.size() - first);
    for (std::size_t i = first; i < elements_.size(); ++i) maker.append(std::move(elements_[i]));
    elements_.resize(first);
    out = std::move(maker).finish();
    return true;
  }

  bool object(std::size_t depth, Value& out) {
    if (depth > options_.max_depth) return too_deep();
    const char* start = at_++;
    const std::size_t first = fields_.size();
    if (next() == '}') {
      ++at_;
      out = Value::object({});
      return true;
    }
    for (;;) {
      if (next() != '"') return error("expected a field name in quotes");
      std::string_view content;
      if (!string(content)) return false;
      std::string name(content);
      if (next() != ':') return error("expected ':'");
      ++at_;
      Value value;
      if (!parse(depth, value)) return false;
      fields_.emplace_back(std::move(name), std::move(value));
      const char c = next();
      if (c != ',' && c != '}') return error("expected ',' or '}'");
      ++at_;
      if (c == '}') break;
    }
    return finish_object(start, first, out);
  }

  bool finish_object(const char* start, std::size_t first, Value& out) {
    const auto begin = fields_.begin() + static_cast<std::ptrdiff_t>(first);
    const auto by_name = [](const Field& a, const Field& b) { return a.name < b.name; };
    if (options_.sort_fields && !std::is_sorted(begin, fields_.end(), by_name)) sort_fields(first);
    if (const Field* repeated = find_repeated(first)) {
      if (options_.duplicates == Options::Duplicates::error) {
        return error_at(start, fmt::format("duplicate key \"{}\"", repeated->name));
      }
      keep_last(first);
    }
    ObjectMaker maker(fields_.size() - first);
    for (std::size_t i = first; i < fields_.size(); ++i) {
      maker.append(std::move(fields_[i].name), std::move(fields_[i].value));
    }
    fields_.resize(first);
    out = std::move(maker).finish();
    return true;
  }

  // Fields of one name stay in the order they came.
  void sort_fields(std::size_t first) {
    positions_.resize(fields_.size() - first);
    sort_by_name({fields_.data() + first, positions_.size()}, positions_);
    std::vector<Field> sorted;
    sorted.reserve(positions_.size());
    for (const std::uint32_t position : positions_) {
      sorted.push_back(std::move(fields_[first + position]));
    }
    std::move(sorted.begin(), sorted.end(), fields_.begin() + static_cast<std::ptrdiff_t>(first));
  }

  const Field* find_repeated(std::size_t first) {
    const std::size_t count = fields_.size() - first;
    if (count <= kLinearFields) {
      for (std::size_t i = first + 1; i < fields_.size(); ++i) {
        for (std::size_t j = first; j < i; ++j) {
          if (fields_[i].name == fields_[j].name) return &fields_[i];
        }
      }
      return nullptr;
    }
    positions_.resize(count);
    const ObjectView fields(fields_.data() + first, count);
    sort_by_name(fields, positions_);
    for (std::size_t i = 1; i < count; ++i) {
      if (fields[positions_[i]].name == fields[positions_[i - 1]].name) {
        return &fields[positions_[i]];
      }
    }
    return nullptr;
  }

  // Of repeated names the value that came last, in the place of the first.
  void keep_last(std::size_t first) {
    ObjectBuilder builder;
    for (std::size_t i = first; i < fields_.size(); ++i) {
      builder.set(fields_[i].name, std::move(fields_[i].value));
    }
    const Value merged = std::move(builder).build();
    fields_.resize(first);
    for (const Field& field : merged.as_object()) fields_.push_back(field);
  }

  // The content of a string; valid until the next call.
  bool string(std::string_view& out) {
    const char* start = ++at_;
    skip_plain();
    if (at_ != end_ && *at_ == '"') {
      out = std::string_view(start, static_cast<std::size_t>(at_ - start));
      ++at_;
      return true;
    }
    scratch_.assign(start, at_);
    for (;;) {
      if (at_ == end_) return error_at(start - 1, "unterminated string");
      if (*at_ == '"') {
        ++at_;
        out = scratch_;
        return true;
      }
      if (*at_ != '\\') return error("control character in a string");
      if (!escape()) return false;
      const char* run = at_;
      skip_plain();
      scratch_.append(run, at_);
    }
  }

  // To the next quote, backslash or control character.
  void skip_plain() {
    constexpr std::uint64_t kOnes = 0x0101010101010101ULL;
    constexpr std::uint64_t kHigh = 0x8080808080808080ULL;
    const auto zero_bytes = [](std::uint64_t x) { return (x - kOnes) & ~x & kHigh; };
    while (end_ - at_ >= 8) {
      const auto word = load_le<std::uint64_t>(at_);
      const std::uint64_t special = zero_bytes(word ^ (kOnes * '"')) |
                                    zero_bytes(word ^ (kOnes * '\\')) |
                                    ((word - kOnes * 0x20) & ~word & kHigh);
      if (special != 0) break;
      at_ += 8;
    }
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) {
      ++at_;
    }
  }

  bool escape() {
    const char* start = at_++;
    if (at_ == end_) return error_at(start, "unterminated string");
    const char c = *at_++;
    switch (c) {
      case '"':
      case '\\':
      case '/': scratch_.push_back(c); return true;
      case 'b': scratch_.push_back('\b'); return true;
      case 'f': scratch_.push_back('\f'); return true;
      case 'n': scratch_.push_back('\n'); return true;
      case 'r': scratch_.push_back('\r'); return true;
      case 't': scratch_.push_back('\t'); return true;
      case 'u': return unicode_escape(start);
      default: return error_at(start, "unknown escape");
    }
  }

  std::optional<std::uint32_t> four_hex_digits() {
    if (end_ - at_ < 4) return std::nullopt;
    std::uint32_t unit = 0;
    const auto end = std::from_chars(at_, at_ + 4, unit, 16);
    if (end.ptr != at_ + 4 || *at_ == '-') return std::nullopt;
    at_ += 4;
    return unit;
  }

  bool unicode_escape(const char* start) {
    const auto unit = four_hex_digits();
    if (!unit) return error_at(start, "expected four hexadecimal digits");
    std::uint32_t code_point = *unit;
    if (code_point >= 0xdc00 && code_point <= 0xdfff) return error_at(start, "lone surrogate");
    if (code_point >= 0xd800 && code_point <= 0xdbff) {
      if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') {
        return error_at(start, "lone surrogate");
      }
      at_ += 2;
      const auto low = four_hex_digits();
      if (!low || *low < 0xdc00 || *low > 0xdfff) return error_at(start, "lone surrogate");
      code_point = 0x10000 + ((code_point - 0xd800) << 10) + (*low - 0xdc00);
    }
    put_utf8(code_point);
    return true;
  }

  void put_utf8(std::uint32_t c) {
    const auto put = [this](std::uint32_t byte) { scratch_.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | (c >> 6));
      put(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      put(0xe0 | (c >> 12));
      put(0x80 | ((c >> 6) & 0x3f));
      put(0x80 | (c & 0x3f));
    } else {
      put(0xf0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3f));
      put(0x80 | ((c >> 6) & 0x3f));
      put(0x80 | (c & 0x3f));
    }
  }

  // The digits of a number: `mantissa` is exact while there are at most 19 of them.
  struct Scan {
    bool negative = false;
    bool integral = true;
    std::uint64_t mantissa = 0;
    int digits = 0;    // significant ones
    int exponent = 0;  // of the mantissa's last digit
  };

  void digits(Scan& scan, bool fraction) {
    for (; at_ != end_ && is_digit(*at_); ++at_) {
      if (scan.digits < 19) scan.mantissa = scan.mantissa * 10 + static_cast<unsigned>(*at_ - '0');
      if (scan.mantissa != 0) ++scan.digits;
      if (fraction) --scan.exponent;
    }
  }

  bool number(Value& out) {
    const char* start = at_;
    Scan scan;
    if (*at_ == '-') {
      scan.negative = true;
      ++at_;
    }
    if (at_ == end_ || !is_digit(*at_)) return error("expected a digit");
    const bool leading_zero = *at_ == '0';
    if (leading_zero && end_ - at_ > 1 && is_digit(at_[1]))
      return error("number with leading zero");
    digits(scan, false);
    if (at_ != end_ && *at_ == '.') {
      scan.integral = false;
      ++at_;
      if (at_ == end_ || !is_digit(*at_)) return error("expected a digit");
      digits(scan, true);
    }
    if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
      scan.integral = false;
      ++at_;
      const bool negative = at_ != end_ && *at_ == '-';
      if (at_ != end_ && (*at_ == '-' || *at_ == '+')) ++at_;
      if (at_ == end_ || !is_digit(*at_)) return error("expected a digit");
      int exponent = 0;
      for (; at_ != end_ && is_digit(*at_); ++at_) {
        if (exponent < 100'000) exponent = exponent * 10 + (*at_ - '0');
      }
      scan.exponent += negative ? -exponent : exponent;
    }
    return finish_number(start, scan, out);
  }

  bool finish_number(const char* start, const Scan& scan, Value& out) {
    if (scan.integral && options_.numbers == Options::Numbers::exact_integers) {
      if (auto integer = exact_integer(start, scan)) {
        out = *std::move(integer);
        return true;
      }
    }
    // Both parts are exact, so one rounding gives the nearest double (Clinger 1990).
    if (scan.digits <= 15 && scan.exponent >= -22 && scan.exponent <= 22) {
      const auto mantissa = static_cast<double>(scan.mantissa);
      const double real = scan.exponent < 0
                              ? mantissa / kPowersOfTen[static_cast<std::size_t>(-scan.exponent)]
                              : mantissa * kPowersOfTen[static_cast<std::size_t>(scan.exponent)];
      out = Value::float64(scan.negative ? -real : real);
      return true;
    }
    double real = 0;
    const auto end = std::from_chars(start, at_, real);
    if (end.ec == std::errc::result_out_of_range) {
      real = std::strtod(std::string(start, at_).c_str(), nullptr);  // tells 0 from infinity
    }
    if (!std::isfinite(real)) return error_at(start, "number too large");
    out = Value::float64(real);
    return true;
  }

  std::optional<Value> exact_integer(const char* start, const Scan& scan) const {
    if (scan.digits > 20 || (scan.negative && scan.mantissa == 0)) return std::nullopt;
    std::uint64_t magnitude = scan.mantissa;
    if (scan.digits > 19) {
      const auto end = std::from_chars(start, at_, magnitude);
      if (end.ec != std::errc() || end.ptr != at_) return std::nullopt;
    }
    constexpr std::uint64_t kTop = 1ULL << 63;
    if (!scan.negative) return Value::uint64(magnitude);
    if (magnitude > kTop) return std::nullopt;
    return Value::int64(static_cast<std::int64_t>(0 - magnitude));
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const Options& options_;
  std::vector<Value>& elements_;
  std::vector<Field>& fields_;
  std::vector<std::uint32_t>& positions_;
  std::string& scratch_;
  Error error_;
};

}  // namespace

Result<Value> parse_json(BytesView text, const JsonParseOptions& options) {
  if (const auto invalid = find_invalid_utf8(text)) {
    return fail(Code::invalid_argument,
                fmt::format("invalid JSON at byte {}: not UTF-8", *invalid));
  }
  Result<Value> result = Parser(text, options, kept_scratch).document();
  kept_scratch.reset();
  return result;
}

}  // namespace octavo::value
