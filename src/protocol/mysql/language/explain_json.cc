#include "protocol/mysql/language/explain_json.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/sql/convert/json_text.h"

namespace octavo::mysql {
namespace {

using value::Value;

// The columns of EXPLAIN that a document tells.
enum Column : std::size_t { kTable = 2, kType = 4, kKey = 6, kRows = 9, kExtra = 11 };

std::string_view text_of(const Value& row, Column column) {
  const Value& cell = row.as_array()[column];
  return cell.is_string() ? cell.as_string() : std::string_view();
}

Value table_of(const Value& row) {
  value::ObjectBuilder table;
  table.append("table_name", row.as_array()[kTable]);
  table.append("access_type", row.as_array()[kType]);
  if (const Value& key = row.as_array()[kKey]; !key.is_null()) {
    table.append("possible_keys", Value::array({key}));
    table.append("key", key);
  }
  if (const Value& rows = row.as_array()[kRows]; !rows.is_null()) {
    table.append("rows_examined_per_scan", rows);
  }
  table.append("filtered", Value::string("100.00"));
  value::ObjectBuilder out;
  out.append("table", std::move(table).build());
  return std::move(out).build();
}

// `{"table": …}`, or a loop of several.
Value read_of(std::span<const Value> rows) {
  if (rows.size() == 1) return table_of(rows.front());
  std::vector<Value> tables;
  tables.reserve(rows.size());
  for (const Value& row : rows) tables.push_back(table_of(row));
  value::ObjectBuilder out;
  out.append("nested_loop", Value::array(std::move(tables)));
  return std::move(out).build();
}

bool is_sorted(const Value& row) {
  return text_of(row, kExtra).find("Using filesort") != std::string_view::npos;
}

}  // namespace

std::string explain_json(std::span<const Value> rows) {
  value::ObjectBuilder block;
  block.append("select_id", Value::int64(1));
  const bool reads = !rows.empty() && !rows.front().as_array()[kTable].is_null();
  if (!reads) {
    block.append("message", Value::string("No tables used"));
  } else {
    const Value read = read_of(rows);
    const value::Field& part = read.as_object()[0];
    if (std::ranges::any_of(rows, is_sorted)) {
      value::ObjectBuilder ordering;
      ordering.append("using_filesort", Value::boolean(true));
      ordering.append(part.name, part.value);
      block.append("ordering_operation", std::move(ordering).build());
    } else {
      block.append(part.name, part.value);
    }
  }
  value::ObjectBuilder out;
  out.append("query_block", std::move(block).build());
  return sql::print_json_in_lines(std::move(out).build());
}

}  // namespace octavo::mysql
