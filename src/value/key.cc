#include "value/key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "value/decimal.h"
#include "value/key_bytes.h"
#include "value/number.h"
#include "value/type_table.h"

namespace octavo::value {

using key_bytes::put_flipped;
using key_bytes::put_number;
using key_bytes::put_text;

namespace {

// The order of doubles as an unsigned integer. Negative numbers mirror positive ones by
// subtraction, so that trailing zero bits stay zero, and zero has one image.
std::uint64_t ordered_bits(double value) {
  if (std::isnan(value)) return 0;
  const std::uint64_t magnitude = std::bit_cast<std::uint64_t>(value) & ~key_bytes::kSignBit;
  return std::signbit(value) ? key_bytes::kSignBit - magnitude : key_bytes::kSignBit + magnitude;
}

// Groups of seven bits, highest first, each with a bit that says whether anything nonzero
// follows; `more` says that something follows after the last.
void put_bits(Bytes& out, std::uint64_t bits, bool more) {
  char buffer[key_bytes::kMaxNumberGroups];
  std::size_t size = 0;
  do {
    const std::uint64_t group = bits >> 57;
    bits <<= 7;
    buffer[size++] = static_cast<char>((group << 1) | (bits != 0 || more ? 1 : 0));
  } while (size < key_bytes::kMaxNumberGroups && (bits != 0 || more));
  out.append(buffer, size);
}

Decimal decimal_of(const Value& number) {
  switch (number.type()) {
    case Type::int64: return Decimal::from_int64(number.as_int64());
    case Type::uint64: return Decimal::from_uint64(number.as_uint64());
    default: return number.as_decimal();
  }
}

// A number between two doubles: after the lower one come its own decimal digits, two to a byte,
// after their exponent. All numbers that share the lower double share its sign.
void put_exact_digits(Bytes& out, const Decimal& number) {
  const std::size_t start = out.size();
  std::string digits = number.digit_text();
  const auto exponent = static_cast<std::uint16_t>(number.exponent() + key_bytes::kExponentBias);
  put_be(out, exponent);
  while (digits.back() == '0') digits.pop_back();
  if (digits.size() % 2 != 0) digits.push_back('0');
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    out.push_back(static_cast<char>((digits[i] - '0') * 10 + (digits[i + 1] - '0') + 1));
  }
  out.push_back(0);
  if (number.is_negative()) key_bytes::invert(out, start);
}

}  // namespace

namespace key_bytes {

void put_flipped(Bytes& out, std::int64_t value) {
  put_be(out, static_cast<std::uint64_t>(value) ^ key_bytes::kSignBit);
}

void put_text(Bytes& out, std::string_view text) {
  while (!text.empty()) {
    const auto* zero = static_cast<const char*>(std::memchr(text.data(), 0, text.size()));
    if (zero == nullptr) {
      out.append(text);
      break;
    }
    const auto run = static_cast<std::size_t>(zero - text.data()) + 1;
    out.append(text.substr(0, run));
    out.push_back(key_bytes::kEscapedZero);
    text.remove_prefix(run);
  }
  out.push_back(0);
  out.push_back(key_bytes::kEndOfText);
}

void put_number(Bytes& out, const Value& number) {
  if (number.type() == Type::int64) {
    const std::int64_t integer = number.as_int64();
    if (integer >= -(1LL << 53) && integer <= (1LL << 53)) {
      return put_bits(out, ordered_bits(static_cast<double>(integer)), false);
    }
  }
  const FloorDouble floor = floor_double(number);
  put_bits(out, ordered_bits(floor.value), !floor.exact);
  if (!floor.exact) put_exact_digits(out, decimal_of(number));
}

}  // namespace key_bytes

namespace {

void put_value(Bytes& out, const Value& value) {
  const unsigned char tag = row_of(value.type()).key_tag;
  out.push_back(static_cast<char>(tag));
  switch (value.type()) {
    case Type::null:
    case Type::min_key:
    case Type::max_key:
    case Type::undefined: return;
    case Type::boolean: out.back() = static_cast<char>(tag + (value.as_boolean() ? 1 : 0)); return;
    case Type::int64:
    case Type::uint64:
    case Type::float64:
    case Type::decimal: return put_number(out, value);
    case Type::string:
    case Type::symbol: return put_text(out, value.as_string());
    case Type::bytes: return put_text(out, value.as_bytes());
    case Type::uuid:
    case Type::object_id: out.append(value.as_bytes()); return;
    case Type::timestamp: {
      const Timestamp time = value.as_timestamp();
      put_flipped(out, time.seconds);
      put_be(out, time.nanoseconds);
      return;
    }
    case Type::date: put_flipped(out, value.as_date()); return;
    case Type::time_of_day:
    case Type::duration: put_flipped(out, value.as_nanoseconds()); return;
    case Type::array:
      for (const Value& element : value.as_array()) put_value(out, element);
      out.push_back(key_bytes::kEnd);
      return;
    case Type::object:
    case Type::geometry:
      for (const Field& field : value.as_object()) {
        out.push_back(key_bytes::kField);
        put_text(out, field.name);
        put_value(out, field.value);
      }
      out.push_back(key_bytes::kEnd);
      return;
    case Type::regex:
      put_text(out, value.regex_pattern());
      put_text(out, value.regex_options());
      return;
    case Type::javascript:
      put_text(out, value.javascript_code());
      out.push_back(value.javascript_scope() != nullptr ? key_bytes::kField : key_bytes::kEnd);
      if (value.javascript_scope() != nullptr) put_value(out, *value.javascript_scope());
      return;
    case Type::log_stamp:
      put_be(out, value.log_stamp_seconds());
      put_be(out, value.log_stamp_increment());
      return;
  }
}

}  // namespace

void encode_key(const Value& value, Bytes& out, KeyOrder order) {
  const std::size_t start = out.size();
  put_value(out, value);
  if (order == KeyOrder::descending) key_bytes::invert(out, start);
}

Bytes encoded_key(const Value& value) {
  Bytes key;
  encode_key(value, key);
  return key;
}

}  // namespace octavo::value
