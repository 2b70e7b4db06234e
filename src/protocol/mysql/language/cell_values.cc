#include "protocol/mysql/language/cell_values.h"

#include <utility>

#include "base/assert.h"
#include "dialect/sql/convert/json_text.h"
#include "dialect/sql/convert/zone.h"

namespace octavo::mysql {
namespace {

using value::Kind;
using value::Type;
using value::Value;

value::SchemaPtr schema_of(std::span<const sql::OutputColumn> columns) {
  std::vector<value::ColumnInfo> infos;
  infos.reserve(columns.size());
  for (const sql::OutputColumn& column : columns) {
    infos.push_back({column.name, value::ColumnType::dynamic(value::Physical::boxed)});
  }
  return std::make_shared<const value::Schema>(std::move(infos));
}

// In the client's character set: bytes that no other part of the way looks at.
Value in_charset(const value::Charset* results, const Value& text) {
  if (results == nullptr || !text.is_string()) return text;
  std::string out;
  // What the set does not have is shown as `?`.
  static_cast<void>(results->from_utf8(text.as_string(), out));
  return Value::bytes(out);
}

}  // namespace

CellValues::Show CellValues::show_of(const value::LogicalType& type) {
  switch (type.kind) {
    case Kind::null:
    case Kind::boolean:
    case Kind::integer:
    case Kind::real:
    case Kind::decimal:
    case Kind::bytes:
    case Kind::date:
    case Kind::time:
    case Kind::datetime:
    case Kind::year:
    case Kind::duration:
    case Kind::uuid:
    case Kind::object_id: return nullptr;
    case Kind::text:
    case Kind::enumeration:
      return [](const Cell& cell, const Value& value) -> Result<Value> {
        return in_charset(cell.results, value);
      };
    case Kind::bits:
      // The bytes of the number, as many as the type has bits for.
      return [](const Cell& cell, const Value& value) -> Result<Value> {
        constexpr unsigned kByteBits = 8;
        const auto number = value.type() == Type::uint64
                                ? value.as_uint64()
                                : static_cast<std::uint64_t>(value.to_int64().value_or(0));
        const unsigned bytes = (cell.type->bits + kByteBits - 1) / kByteBits;
        Bytes out;
        for (unsigned i = bytes; i-- > 0;) {
          out.push_back(static_cast<char>((number >> (i * kByteBits)) & 0xffU));
        }
        return Value::bytes(out);
      };
    case Kind::timestamp:
      return [](const Cell& cell, const Value& value) -> Result<Value> {
        if (value.type() != Type::timestamp) return value;
        return Value::timestamp(sql::local_time(*cell.zone, value.as_timestamp()));
      };
    case Kind::set:
      return [](const Cell& cell, const Value& value) -> Result<Value> {
        if (!value.is_array()) return in_charset(cell.results, value);
        std::string out;
        for (const Value& member : value.as_array()) {
          if (!out.empty()) out.push_back(',');
          if (member.is_string()) out.append(member.as_string());
        }
        return in_charset(cell.results, Value::string(out));
      };
    case Kind::dynamic:
      // A text is itself, all else is shown as JSON.
      return [](const Cell& cell, const Value& value) -> Result<Value> {
        if (value.is_string()) return in_charset(cell.results, value);
        return Value::string(sql::print_json(value));
      };
    case Kind::json:
    case Kind::array:
    case Kind::geometry:
      return [](const Cell&, const Value& value) -> Result<Value> {
        return Value::string(sql::print_json(value));
      };
  }
  return nullptr;
}

CellValues::CellValues(std::span<const sql::OutputColumn> columns, const sql::Settings& settings)
    : schema_(schema_of(columns)) {
  cells_.reserve(columns.size());
  const sql::Zone* zone = sql::find_zone(settings.time_zone);
  ASSERT(zone != nullptr);
  const bool as_they_are = settings.results == nullptr ||
                           settings.results->id == value::CharsetId::utf8mb4 ||
                           settings.results->id == value::CharsetId::binary;
  for (const sql::OutputColumn& column : columns) {
    cells_.push_back({.type = column.type.logical,
                      .show = show_of(*column.type.logical),
                      .results = as_they_are ? nullptr : settings.results,
                      .zone = zone});
  }
}

Result<value::Batch> CellValues::batch(std::span<const Value> rows) const {
  ASSERT(rows.size() <= value::kBatchRows);
  std::vector<value::Vector> vectors;
  vectors.reserve(cells_.size());
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    vectors.push_back(
        value::Vector::flat(value::ColumnType::dynamic(value::Physical::boxed), rows.size()));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_array() || rows[i].as_array().size() != cells_.size()) {
      return fail(Code::corrupt, "A row of a result is no array of its columns.");
    }
    const value::ArrayView row = rows[i].as_array();
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      const Cell& cell = cells_[c];
      if (cell.show == nullptr || row[c].is_null()) {
        vectors[c].fill<Value>()[i] = row[c];
        continue;
      }
      TRY(vectors[c].fill<Value>()[i], cell.show(cell, row[c]));
    }
  }
  return value::Batch(schema_, std::move(vectors), rows.size());
}

// What differs between kinds of numbers, times and so on is told by values alone.
bool CellValues::is_shown_as_it_lies(const Cell& cell, const value::Vector& column) {
  const value::ColumnType& type = column.type();
  if (type.is_dynamic() || !type.type) return false;
  switch (cell.type->kind) {
    case Kind::integer: return *type.type == Type::int64 || *type.type == Type::uint64;
    case Kind::text:
      return *type.type == Type::string && type.physical == value::Physical::text &&
             cell.results == nullptr;
    case Kind::bytes: return *type.type == Type::bytes && type.physical == value::Physical::text;
    default: return false;
  }
}

Result<value::Vector> CellValues::shown(const Cell& cell, const value::Vector& column) {
  auto out = value::Vector::flat(value::ColumnType::dynamic(value::Physical::boxed), column.rows());
  const std::span<Value> values = out.fill<Value>();
  for (std::size_t i = 0; i < column.rows(); ++i) {
    TRY(values[i], column.at(i));
    if (cell.show == nullptr || values[i].is_null()) continue;
    TRY(values[i], cell.show(cell, values[i]));
  }
  return out;
}

Result<value::Batch> CellValues::batch_of(const value::Batch& columns) const {
  std::vector<value::Vector> vectors;
  vectors.reserve(cells_.size());
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    if (is_shown_as_it_lies(cells_[c], columns.column(c))) {
      vectors.push_back(columns.column(c));
      continue;
    }
    TRY(vectors.emplace_back(), shown(cells_[c], columns.column(c)));
  }
  return value::Batch(schema_, std::move(vectors), columns.rows());
}

}  // namespace octavo::mysql
