#include "dialect/reql/text/json_out.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/base64.h"
#include "dialect/reql/error.h"
#include "dialect/reql/text/time_text.h"

namespace octavo::reql {
namespace {

// Writes into `out`, either compact or indented by `indent` tabs a level (-1: compact).
class Writer {
 public:
  Writer(std::string& out, bool pretty, value::Charge* charge)
      : out_(out), pretty_(pretty), charge_(charge), start_(out.size()) {}

  Status value(const Value& datum);

 private:
  Status scalar_or_parts(const Value& datum);
  Status array(value::ArrayView elements);
  Status fields(value::ObjectView fields, std::string_view pseudotype);
  void open(char bracket) {
    out_.push_back(bracket);
    ++depth_;
  }
  void close(char bracket, bool empty) {
    --depth_;
    if (!empty) line();
    out_.push_back(bracket);
  }
  void line() {
    if (!pretty_) return;
    out_.push_back('\n');
    out_.append(depth_, '\t');
  }
  void key(std::string_view name) {
    line();
    write_json_string(name, out_);
    out_.append(pretty_ ? ":\t" : ":");
  }
  void text_field(std::string_view name, std::string_view text, bool last) {
    key(name);
    write_json_string(text, out_);
    if (!last) out_.push_back(',');
  }
  void time(const value::Timestamp& at);
  Status extremum(std::string_view name) {
    if (!pretty_) return fail_logic(fmt::format("Cannot convert `r.{}` to JSON.", name));
    out_.append("r.").append(name);
    return {};
  }

  std::string& out_;
  bool pretty_;
  value::Charge* charge_;  // may be null
  std::size_t start_;      // of what is written here
  std::size_t depth_ = 0;
};

void append_hex(BytesView bytes, bool dashes, std::string& out) {
  out.push_back('"');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (dashes && (i == 4 || i == 6 || i == 8 || i == 10)) out.push_back('-');
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(bytes[i]));
  }
  out.push_back('"');
}

void Writer::time(const value::Timestamp& at) {
  open('{');
  text_field(kTypeKey, "TIME", false);
  key("epoch_time");
  write_json_number(epoch_seconds(at), out_);
  out_.push_back(',');
  text_field("timezone", format_zone(at.zone_minutes), true);
  close('}', false);
}

Status Writer::array(value::ArrayView elements) {
  open('[');
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) out_.push_back(',');
    line();
    TRY_STATUS(value(elements[i]));
  }
  close(']', elements.empty());
  return {};
}

Status Writer::fields(value::ObjectView fields, std::string_view pseudotype) {
  // Documents written by other protocols may have their fields in another order; ours are sorted
  // already.
  const auto by_name = [](const Field& a, const Field& b) { return a.name < b.name; };
  const auto by_pointed_name = [](const Field* a, const Field* b) { return a->name < b->name; };
  std::vector<const Field*> sorted;
  if (!std::is_sorted(fields.begin(), fields.end(), by_name)) {
    for (const Field& field : fields) sorted.push_back(&field);
    std::sort(sorted.begin(), sorted.end(), by_pointed_name);
  }
  open('{');
  bool first = true;
  if (!pseudotype.empty()) {
    text_field(kTypeKey, pseudotype, true);
    first = false;
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const Field& field = sorted.empty() ? fields[i] : *sorted[i];
    if (!pseudotype.empty() && field.name == kTypeKey) continue;
    if (!first) out_.push_back(',');
    first = false;
    key(field.name);
    TRY_STATUS(value(field.value));
  }
  close('}', first);
  return {};
}

// At least what a value takes, names and brackets around it aside.
std::size_t text_bytes(const Value& datum) {
  constexpr std::size_t kScalar = 64;
  switch (datum.type()) {
    case Type::string:
    case Type::symbol: return kScalar + datum.as_string().size();
    case Type::bytes: return kScalar + datum.as_bytes().size() / 3 * 4;
    default: return kScalar;
  }
}

Status Writer::value(const Value& datum) {
  if (charge_ != nullptr) TRY_STATUS(charge_->make_room(out_, text_bytes(datum)));
  if (pretty_ && out_.size() - start_ > kMaxMessageText) return {};
  return scalar_or_parts(datum);
}

Status Writer::scalar_or_parts(const Value& datum) {
  switch (datum.type()) {
    case Type::null:
    case Type::undefined: out_.append("null"); return {};
    case Type::boolean: out_.append(datum.as_boolean() ? "true" : "false"); return {};
    case Type::int64: fmt::format_to(std::back_inserter(out_), "{}", datum.as_int64()); return {};
    case Type::uint64: fmt::format_to(std::back_inserter(out_), "{}", datum.as_uint64()); return {};
    case Type::float64:
    case Type::decimal: write_json_number(datum.to_double(), out_); return {};
    case Type::string:
    case Type::symbol: write_json_string(datum.as_string(), out_); return {};
    case Type::bytes:
      open('{');
      text_field(kTypeKey, "BINARY", false);
      text_field("data", base64_encode(datum.as_bytes()), true);
      close('}', false);
      return {};
    case Type::timestamp: time(datum.as_timestamp()); return {};
    case Type::date:
      time({.seconds = std::int64_t{datum.as_date()} * 86400, .nanoseconds = 0, .zone_minutes = 0});
      return {};
    case Type::log_stamp:
      time({.seconds = datum.log_stamp_seconds(), .nanoseconds = 0, .zone_minutes = 0});
      return {};
    case Type::time_of_day:
    case Type::duration:
      write_json_number(static_cast<double>(datum.as_nanoseconds()) / 1e9, out_);
      return {};
    case Type::uuid: append_hex(datum.as_bytes(), true, out_); return {};
    case Type::object_id: append_hex(datum.as_bytes(), false, out_); return {};
    case Type::regex:
      write_json_string(fmt::format("/{}/{}", datum.regex_pattern(), datum.regex_options()), out_);
      return {};
    case Type::javascript: write_json_string(datum.javascript_code(), out_); return {};
    case Type::array: return array(datum.as_array());
    case Type::object: return fields(datum.as_object(), {});
    case Type::geometry: return fields(datum.as_object(), "GEOMETRY");
    case Type::min_key: return extremum("minval");
    case Type::max_key: return extremum("maxval");
  }
  std::unreachable();
}

}  // namespace

Status write_json(const Value& datum, std::string& out, value::Charge* charge) {
  return Writer(out, false, charge).value(datum);
}

void write_pretty_json(const Value& datum, std::string& out) {
  const Status written = Writer(out, true, nullptr).value(datum);
  ASSERT(written.has_value());  // only minval and maxval fail, and only in compact form
}

void write_json_string(std::string_view utf8, std::string& out) {
  out.push_back('"');
  std::size_t plain = 0;  // start of the run that needs no escape
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(utf8.substr(plain, i - plain));
    plain = i + 1;
    switch (byte) {
      case '"': out.append("\\\""); break;
      case '\\': out.append("\\\\"); break;
      case '\b': out.append("\\b"); break;
      case '\f': out.append("\\f"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default: fmt::format_to(std::back_inserter(out), "\\u{:04X}", byte);
    }
  }
  out.append(utf8.substr(plain));
  out.push_back('"');
}

// The layout of doubles that clients of RethinkDB know: plain digits up to 21 of them before the
// point and 5 zeros after it, an exponent beyond.
void write_json_number(double number, std::string& out) {
  if (std::fabs(number) <= kMaxSafeInteger && std::trunc(number) == number &&
      !(number == 0.0 && std::signbit(number))) {
    char buffer[24];
    const auto end =
        std::to_chars(buffer, buffer + sizeof buffer, static_cast<std::int64_t>(number));
    out.append(buffer, end.ptr);
    return;
  }
  char buffer[40];
  const auto written =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<std::size_t>(written.ptr - buffer));
  if (text.front() == '-') {
    out.push_back('-');
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) {  // not finite: never in a datum, but must not break a message
    out.append(text);
    return;
  }
  std::string digits(text.substr(0, 1));
  if (e > 2) digits.append(text.substr(2, e - 2));
  int exponent = 0;
  const std::string_view exponent_text = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // digits before the point
  if (count <= point && point <= 21) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0').append(".0");
  } else if (0 < point && point <= 21) {
    const auto split = static_cast<std::size_t>(point);
    out.append(digits, 0, split).append(".").append(digits, split);
  } else if (-6 < point && point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else {
    out.append(digits, 0, 1);
    if (count > 1) out.append(".").append(digits, 1);
    fmt::format_to(std::back_inserter(out), "e{}", exponent);
  }
}

}  // namespace octavo::reql
