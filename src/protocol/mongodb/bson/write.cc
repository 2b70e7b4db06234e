// Writing: straight to where the bytes go, or only counting them.

#include <bit>
#include <charconv>
#include <string>

#include "base/assert.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/bson/bson.h"
#include "protocol/mongodb/bson/decimal128.h"
#include "value/datetime.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

enum class Tag : std::uint8_t {
  float64 = 0x01,
  string = 0x02,
  document = 0x03,
  array = 0x04,
  binary = 0x05,
  undefined = 0x06,
  object_id = 0x07,
  boolean = 0x08,
  date = 0x09,
  null = 0x0a,
  regex = 0x0b,
  javascript = 0x0d,
  symbol = 0x0e,
  javascript_with_scope = 0x0f,
  int32 = 0x10,
  log_stamp = 0x11,
  int64 = 0x12,
  decimal = 0x13,
  max_key = 0x7f,
  min_key = 0xff,
};

constexpr std::size_t kLengthBytes = 4;
constexpr std::uint8_t kOldBinary = 2;  // which has its length twice
constexpr std::int64_t kMillisPerDay = value::kSecondsPerDay * 1000;

class Output {
 public:
  explicit Output(Bytes& out) : out_(out) {}
  void put(char byte) { out_.push_back(byte); }
  void put(BytesView bytes) { out_.append(bytes); }
  std::size_t place() const { return out_.size(); }
  void set_length(std::size_t place, std::size_t length) {
    store_le(out_.data() + place, static_cast<std::uint32_t>(length));
  }

 private:
  Bytes& out_;
};

class Writer {
 public:
  explicit Writer(Output out) : out_(out) {}

  std::size_t place() const { return out_.place(); }

  void document(value::ObjectView fields) {
    const std::size_t begin = begin_document();
    for (const value::Field& field : fields) element(field.name, field.value);
    end_document(begin);
  }

  std::size_t begin_document() {
    const std::size_t begin = out_.place();
    number(std::uint32_t{0});
    return begin;
  }
  void end_document(std::size_t begin) {
    out_.put('\0');
    out_.set_length(begin, out_.place() - begin);
  }

  void element(std::string_view name, const Value& value) {
    switch (value.type()) {
      case Type::null: return head(Tag::null, name);
      case Type::boolean:
        head(Tag::boolean, name);
        return out_.put(value.as_boolean() ? '\1' : '\0');
      case Type::int64: return integer(name, value);
      case Type::uint64: return decimal(name, value::Decimal::from_uint64(value.as_uint64()));
      case Type::float64:
        head(Tag::float64, name);
        return number(std::bit_cast<std::uint64_t>(value.as_float64()));
      case Type::decimal: return decimal(name, value.as_decimal());
      case Type::string: return text(Tag::string, name, value.as_string());
      case Type::bytes:
      case Type::uuid: return binary(name, value.as_bytes(), value.bytes_subtype());
      case Type::timestamp: return date(name, date_millis(value.as_timestamp()));
      case Type::date: return date(name, value.as_date() * kMillisPerDay);
      case Type::time_of_day:
      case Type::duration:
        return text(Tag::string, name, value::format_duration(value.as_nanoseconds()));
      case Type::object_id: head(Tag::object_id, name); return out_.put(value.as_bytes());
      case Type::array: head(Tag::array, name); return array(value.as_array());
      case Type::object:
      case Type::geometry: head(Tag::document, name); return document(value.as_object());
      case Type::min_key: return head(Tag::min_key, name);
      case Type::max_key: return head(Tag::max_key, name);
      case Type::undefined: return head(Tag::undefined, name);
      case Type::regex:
        head(Tag::regex, name);
        zero_ended(value.regex_pattern());
        return zero_ended(value.regex_options());
      case Type::javascript: return javascript(name, value);
      case Type::symbol: return text(Tag::symbol, name, value.as_string());
      case Type::log_stamp:
        head(Tag::log_stamp, name);
        number(value.log_stamp_increment());
        return number(value.log_stamp_seconds());
    }
  }

 private:
  template <class T>
  void number(T value) {
    char bytes[sizeof(T)];
    store_le(bytes, value);
    out_.put(BytesView(bytes, sizeof(T)));
  }

  void head(Tag tag, std::string_view name) {
    out_.put(static_cast<char>(tag));
    zero_ended(name);
  }

  void zero_ended(std::string_view text) {
    if (text.find('\0') == std::string_view::npos) {
      out_.put(text);
    } else {
      replaced(text);
    }
    out_.put('\0');
  }
  void replaced(std::string_view text) {
    std::string instead;
    for (const char byte : text) {
      if (byte == '\0') {
        value::append_utf8(instead, value::kReplacement);
      } else {
        instead.push_back(byte);
      }
    }
    out_.put(BytesView(instead));
  }

  // A length that counts the zero, the text, and a zero.
  void counted(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size() + 1));
    out_.put(text);
    out_.put('\0');
  }
  void text(Tag tag, std::string_view name, std::string_view content) {
    head(tag, name);
    counted(content);
  }

  void integer(std::string_view name, const Value& value) {
    if (value.is_int32()) {
      head(Tag::int32, name);
      return number(static_cast<std::uint32_t>(value.as_int64()));
    }
    head(Tag::int64, name);
    number(static_cast<std::uint64_t>(value.as_int64()));
  }

  void decimal(std::string_view name, const value::Decimal& value) {
    head(Tag::decimal, name);
    const Decimal128Bits bits = to_decimal128(value);
    number(bits.low);
    number(bits.high);
  }

  void date(std::string_view name, std::int64_t millis) {
    head(Tag::date, name);
    number(static_cast<std::uint64_t>(millis));
  }

  void binary(std::string_view name, BytesView bytes, std::uint8_t subtype) {
    head(Tag::binary, name);
    const bool old = subtype == kOldBinary;
    number(static_cast<std::uint32_t>(bytes.size() + (old ? kLengthBytes : 0)));
    out_.put(static_cast<char>(subtype));
    if (old) number(static_cast<std::uint32_t>(bytes.size()));
    out_.put(bytes);
  }

  void array(value::ArrayView elements) {
    const std::size_t begin = begin_document();
    std::size_t index = 0;
    for (const Value& element_value : elements) {
      char digits[20];
      const char* const end = std::to_chars(digits, digits + sizeof(digits), index++).ptr;
      element({digits, static_cast<std::size_t>(end - digits)}, element_value);
    }
    end_document(begin);
  }

  void javascript(std::string_view name, const Value& value) {
    const Value* const scope = value.javascript_scope();
    if (scope == nullptr) return text(Tag::javascript, name, value.javascript_code());
    head(Tag::javascript_with_scope, name);
    const std::size_t begin = out_.place();
    number(std::uint32_t{0});
    counted(value.javascript_code());
    document(scope->as_object());
    out_.set_length(begin, out_.place() - begin);
  }

  Output out_;
};

}  // namespace

void write_bson(const Value& document, Bytes& out) { write_bson(document.as_object(), out); }

void write_bson(value::ObjectView fields, Bytes& out) { Writer(Output(out)).document(fields); }

BsonWriter::BsonWriter(Bytes& out) : out_(out), begin_(Writer(Output(out)).begin_document()) {}

void BsonWriter::add(std::string_view name, const Value& value) {
  Writer(Output(out_)).element(name, value);
}

void BsonWriter::end() { Writer(Output(out_)).end_document(begin_); }

}  // namespace octavo::mongodb
