#include "dialect/mongodb/expression/convert_binary.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <optional>
#include <string>

#include "base/base64.h"
#include "base/text.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/type/number.h"
#include "value/text.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Value;
using enum BsonType;

constexpr std::uint8_t kUuidSubtype = 4;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kUuidLetters = 36;

std::unexpected<Error> failed(std::string_view why) {
  return error(ErrorCode::conversion_failure, "{} in $convert with no onError value", why);
}

bool is_uuid(const Value& value) {
  return value.bytes_subtype() == kUuidSubtype && value.as_bytes().size() == kUuidBytes;
}

Value data_of(BytesView bytes, std::uint8_t subtype) {
  if (subtype == kUuidSubtype && bytes.size() == kUuidBytes) return Value::uuid(bytes);
  return Value::bytes(bytes, subtype);
}

// ---- strings

std::optional<Bytes> from_base64(std::string_view text, std::uint8_t /*subtype*/) {
  const auto bytes = base64_decode(text);
  return bytes && base64_encode(*bytes) == text ? bytes : std::nullopt;
}
std::optional<Bytes> from_base64_url(std::string_view text, std::uint8_t /*subtype*/) {
  while (text.ends_with('=')) text.remove_suffix(1);
  const auto bytes = base64_url_decode(text);
  return bytes && base64_url_encode(*bytes) == text ? bytes : std::nullopt;
}
std::optional<Bytes> from_hex(std::string_view text, std::uint8_t /*subtype*/) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto byte = parse_number<unsigned>(text.substr(i, 2), 16);
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<char>(*byte));
  }
  return bytes;
}
std::optional<Bytes> from_utf8(std::string_view text, std::uint8_t /*subtype*/) {
  return Bytes(text);
}
std::optional<Bytes> from_uuid(std::string_view text, std::uint8_t subtype) {
  if (subtype != kUuidSubtype || text.size() != kUuidLetters) return std::nullopt;
  return value::parse_uuid(text);
}
std::optional<Bytes> from_any(std::string_view text, std::uint8_t subtype) {
  return from_uuid(text, subtype);
}

std::optional<std::string> to_base64(const Value& bytes) { return base64_encode(bytes.as_bytes()); }
std::optional<std::string> to_base64_url(const Value& bytes) {
  return base64_url_encode(bytes.as_bytes());
}
std::optional<std::string> to_hex(const Value& bytes) {
  std::string text;
  for (const char byte : bytes.as_bytes()) {
    text += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  }
  return text;
}
std::optional<std::string> to_utf8(const Value& bytes) {
  if (value::find_invalid_utf8(bytes.as_bytes())) return std::nullopt;
  return std::string(bytes.as_bytes());
}
std::optional<std::string> to_uuid(const Value& bytes) {
  if (!is_uuid(bytes)) return std::nullopt;
  return value::text_of(Value::uuid(bytes.as_bytes()));
}
std::optional<std::string> to_any(const Value& bytes) {
  return is_uuid(bytes) ? to_uuid(bytes) : to_base64(bytes);
}

struct FormatRow {
  std::string_view name;
  std::optional<Bytes> (*read)(std::string_view text, std::uint8_t subtype);
  std::optional<std::string> (*write)(const Value& bytes);
};
constexpr FormatRow kFormats[] = {
    {"auto", from_any, to_any},   {"base64", from_base64, to_base64},
    {"hex", from_hex, to_hex},    {"base64url", from_base64_url, to_base64_url},
    {"utf8", from_utf8, to_utf8}, {"uuid", from_uuid, to_uuid},
};

Result<const FormatRow*> read_format(const Item& format) {
  if (is_nullish(format)) {
    return error(4341115, "Format must be specified when converting between binData and string");
  }
  if (!is_string(format)) {
    return error(4341114, "$convert requires that 'format' be a string, found: {}",
                 type_alias(format));
  }
  const auto* const row = std::ranges::find(kFormats, format->as_string(), &FormatRow::name);
  if (row == std::end(kFormats)) {
    return error(4341125, "Invalid 'format' argument for $convert: {}", format->as_string());
  }
  return row;
}

// ---- numbers

Result<bool> is_big_endian(const Item& order) {
  if (is_nullish(order)) return false;
  if (!is_string(order)) {
    return error(9130001, "$convert requires that 'byteOrder' be a string, found: {}",
                 type_alias(order));
  }
  constexpr std::string_view kLittle = "little";
  constexpr std::string_view kBig = "big";
  if (order->as_string() == kBig) return true;
  if (order->as_string() == kLittle) return false;
  return error(9130002, "Invalid 'byteOrder' argument for $convert: {}", order->as_string());
}

Bytes bytes_of(std::uint64_t bits, std::size_t size, bool big) {
  Bytes bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(bits >> (8 * i)));
  if (big) std::ranges::reverse(bytes);
  return bytes;
}

Bytes number_bytes(const Value& number, bool big) {
  if (number.type() == value::Type::float64) {
    return bytes_of(std::bit_cast<std::uint64_t>(number.as_float64()), sizeof(double), big);
  }
  const std::size_t size = number.is_int32() ? sizeof(std::int32_t) : sizeof(std::int64_t);
  return bytes_of(static_cast<std::uint64_t>(number.as_int64()), size, big);
}

std::uint64_t bits_of(BytesView bytes, bool big) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t from_top = big ? i : bytes.size() - 1 - i;
    bits = (bits << 8U) | static_cast<unsigned char>(bytes[from_top]);
  }
  return bits;
}

Result<Value> to_real(BytesView bytes, bool big) {
  if (bytes.size() == sizeof(float)) {
    return Value::float64(std::bit_cast<float>(static_cast<std::uint32_t>(bits_of(bytes, big))));
  }
  if (bytes.size() != sizeof(double)) return failed("Binary data has no size of a double");
  return Value::float64(std::bit_cast<double>(bits_of(bytes, big)));
}

Result<Value> to_number(BytesView bytes, BsonType to, bool big) {
  if (to == number_double) return to_real(bytes, big);
  const std::size_t most = to == number_int ? sizeof(std::int32_t) : sizeof(std::int64_t);
  if (!std::has_single_bit(bytes.size()) || bytes.size() > most) {
    return failed("Binary data has no size of an integer");
  }
  const std::uint64_t bits = bits_of(bytes, big);
  // The sign is that of the bytes there are.
  const auto unused = static_cast<unsigned>(64 - 8 * bytes.size());
  const std::int64_t number = static_cast<std::int64_t>(bits << unused) >> unused;
  return of_integer(number, to == number_int ? NumberKind::int32 : NumberKind::int64);
}

bool has_bytes(BsonType type) {
  return type == number_int || type == number_long || type == number_double;
}

}  // namespace

bool is_binary_conversion(BsonType from, BsonType to) {
  if (from == binary) return to == string || to == binary || has_bytes(to);
  return to == binary && (from == string || has_bytes(from));
}

Result<Value> convert_binary(const Value& value, const ConversionTarget& to,
                             const BinaryForm& form) {
  const BsonType from = bson_type(value);
  if (from == binary && to.type == binary) {
    if (value.bytes_subtype() != to.subtype) return failed("Conversions between subtypes are none");
    return value;
  }
  if (from == string || to.type == string) {
    TRY(const FormatRow* format, read_format(form.format));
    if (from == string) {
      const auto bytes = format->read(value.as_string(), to.subtype);
      if (!bytes) return failed("Input string is not of the format");
      return data_of(*bytes, to.subtype);
    }
    const auto text = format->write(value);
    if (!text) return failed("Binary data cannot be written in the format");
    return Value::string(*text);
  }
  TRY(const bool big, is_big_endian(form.byte_order));
  if (to.type == binary) return data_of(number_bytes(value, big), to.subtype);
  return to_number(value.as_bytes(), to.type, big);
}

Result<std::uint8_t> read_subtype(const Value& subtype) {
  if (!subtype.is_number()) {
    return error(4341108, "In $convert, 'subtype' must be a number, but is {}",
                 type_alias(subtype));
  }
  const auto number = exact_int32(subtype);
  if (!number) return error(4341106, "In $convert, numeric 'subtype' argument is not an integer");
  constexpr std::int32_t kUserDefined = 128;
  constexpr std::int32_t kMostKnown = 9;
  const bool known =
      (*number >= 0 && *number <= kMostKnown) ||
      (*number >= kUserDefined && *number <= std::numeric_limits<std::uint8_t>::max());
  if (!known) {
    return error(4341107, "In $convert, numeric value for 'subtype' is out of range: {}", *number);
  }
  return static_cast<std::uint8_t>(*number);
}

}  // namespace octavo::mongodb
