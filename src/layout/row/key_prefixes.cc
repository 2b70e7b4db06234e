#include "layout/row/key_prefixes.h"

#include <algorithm>
#include <span>
#include <utility>

#include "index/multi_option.h"
#include "value/key.h"

namespace octavo::layout {
namespace {

using catalog::ColumnDefinition;
using catalog::IndexDefinition;
using catalog::TableDefinition;
using value::Value;

// Texts have keys of their collation in an index, and not in the primary key.
bool is_the_same_in_both(const TableDefinition& table, ColumnId id) {
  const ColumnDefinition* const column = table.find_column(id);
  return column != nullptr && column->type->kind == value::Kind::integer;
}

bool begins_primary_key(const TableDefinition& table, const IndexDefinition& index) {
  const auto& whole = table.key_columns;
  if (index.kind != catalog::kOrderedIndex || index.unique || index::is_multi(index.options) ||
      index.parts.empty() || index.parts.size() >= whole.size()) {
    return false;
  }
  for (std::size_t i = 0; i < index.parts.size(); ++i) {
    const catalog::IndexPart& part = index.parts[i];
    if (part.column != whole[i] || part.prefix != 0 || !is_the_same_in_both(table, part.column)) {
      return false;
    }
  }
  return true;
}

// Of a primary key, which is an array, no more than what it begins with.
index::EntryRange range_of(std::span<const Value> first) {
  static const Bytes kEmpty = value::encoded_key(Value::array({}));
  index::EntryRange range{.lower = kEmpty, .upper = {}};
  range.lower.pop_back();  // the end of the array
  for (const Value& part : first) value::encode_key(part, range.lower);
  range.upper = range.lower;
  range.upper.push_back('\xff');  // behind all that can follow
  return range;
}

}  // namespace

std::optional<std::vector<index::EntryRange>> prefixes_of_keys(const TableDefinition& table,
                                                               const algebra::Scan& scan) {
  const auto* const set = std::get_if<algebra::KeySet>(&scan.keys);
  const IndexDefinition* const index =
      set == nullptr || !scan.index ? nullptr : table.find_index(*scan.index);
  if (index == nullptr || !begins_primary_key(table, *index)) return std::nullopt;
  const std::size_t parts = index->parts.size();
  std::vector<index::EntryRange> ranges;
  ranges.reserve(set->keys.size());
  for (const Value& key : set->keys) {
    if (parts == 1) {
      ranges.push_back(range_of(std::span(&key, 1)));
      continue;
    }
    if (!key.is_array() || key.as_array().size() != parts) return std::nullopt;
    const auto elements = key.as_array();
    ranges.push_back(range_of(std::vector<Value>(elements.begin(), elements.end())));
  }
  return ranges;
}

std::optional<algebra::Scan> scan_of_values(const TableDefinition& table, std::string_view column,
                                            std::vector<Value> values) {
  const ColumnDefinition* const declared = table.find_column(column);
  if (declared == nullptr || declared->type->kind != value::Kind::integer) return std::nullopt;
  algebra::Scan scan{.table = table.id,
                     .keys = algebra::KeySet{std::move(values)},
                     .order = algebra::Direction::ascending};
  if (table.primary_key == column) return scan;
  const auto index = std::ranges::find_if(table.indexes, [&](const IndexDefinition& each) {
    return each.ready && each.parts.size() == 1 && each.parts.front().column == declared->id &&
           begins_primary_key(table, each);
  });
  if (index == table.indexes.end()) return std::nullopt;
  scan.index = index->id;
  return scan;
}

}  // namespace octavo::layout
