// BSON's types that JavaScript has not.

#include <charconv>
#include <string>

#include "base/base64.h"
#include "base/crypto.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/javascript/environment.h"
#include "dialect/mongodb/type/decimal128.h"
#include "dialect/mongodb/type/print.h"
#include "value/decimal.h"

namespace octavo::mongodb {
namespace {

using javascript::NativeRow;
using javascript::TypeRow;
using value::Type;
using value::Value;
using Parts = std::span<const Value>;

std::unexpected<Error> bad_parts(std::string_view type) {
  return error(ErrorCode::bad_value, "{} has been made of something else", type);
}

// The text that is the only part; nothing: it is another one.
std::optional<std::string_view> only_text(Parts parts) {
  if (parts.size() != 1 || !parts[0].is_string()) return std::nullopt;
  return parts[0].as_string();
}

Result<std::uint32_t> natural(const Value& number, std::string_view type) {
  if (!number.is_number()) return bad_parts(type);
  const auto whole = number.to_int64();
  if (!whole || *whole < 0 || *whole > 0xffffffffLL) return bad_parts(type);
  return static_cast<std::uint32_t>(*whole);
}

// --- ObjectId: [hexadecimal] ---

std::vector<Value> object_id_parts(const Value& id) { return {Value::string(print_object_id(id))}; }

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Result<Value> object_id_of(Parts parts) {
  constexpr std::size_t kDigits = 24;
  const auto text = only_text(parts);
  if (!text || text->size() != kDigits) return bad_parts("ObjectId");
  std::string bytes;
  for (std::size_t i = 0; i < kDigits; i += 2) {
    const int high = digit_of((*text)[i]);
    const int low = digit_of((*text)[i + 1]);
    if (high < 0 || low < 0) return bad_parts("ObjectId");
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return Value::object_id(bytes);
}

// --- NumberLong: [decimal digits] ---

std::vector<Value> long_parts(const Value& number) {
  return {Value::string(std::to_string(number.as_int64()))};
}

Result<Value> long_of(Parts parts) {
  const auto text = only_text(parts);
  std::int64_t number = 0;
  if (!text) return bad_parts("NumberLong");
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (problem != std::errc() || end != text->data() + text->size()) return bad_parts("NumberLong");
  return Value::int64(number);
}

// --- NumberInt: [number]. What comes from documents is a plain number. ---

Result<Value> int_of(Parts parts) {
  if (parts.size() != 1 || !parts[0].is_number()) return bad_parts("NumberInt");
  const auto whole = parts[0].to_int64();
  if (!whole || *whole != static_cast<std::int32_t>(*whole)) return bad_parts("NumberInt");
  return Value::int32(static_cast<std::int32_t>(*whole));
}

// --- NumberDecimal: [text] ---

std::vector<Value> decimal_parts(const Value& number) {
  return {Value::string(number.as_decimal().to_string())};
}

Result<Value> decimal_of(Parts parts) {
  const auto text = only_text(parts);
  if (!text) return bad_parts("NumberDecimal");
  const auto number = value::Decimal::parse(*text);
  if (!number) return bad_parts("NumberDecimal");
  return Value::decimal(decimal128::round(*number));
}

// --- Timestamp: [seconds, increment] ---

std::vector<Value> stamp_parts(const Value& stamp) {
  return {Value::float64(stamp.log_stamp_seconds()), Value::float64(stamp.log_stamp_increment())};
}

Result<Value> stamp_of(Parts parts) {
  if (parts.size() != 2) return bad_parts("Timestamp");
  TRY(const std::uint32_t seconds, natural(parts[0], "Timestamp"));
  TRY(const std::uint32_t increment, natural(parts[1], "Timestamp"));
  return Value::log_stamp(seconds, increment);
}

// --- BinData: [subtype, base64] ---

std::vector<Value> binary_parts(const Value& binary) {
  const BytesView bytes = binary.as_bytes();
  return {Value::float64(binary.bytes_subtype()),
          Value::string(base64_encode(std::string_view(bytes.data(), bytes.size())))};
}

Result<Value> binary_of(Parts parts) {
  constexpr std::uint32_t kMostSubtype = 255;
  constexpr std::uint32_t kUuid = 4;
  constexpr std::size_t kUuidBytes = 16;
  if (parts.size() != 2 || !parts[1].is_string()) return bad_parts("BinData");
  TRY(const std::uint32_t subtype, natural(parts[0], "BinData"));
  const auto bytes = base64_decode(parts[1].as_string());
  if (!bytes || subtype > kMostSubtype) return bad_parts("BinData");
  if (subtype == kUuid && bytes->size() == kUuidBytes) return Value::uuid(*bytes);
  return Value::bytes(*bytes, static_cast<std::uint8_t>(subtype));
}

// --- Those without parts, and code ---

std::vector<Value> no_parts(const Value& /*value*/) { return {}; }
Result<Value> min_key_of(Parts /*parts*/) { return Value::min_key(); }
Result<Value> max_key_of(Parts /*parts*/) { return Value::max_key(); }

std::vector<Value> code_parts(const Value& code) {
  std::vector<Value> parts{Value::string(code.javascript_code())};
  if (code.javascript_scope() != nullptr) parts.push_back(*code.javascript_scope());
  return parts;
}

Result<Value> code_of(Parts parts) {
  if (parts.empty() || !parts[0].is_string()) return bad_parts("Code");
  const bool scoped = parts.size() > 1 && parts[1].is_object();
  return Value::javascript(parts[0].as_string(),
                           scoped ? std::optional<Value>(parts[1]) : std::nullopt);
}

constexpr TypeRow kTypes[] = {
    {Type::object_id, "ObjectId", object_id_parts, object_id_of},
    {Type::decimal, "NumberDecimal", decimal_parts, decimal_of},
    {Type::log_stamp, "Timestamp", stamp_parts, stamp_of},
    {Type::bytes, "BinData", binary_parts, binary_of},
    {Type::uuid, "BinData", binary_parts},
    {Type::min_key, "MinKey", no_parts, min_key_of},
    {Type::max_key, "MaxKey", no_parts, max_key_of},
    {Type::javascript, "Code", code_parts, code_of},
    {Type::int64, "NumberLong", long_parts, long_of},
    {Type::int64, "NumberInt", nullptr, int_of},
};

// --- Functions ---

Result<Value> hex_md5(Parts arguments) {
  if (arguments.size() != 1 || !arguments[0].is_string()) {
    return error(ErrorCode::bad_value, "hex_md5 takes a string");
  }
  const std::string_view text = arguments[0].as_string();
  const Bytes hash = hash_of(HashKind::md5, BytesView(text.data(), text.size()));
  std::string hex;
  for (const char byte : hash) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return Value::string(hex);
}

// As the shell writes numbers of its own types: the digits of a decimal, of an integer.
Result<Value> decimal_text(Parts arguments) {
  if (arguments.size() != 1 || !arguments[0].is_string()) return bad_parts("NumberDecimal");
  const auto number = value::Decimal::parse(arguments[0].as_string());
  if (!number) return error(ErrorCode::bad_value, "Input is not a valid Decimal128 value.");
  return Value::string(decimal128::round(*number).to_string());
}

Result<Value> decode_base64(Parts arguments) {
  const auto text = only_text(arguments);
  const auto bytes = text ? base64_decode(*text) : std::nullopt;
  if (!bytes) return error(ErrorCode::bad_value, "BinData could not decode base64 parameter");
  std::string hex;
  for (const char byte : *bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return Value::string(hex);
}

Result<Value> encode_base64(Parts arguments) {
  const auto hex = only_text(arguments);
  std::string bytes;
  for (std::size_t i = 0; hex && i + 1 < hex->size(); i += 2) {
    const int high = digit_of((*hex)[i]);
    const int low = digit_of((*hex)[i + 1]);
    if (high < 0 || low < 0) return error(ErrorCode::bad_value, "HexData needs hexadecimal digits");
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  if (!hex || hex->size() % 2 != 0) {
    return error(ErrorCode::bad_value, "HexData needs an even number of digits");
  }
  return Value::string(base64_encode(bytes));
}

constexpr NativeRow kNatives[] = {
    {"hexMd5", hex_md5},
    {"decimalText", decimal_text},
    {"hexOfBase64", decode_base64},
    {"base64OfHex", encode_base64},
};

}  // namespace

std::span<const TypeRow> script_types() { return kTypes; }

std::span<const NativeRow> script_natives() { return kNatives; }

}  // namespace octavo::mongodb
