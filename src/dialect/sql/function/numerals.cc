// Numbers written in other bases and with separators, bytes in hexadecimal, and counts over bits.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/text.h"
#include "dialect/sql/function/charsets.h"
#include "dialect/sql/function/named.h"

namespace octavo::sql {
namespace {

using value::Decimal;
using value::Value;

enum Operation : std::uint16_t {
  kConv = operation_block::kNumeric + 60,  // (text, from, to)
  kHexNumber,                              // (integer)
  kHexString,                              // (text or bytes, collation)
  kUnhex,                                  // (text or bytes)
  kFormat,                                 // (decimal, digits)
  kBitCount,                               // (integer or bytes)
  kCrc32,                                  // (text or bytes, collation)
};

constexpr int kMaxFormatDigits = 30;

// What the digits at the front of the text are in a base; the greatest where there are too many.
std::uint64_t read_digits(std::string_view text, unsigned base, std::uint64_t most) {
  std::uint64_t number = 0;
  for (const char c : text) {
    unsigned digit = 99;
    if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'z') digit = static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'Z') digit = static_cast<unsigned>(c - 'A') + 10;
    if (digit >= base) break;
    if (number > (most - digit) / base) return most;
    number = number * base + digit;
  }
  return number;
}

std::string write_digits(std::uint64_t number, unsigned base) {
  std::string text;
  do {
    text.push_back("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % base]);
    number /= base;
  } while (number != 0);
  std::ranges::reverse(text);
  return text;
}

bool is_base(std::int64_t base) { return (base >= 2 && base <= 36) || (base >= -36 && base <= -2); }

// A negative base: numbers have a sign.
Result<Value> conv(const SingleCall&, Args args) {
  TRY(std::string_view text, string_at(args, 0));
  TRY(const std::int64_t from, integer_at(args, 1));
  TRY(const std::int64_t to, integer_at(args, 2));
  if (!is_base(from) || !is_base(to) || text.empty()) return Value();
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  constexpr auto kMostSigned = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const std::uint64_t most =
      from > 0 ? std::numeric_limits<std::uint64_t>::max() : kMostSigned + (minus ? 1 : 0);
  std::uint64_t number = read_digits(text, static_cast<unsigned>(std::abs(from)), most);
  if (minus) number = 0 - number;
  const bool shown_minus = to < 0 && (number >> 63U) != 0;
  if (shown_minus) number = 0 - number;
  const std::string digits = write_digits(number, static_cast<unsigned>(std::abs(to)));
  return Value::string(shown_minus ? "-" + digits : digits);
}

std::string upper_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back("0123456789ABCDEF"[byte >> 4U]);
    text.push_back("0123456789ABCDEF"[byte & 0xfU]);
  }
  return text;
}

Result<Value> hex_number(const SingleCall&, Args args) {
  TRY(const std::uint64_t bits, bits_at(args, 0));
  return Value::string(write_digits(bits, 16));
}

Result<Value> hex_string(const SingleCall& call, Args args) {
  TRY(const Bytes bytes, encoded_at(args, 0, 1));
  TRY_STATUS(call.context.require(2 * bytes.size()));
  return Value::string(upper_hex(bytes));
}

Result<Value> unhex(const SingleCall&, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  const auto bytes = parse_hex(text.size() % 2 == 0 ? Bytes(text) : "0" + Bytes(text));
  return bytes ? Value::bytes(*bytes) : Value();
}

Result<Value> format(const SingleCall& call, Args args) {
  TRY(const std::int64_t wanted, integer_at(args, 1));
  const auto digits = static_cast<int>(std::clamp<std::int64_t>(wanted, 0, kMaxFormatDigits));
  TRY(const Decimal number, decimal_at(args, 0));
  // A double's digits are those of its shortest form.
  auto rounded =
      number.rescale(std::min(digits, std::max(number.scale(), 0)), value::Rounding::half_up);
  if (rounded) rounded = rounded->rescale(digits, value::Rounding::down);
  if (!rounded) return out_of_range(call, "DECIMAL");
  const std::string plain = decimal_value(*rounded).as_decimal().to_plain_string();
  const std::size_t begin = plain.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(plain.find('.'), plain.size());
  std::string text = plain.substr(0, begin);
  for (std::size_t i = begin; i < point; ++i) {
    if (i > begin && (point - i) % 3 == 0) text.push_back(',');
    text.push_back(plain[i]);
  }
  return Value::string(text + plain.substr(point));
}

Result<Value> bit_count(const SingleCall&, Args args) {
  if (args[0].type() == value::Type::bytes) {
    std::int64_t count = 0;
    for (const char c : args[0].as_bytes()) count += std::popcount(static_cast<unsigned char>(c));
    return integer(count);
  }
  TRY(const std::uint64_t bits, bits_at(args, 0));
  return integer(std::popcount(bits));
}

// CRC-32 of ISO 3309, which is not the one that our files have (base/checksum.h).
constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb8'8320U : 0);
    table[i] = crc;
  }
  return table;
}();

Result<Value> crc32(const SingleCall&, Args args) {
  TRY(const Bytes bytes, encoded_at(args, 0, 1));
  std::uint32_t crc = 0xffff'ffffU;
  for (const char c : bytes) {
    crc = (crc >> 8U) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xffU];
  }
  return integer(crc ^ 0xffff'ffffU);
}

constexpr OperationRow kOperations[] = {
    strict(kConv, "sql.conv", 3, conv),
    strict(kHexNumber, "sql.hex_number", 1, hex_number, "hex"),
    strict(kHexString, "sql.hex_string", 2, hex_string, "hex"),
    strict(kUnhex, "sql.unhex", 1, unhex),
    strict(kFormat, "sql.format", 2, format),
    strict(kBitCount, "sql.bit_count", 1, bit_count),
    strict(kCrc32, "sql.crc32", 2, crc32),
};

Result<Typed> bind_conv(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  TRY_STATUS(call.to_integer(1));
  TRY_STATUS(call.to_integer(2));
  return call.make(kConv, session_text(call, 65));
}

// CONV(x, 10, base)
template <int kBase>
Result<Typed> bind_in_base(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kConv, session_text(call, 65), {integer(10), integer(kBase)});
}

Result<Typed> bind_hex(CallBinder& call) {
  if (!call.type(0).is_number()) {
    TRY_STATUS(call.to_string(0));
    const Type type = never_null(session_text(call, doubled(call.type(0).width)));
    return call.make(kHexString, type, {collation_constant(call.type(0).collation())});
  }
  TRY_STATUS(call.to_integer(0));
  return call.make(kHexNumber, never_null(session_text(call, 16)));
}

Result<Typed> bind_unhex(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kUnhex, bytes_type((call.type(0).width + 1) / 2));
}

Result<Typed> bind_format(CallBinder& call) {
  TRY_STATUS(to_plain_number(call, 0));
  TRY_STATUS(call.to_integer(1));
  if (call.size() > 2) {
    TRY_STATUS(call.to_text(2));
    const Value* locale = call.constant(2);
    if (locale == nullptr) return call.not_supported();
    if (!locale->is_string() || !equals_ignoring_case(locale->as_string(), "en_US")) {
      const std::string_view name = locale->is_string() ? locale->as_string() : "NULL";
      warn(call.context().constants, error<1649>(name).error());
    }
  }
  std::vector<Typed> arguments{call[0], call[1]};
  return call.make_of(kFormat, std::move(arguments), session_text(call, 110));
}

Result<Typed> bind_bit_count(CallBinder& call) {
  if (call.type(0).kind() != Kind::bytes) TRY_STATUS(call.to_integer(0));
  return call.make(kBitCount, never_null(big_integer(false, 2)));
}

Result<Typed> bind_crc32(CallBinder& call) {
  TRY_STATUS(call.to_string(0));
  return call.make(kCrc32, never_null(big_integer(true, 10)),
                   {collation_constant(call.type(0).collation())});
}

constexpr NameRow kNames[] = {
    {"BIN", 1, 1, bind_in_base<2>}, {"BIT_COUNT", 1, 1, bind_bit_count}, {"CONV", 3, 3, bind_conv},
    {"CRC32", 1, 1, bind_crc32},    {"FORMAT", 2, 3, bind_format},       {"HEX", 1, 1, bind_hex},
    {"OCT", 1, 1, bind_in_base<8>}, {"UNHEX", 1, 1, bind_unhex},
};

}  // namespace

std::span<const OperationRow> numeral_operations() { return kOperations; }
std::span<const NameRow> numeral_names() { return kNames; }

}  // namespace octavo::sql
