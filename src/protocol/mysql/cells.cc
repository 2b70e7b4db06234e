// From vectors to cells: the kind of vector is looked at once, and then there is one loop over
// rows.

#include <algorithm>
#include <concepts>
#include <utility>

#include "base/assert.h"
#include "dialect/sql/convert/number_text.h"
#include "dialect/sql/convert/time_text.h"
#include "protocol/mysql/cell_binary.h"
#include "protocol/mysql/cell_text.h"
#include "protocol/mysql/payload.h"
#include "protocol/mysql/row_encoder.h"

namespace octavo::mysql {
namespace {

using value::Physical;
using value::Type;

struct Target {
  const Column& column;
  RowForm form;
  Cells& cells;

  void null() const {
    if (form == RowForm::text) cells.bytes.push_back(kNullCell);
    end(1);
  }
  void end(std::uint8_t null) const {
    cells.ends.push_back(cells.bytes.size());
    cells.nulls.push_back(null);
  }
};

// `put(bytes, value)` for the value of each row that has one.
template <class T, class Put>
void each(const value::Vector& vector, std::span<const std::uint16_t> rows, const Target& target,
          Put&& put) {
  const value::VectorView<T> view = vector.view<T>();
  for (const std::uint16_t row : rows) {
    if (!view.has(row)) {
      target.null();
      continue;
    }
    put(target.cells.bytes, view[row]);
    target.end(0);
  }
}

// A text below 251 bytes with its length in front, written in place.
template <class Put>
void put_short(Bytes& out, Put&& put) {
  const std::size_t start = out.size();
  out.push_back('\0');
  put(out);
  const std::size_t size = out.size() - start - 1;
  ASSERT(size < static_cast<std::uint8_t>(kNullCell));
  out[start] = static_cast<char>(size);
}

// The loops. Each says whether there is one for this vector and this column. Numbers that are
// padded or rounded to be shown have none.
template <std::integral T>
bool integers(const value::Vector& vector, std::span<const std::uint16_t> rows,
              const Target& target) {
  using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
  if (target.form == RowForm::text) {
    if (target.column.is_zerofilled()) return false;
    each<T>(vector, rows, target, [](Bytes& out, T number) {
      put_short(out, [number](Bytes& text) { put_integer_text(text, Wide{number}); });
    });
    return true;
  }
  const std::size_t width = integer_width(target.column.type);
  if (width == 0) return false;
  each<T>(vector, rows, target, [width](Bytes& out, T number) {
    put_fixed(out, static_cast<std::uint64_t>(Wide{number}), width);
  });
  return true;
}

template <std::floating_point T>
bool reals(const value::Vector& vector, std::span<const std::uint16_t> rows, const Target& target) {
  if (target.form == RowForm::text) {
    if (target.column.shown != nullptr && target.column.shown->precision != 0) return false;
    if (target.column.type == WireType::float_) {
      each<T>(vector, rows, target,
              [](Bytes& out, T number) { put_text(out, sql::print_float(number)); });
    } else {
      each<T>(vector, rows, target,
              [](Bytes& out, T number) { put_text(out, sql::print_double(number)); });
    }
    return true;
  }
  if (target.column.type == WireType::double_) {
    each<T>(vector, rows, target, [](Bytes& out, T number) { put_double(out, number); });
    return true;
  }
  if (target.column.type == WireType::float_) {
    each<T>(vector, rows, target,
            [](Bytes& out, T number) { put_float(out, static_cast<float>(number)); });
    return true;
  }
  return false;
}

template <class T>
bool decimals(const value::Vector& vector, std::span<const std::uint16_t> rows,
              const Target& target) {
  const std::uint8_t scale = vector.type().scale;
  if (target.form == RowForm::binary && target.column.type != WireType::decimal) return false;
  each<T>(vector, rows, target, [scale](Bytes& out, T number) {
    put_short(out, [number, scale](Bytes& text) { put_decimal_text(text, number, scale); });
  });
  return true;
}

bool texts(const value::Vector& vector, std::span<const std::uint16_t> rows, const Target& target) {
  if (target.form == RowForm::binary && !is_text(target.column.type)) return false;
  each<value::StringRef>(vector, rows, target, [](Bytes& out, const value::StringRef& text) {
    put_text(out, text.view());
  });
  return true;
}

bool dates(const value::Vector& vector, std::span<const std::uint16_t> rows, const Target& target) {
  if (target.form == RowForm::text) {
    each<std::int32_t>(vector, rows, target, [](Bytes& out, std::int32_t number) {
      put_text(out, sql::print_date(number));
    });
    return true;
  }
  if (target.column.type != WireType::date) return false;
  each<std::int32_t>(vector, rows, target,
                     [](Bytes& out, std::int32_t number) { put_date(out, sql::day_of(number)); });
  return true;
}

int digits_of(const Column& column) {
  constexpr int kMostDigits = 6;
  return std::min<int>(column.decimals, kMostDigits);
}

// Instants without a zone, in 10^-precision seconds.
bool instants(const value::Vector& vector, std::span<const std::uint16_t> rows,
              const Target& target) {
  const WireType type = target.column.type;
  const int digits = digits_of(target.column);
  const std::uint8_t precision = vector.type().precision;
  const bool fits =
      target.form == RowForm::text || type == WireType::datetime || type == WireType::timestamp;
  if (!fits) return false;
  each<std::int64_t>(vector, rows, target, [&](Bytes& out, std::int64_t ticks) {
    const value::Timestamp at = from_ticks(ticks, precision);
    if (target.form == RowForm::binary) return put_datetime(out, sql::datetime_of(at));
    put_text(out, sql::print_datetime(at, digits));
  });
  return true;
}

bool spans(const value::Vector& vector, std::span<const std::uint16_t> rows, const Target& target) {
  const int digits = digits_of(target.column);
  if (target.form == RowForm::binary && target.column.type != WireType::time) return false;
  each<std::int64_t>(vector, rows, target, [&](Bytes& out, std::int64_t nanoseconds) {
    if (target.form == RowForm::binary) return put_time(out, nanoseconds);
    put_text(out, sql::print_time(nanoseconds, digits));
  });
  return true;
}

bool numbers(const value::Vector& vector, std::span<const std::uint16_t> rows,
             const Target& target) {
  return value::visit_physical(vector.type().physical, [&]<class T>(const T&) {
    if constexpr (std::integral<T> && sizeof(T) <= sizeof(std::int64_t)) {
      return integers<T>(vector, rows, target);
    } else if constexpr (std::floating_point<T>) {
      return reals<T>(vector, rows, target);
    } else {
      return false;
    }
  });
}

// Whether there was a loop.
bool typed(const value::Vector& vector, std::span<const std::uint16_t> rows, const Target& target) {
  const value::ColumnType& type = vector.type();
  if (type.is_dynamic()) return false;
  switch (*type.type) {
    case Type::boolean:
    case Type::int64:
    case Type::uint64:
    case Type::float64: return numbers(vector, rows, target);
    case Type::decimal:
      if (type.physical == Physical::int64) return decimals<std::int64_t>(vector, rows, target);
      if (type.physical == Physical::int128) return decimals<value::Int128>(vector, rows, target);
      return false;
    case Type::string:
    case Type::bytes: return type.physical == Physical::text && texts(vector, rows, target);
    case Type::date: return type.physical == Physical::int32 && dates(vector, rows, target);
    case Type::timestamp: return type.physical == Physical::int64 && instants(vector, rows, target);
    case Type::time_of_day:
    case Type::duration: return type.physical == Physical::int64 && spans(vector, rows, target);
    default: return false;
  }
}

}  // namespace

Status encode_cells(const Column& column, RowForm form, const value::Vector& vector,
                    std::span<const std::uint16_t> rows, Cells& cells) {
  const Target target{column, form, cells};
  if (typed(vector, rows, target)) return {};
  for (const std::uint16_t row : rows) {
    const Result<value::Value> boxed = vector.at(row);
    if (!boxed) return std::unexpected(sql::with_number(boxed.error()));
    if (boxed->is_null()) {
      target.null();
      continue;
    }
    TRY_STATUS(put_cell(cells.bytes, column, form, *boxed));
    target.end(0);
  }
  return {};
}

}  // namespace octavo::mysql
