#include "statistics/stored.h"

#include <algorithm>
#include <utility>

#include "base/checksum.h"
#include "value/document.h"

namespace octavo::statistics {
namespace {

using value::Value;

// "statistics" in four letters, and the version of what follows.
constexpr std::uint64_t kMark = 0x0000'0001'5441'5453;

std::unexpected<Error> unreadable() {
  return fail(Code::corrupt, "The statistics of tables cannot be read.");
}

Value names_value(const std::vector<std::string>& names) {
  std::vector<Value> values;
  for (const std::string& name : names) values.push_back(Value::string(name));
  return Value::array(std::move(values));
}

Value column_value(const Column& column) {
  std::vector<Value> common;
  for (const CommonValue& each : column.common) {
    common.push_back(Value::array({each.value, Value::float64(each.share)}));
  }
  return Value::array({Value::string(column.name), Value::float64(column.distinct),
                       Value::float64(column.null_share), Value::float64(column.value_bytes),
                       Value::array(std::move(common)), Value::array(column.bounds)});
}

Value table_value(TableId id, const Table& table) {
  std::vector<Value> columns;
  for (const Column& column : table.columns) columns.push_back(column_value(column));
  std::vector<Value> together;
  for (const Columns& each : table.together) {
    together.push_back(Value::array({names_value(each.names), Value::float64(each.distinct)}));
  }
  return Value::array({Value::uint64(raw(id)), Value::string(table.uuid), Value::uint64(table.rows),
                       Value::int64(table.made_at_ns), Value::array(std::move(columns)),
                       Value::array(std::move(together))});
}

// An array of so many elements; nothing: it is another value.
std::optional<value::ArrayView> parts_of(const Value& value, std::size_t count) {
  if (!value.is_array() || value.as_array().size() != count) return std::nullopt;
  return value.as_array();
}

bool is_real(const Value& value) { return value.type() == value::Type::float64; }

std::optional<Column> column_of(const Value& value) {
  const auto parts = parts_of(value, 6);
  if (!parts) return std::nullopt;
  const Value& name = (*parts)[0];
  const Value& distinct = (*parts)[1];
  const Value& nulls = (*parts)[2];
  const Value& bytes = (*parts)[3];
  if (!name.is_string() || !is_real(distinct) || !is_real(nulls) || !is_real(bytes) ||
      !(*parts)[4].is_array() || !(*parts)[5].is_array()) {
    return std::nullopt;
  }
  Column column{.name = std::string(name.as_string()),
                .distinct = distinct.as_float64(),
                .null_share = nulls.as_float64(),
                .value_bytes = bytes.as_float64()};
  for (const Value& each : (*parts)[4].as_array()) {
    const auto common = parts_of(each, 2);
    if (!common || !is_real((*common)[1])) return std::nullopt;
    column.common.push_back({(*common)[0], (*common)[1].as_float64()});
  }
  const auto bounds = (*parts)[5].as_array();
  column.bounds.assign(bounds.begin(), bounds.end());
  return column;
}

std::optional<Columns> columns_of(const Value& value) {
  const auto parts = parts_of(value, 2);
  if (!parts || !(*parts)[0].is_array() || !is_real((*parts)[1])) return std::nullopt;
  Columns columns{.names = {}, .distinct = (*parts)[1].as_float64()};
  for (const Value& name : (*parts)[0].as_array()) {
    if (!name.is_string()) return std::nullopt;
    columns.names.emplace_back(name.as_string());
  }
  return columns;
}

std::optional<std::pair<TableId, TablePointer>> table_of(const Value& value) {
  const auto parts = parts_of(value, 6);
  if (!parts) return std::nullopt;
  const auto id = (*parts)[0].to_int64();
  const auto rows = (*parts)[2].to_int64();
  const auto made_at = (*parts)[3].to_int64();
  if (!id || !rows || !made_at || !(*parts)[1].is_string() || !(*parts)[4].is_array() ||
      !(*parts)[5].is_array()) {
    return std::nullopt;
  }
  Table table{.uuid = std::string((*parts)[1].as_string()),
              .rows = static_cast<std::uint64_t>(*rows),
              .made_at_ns = *made_at};
  for (const Value& each : (*parts)[4].as_array()) {
    auto column = column_of(each);
    if (!column) return std::nullopt;
    table.columns.push_back(*std::move(column));
  }
  for (const Value& each : (*parts)[5].as_array()) {
    auto columns = columns_of(each);
    if (!columns) return std::nullopt;
    table.together.push_back(*std::move(columns));
  }
  return std::pair(TableId{static_cast<std::uint64_t>(*id)},
                   std::make_shared<const Table>(std::move(table)));
}

}  // namespace

Bytes encode(const Tables& tables) {
  Bytes content;
  for (const auto& [id, table] : tables) {
    Bytes document;
    if (!value::encode_document(table_value(id, *table), document)) continue;
    put_length_prefixed(content, document);
  }
  Bytes out;
  put_le(out, kMark);
  put_le(out, crc32c(content));
  return out + content;
}

Result<Tables> decode(BytesView bytes) {
  ByteReader reader(bytes);
  const auto mark = reader.get_le<std::uint64_t>();
  const auto checksum = reader.get_le<std::uint32_t>();
  if (mark != kMark || checksum != crc32c(reader.rest())) return unreadable();
  Tables tables;
  while (!reader.empty()) {
    const auto document = reader.get_length_prefixed();
    if (!document) return unreadable();
    TRY(const Value value, value::decode_document(*document));
    auto table = table_of(value);
    if (!table) return unreadable();
    tables.insert(*std::move(table));
  }
  return tables;
}

}  // namespace octavo::statistics
