// Cells of boxed values: of columns that may hold anything, and where there is no loop of their
// own.

#include "protocol/mysql/cell_binary.h"
#include "protocol/mysql/cell_text.h"
#include "protocol/mysql/payload.h"
#include "protocol/mysql/row_encoder.h"

namespace octavo::mysql {
namespace {

using value::Type;
using value::Value;

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
      put_date(out, sql::day_of(value.as_date()));
      return true;
    case WireType::datetime:
    case WireType::timestamp:
      if (value.type() != Type::timestamp) return false;
      put_datetime(out, sql::datetime_of(by_its_clock(value.as_timestamp())));
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
