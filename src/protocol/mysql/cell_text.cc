#include "protocol/mysql/cell_text.h"

#include <array>
#include <charconv>

#include "base/assert.h"
#include "dialect/sql/convert/value.h"
#include "protocol/mysql/cell_binary.h"

namespace octavo::mysql {
namespace {

using value::Type;
using value::Value;

constexpr std::size_t kMaxNumberBytes = 24;

template <class T>
void put_chars(Bytes& out, T number) {
  char text[kMaxNumberBytes];
  const auto [end, error] = std::to_chars(text, text + sizeof text, number);
  ASSERT(error == std::errc());
  out.append(text, end);
}

}  // namespace

void put_integer_text(Bytes& out, std::int64_t number) { put_chars(out, number); }
void put_integer_text(Bytes& out, std::uint64_t number) { put_chars(out, number); }

void put_decimal_text(Bytes& out, value::Int128 number, std::uint8_t scale) {
  constexpr std::size_t kMost = 48;
  ASSERT(scale < kMost - 2);
  std::array<char, kMost> text;
  std::size_t at = kMost;
  const bool negative = number < 0;
  auto rest = negative ? -static_cast<value::Uint128>(number) : static_cast<value::Uint128>(number);
  for (std::size_t digits = 0; rest != 0 || digits <= scale; ++digits) {
    if (digits == scale && scale > 0) text[--at] = '.';
    text[--at] = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) text[--at] = '-';
  out.append(text.data() + at, kMost - at);
}

void put_value_text(Bytes& out, const Column& column, const Value& value) {
  switch (value.type()) {
    // Also of columns of other types: then it is what they show already.
    case Type::string:
    case Type::symbol: out.append(value.as_string()); return;
    case Type::bytes: out.append(value.as_bytes()); return;
    case Type::int64:
      if (!column.is_zerofilled()) return put_integer_text(out, value.as_int64());
      break;
    case Type::timestamp: {
      const Value at = Value::timestamp(by_its_clock(value.as_timestamp()));
      out += column.shown == nullptr ? sql::plain_text(at) : sql::text_of(at, *column.shown);
      return;
    }
    default: break;
  }
  out += column.shown == nullptr ? sql::plain_text(value) : sql::text_of(value, *column.shown);
}

}  // namespace octavo::mysql
