// Cells of boxed values: of columns that may hold anything, and where there is no loop of their
// own.

#include <concepts>

#include "protocol/mysql/cell_binary.h"
#include "protocol/mysql/cell_text.h"
#include "protocol/mysql/payload.h"
#include "protocol/mysql/row_encoder.h"
#include "value/decimal.h"
#include "value/json.h"

namespace octavo::mysql {
namespace {

using value::Type;
using value::Value;

template <std::integral T>
void put_integer(Bytes& out, const Column& column, T number) {
  const std::size_t start = out.size();
  put_integer_text(out, number);
  const std::size_t size = out.size() - start;
  if (column.is_zerofilled() && size < column.length) out.insert(start, column.length - size, '0');
}

void put_real(Bytes& out, const Column& column, double number) {
  const bool is_real = column.type == WireType::double_ || column.type == WireType::float_;
  if (is_real && column.decimals < kAnyDecimals) {
    return put_fixed_text(out, number, column.decimals);
  }
  if (column.type == WireType::float_) return put_float_text(out, static_cast<float>(number));
  put_double_text(out, number);
}

// Without its length. A value that SQL has no type for is shown as JSON.
void put_value_text(Bytes& out, const Column& column, const Value& value) {
  switch (value.type()) {
    case Type::boolean: return put_integer_text(out, std::int64_t{value.as_boolean()});
    case Type::int64: return put_integer(out, column, value.as_int64());
    case Type::uint64: return put_integer(out, column, value.as_uint64());
    case Type::float64: return put_real(out, column, value.as_float64());
    case Type::decimal: out += value.as_decimal().to_plain_string(); return;
    case Type::string:
    case Type::symbol: out.append(value.as_string()); return;
    case Type::bytes: out.append(value.as_bytes()); return;
    case Type::date: return put_date_text(out, value.as_date());
    case Type::timestamp:
      return put_datetime_text(out, to_wall_time(value.as_timestamp()), column.decimals);
    case Type::time_of_day:
    case Type::duration: return put_time_text(out, value.as_nanoseconds(), column.decimals);
    default: out += value::to_json(value); return;
  }
}

Status unfit(const Column& column, const Value& value) {
  return sql::error<1815>("column " + column.name + " holds a " +
                          std::string(value::type_name(value.type())));
}

bool put_binary_integer(Bytes& out, std::size_t width, const Value& value) {
  if (value.type() == Type::boolean) {
    put_fixed(out, value.as_boolean() ? 1 : 0, width);
  } else if (value.type() == Type::uint64) {
    put_fixed(out, value.as_uint64(), width);
  } else {
    const auto number = value.is_number() ? value.to_int64() : std::nullopt;
    if (!number) return false;
    put_fixed(out, static_cast<std::uint64_t>(*number), width);
  }
  return true;
}

bool put_binary(Bytes& out, const Column& column, const Value& value) {
  if (const std::size_t width = integer_width(column.type)) {
    return put_binary_integer(out, width, value);
  }
  switch (column.type) {
    case WireType::float_:
      if (!value.is_number()) return false;
      put_float(out, static_cast<float>(value.to_double()));
      return true;
    case WireType::double_:
      if (!value.is_number()) return false;
      put_double(out, value.to_double());
      return true;
    case WireType::date:
      if (value.type() != Type::date) return false;
      put_date(out, value.as_date());
      return true;
    case WireType::datetime:
    case WireType::timestamp:
      if (value.type() != Type::timestamp) return false;
      put_datetime(out, to_wall_time(value.as_timestamp()));
      return true;
    case WireType::time:
      if (value.type() != Type::time_of_day && value.type() != Type::duration) return false;
      put_time(out, value.as_nanoseconds());
      return true;
    default: return false;
  }
}

}  // namespace

Status put_cell(Bytes& out, const Column& column, RowForm form, const Value& value) {
  if (form == RowForm::text || is_text(column.type)) {
    if (value.is_string()) {
      put_text(out, value.as_string());
      return {};
    }
    Bytes text;
    put_value_text(text, column, value);
    put_text(out, text);
    return {};
  }
  if (!put_binary(out, column, value)) return unfit(column, value);
  return {};
}

}  // namespace octavo::mysql
