// Keys of a table draft.

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/define/draft.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/print/print.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::IndexDefinition;
using catalog::IndexPart;
using value::Kind;
using value::LogicalType;
using value::Value;

constexpr std::string_view kPrimary = "PRIMARY";
constexpr std::size_t kMaxKeyComment = 1024;

bool is_string(const LogicalType& type) {
  return type.kind == Kind::text || type.kind == Kind::bytes;
}

bool needs_prefix(const LogicalType& type) {
  return is_string(type) && type.extent == value::Extent::large;
}

// Characters or bytes of which a prefix is.
std::uint32_t length_of(const LogicalType& type) {
  if (type.kind != Kind::text || type.extent != value::Extent::large) return type.length;
  return type.length / value::charset_of(type.collation->charset).most_bytes;
}

Value words_of(const KeyOptions& options) {
  value::ObjectBuilder words;
  if (!options.using_type.empty()) words.set(key_form::kUsing, Value::string(options.using_type));
  if (!options.block_size.empty()) {
    words.set(key_form::kBlockSize, Value::string(options.block_size));
  }
  if (options.comment && !options.comment->empty()) {
    words.set(key_form::kComment, Value::string(*options.comment));
  }
  if (!options.visible.value_or(true)) words.set(key_form::kInvisible, Value::boolean(true));
  return std::move(words).build();
}

Status check_kind(const KeyDef& key) {
  if (key.kind == KeyKind::fulltext) return not_supported("FULLTEXT keys");
  if (key.kind == KeyKind::spatial) return not_supported("SPATIAL keys");
  if (!key.options.parser.empty()) return not_supported("WITH PARSER");
  return {};
}

}  // namespace

IndexDefinition* TableDraft::find_key(std::string_view name) {
  const auto it = std::ranges::find_if(
      table_.indexes, [&](const auto& index) { return same_name(index.name, name); });
  return it == table_.indexes.end() ? nullptr : &*it;
}

Result<IndexPart> TableDraft::part_of(const KeyPart& part, KeyKind kind) {
  ColumnDefinition* const column = find(part.column);
  if (column == nullptr) return error<1072>(part.column);
  const LogicalType& type = *column->type;
  if (type.kind == Kind::json) return error<3152>(column->name);
  if (column->generated == catalog::Generated::read) {
    return not_supported("keys on virtual generated columns");
  }
  IndexPart out{.column = column->id, .prefix = part.prefix, .descending = part.descending};
  if (part.prefix == 0 && needs_prefix(type)) return error<1170>(column->name);
  if (part.prefix == 0) return out;
  if (!is_string(type) || part.prefix > length_of(type)) return error<1089>();
  if (part.prefix == length_of(type)) out.prefix = 0;
  if (out.prefix != 0 && kind == KeyKind::primary) {
    return not_supported("PRIMARY KEY on the first characters of a column");
  }
  return out;
}

Result<std::vector<IndexPart>> TableDraft::parts_of(const KeyDef& key) {
  if (key.parts.size() > kMaxKeyParts) return error<1070>(std::to_string(kMaxKeyParts));
  std::vector<IndexPart> parts;
  for (const KeyPart& part : key.parts) {
    if (part.expr) {
      if (key.kind == KeyKind::primary) return not_supported("PRIMARY KEY on an expression");
      parts.push_back({.column = {}, .prefix = 0, .descending = part.descending});
      continue;
    }
    TRY(const IndexPart made, part_of(part, key.kind));
    const auto same = [&](const IndexPart& other) { return other.column == made.column; };
    if (std::ranges::any_of(parts, same)) return error<1060>(part.column);
    parts.push_back(made);
  }
  return parts;
}

std::string TableDraft::unused_key_name(std::string_view base) {
  std::string name(base);
  for (int n = 2; find_key(name) != nullptr || equals_ignoring_case(name, kPrimary); ++n) {
    name = std::string(base) + "_" + std::to_string(n);
  }
  return name;
}

Status TableDraft::add_key(const KeyDef& key) {
  TRY_STATUS(check_kind(key));
  TRY(std::vector<IndexPart> parts, parts_of(key));
  if (key.kind == KeyKind::primary) {
    if (has_primary_) return error<1068>();
    has_primary_ = true;
    for (const IndexPart& part : parts) {
      for (ColumnDefinition& column : table_.columns) {
        if (column.id == part.column) column.nullable = false;
      }
    }
    primary_ = std::move(parts);
    set_form(table_.options, table_form::kPrimary, words_of(key.options));
    return {};
  }
  IndexDefinition index;
  index.kind = catalog::kOrderedIndex;
  index.unique = key.kind == KeyKind::unique;
  const Name given = key.name.empty() ? key.constraint : key.name;
  if (given.empty()) {
    const Name first = key.parts.front().column;
    const ColumnDefinition* column = first.empty() ? nullptr : find(first);
    index.name = unused_key_name(column == nullptr ? "functional_index" : column->name);
  } else {
    if (equals_ignoring_case(given, kPrimary)) return error<1280>(given);
    TRY_STATUS(check_new_name<1280>(given));
    if (find_key(given) != nullptr) return error<1061>(given);
    index.name = given;
  }
  if (key.options.comment && value::count_code_points(*key.options.comment) > kMaxKeyComment) {
    return error<1688>(index.name, std::to_string(kMaxKeyComment));
  }
  index.forms.set(kFormsName, words_of(key.options));
  std::vector<Value> expressions;
  for (std::size_t i = 0; i < key.parts.size(); ++i) {
    if (!key.parts[i].expr) continue;
    expressions.push_back(Value::string(print(*key.parts[i].expr)));
    pending_parts_.push_back({index.name, i, &*key.parts[i].expr});
  }
  if (!expressions.empty()) {
    set_form(index.forms, key_form::kExpressions, Value::array(std::move(expressions)));
  }
  index.parts = std::move(parts);
  if (table_.indexes.size() >= kMaxKeys) return error<1069>(std::to_string(kMaxKeys));
  table_.indexes.push_back(std::move(index));
  return {};
}

Status TableDraft::drop_primary() {
  if (!has_primary_) return error<1091>(kPrimary);
  has_primary_ = false;
  catalog::IndexDefinition dropped;
  dropped.name = kPrimary;
  dropped.parts = std::exchange(primary_, {});
  dropped_keys_.push_back(std::move(dropped));
  drop_form(table_.options, table_form::kPrimary);
  return {};
}

Status TableDraft::drop_key(std::string_view name) {
  if (equals_ignoring_case(name, kPrimary)) return drop_primary();
  const IndexDefinition* index = find_key(name);
  if (index == nullptr) return error<1091>(name);
  dropped_keys_.push_back(*index);
  table_.indexes.erase(table_.indexes.begin() + (index - table_.indexes.data()));
  return {};
}

Status TableDraft::rename_key(std::string_view from, std::string_view to) {
  IndexDefinition* index = find_key(from);
  if (index == nullptr) return error<1176>(from, table_.name);
  if (equals_ignoring_case(to, kPrimary)) return error<1280>(to);
  TRY_STATUS(check_new_name<1280>(to));
  const IndexDefinition* other = find_key(to);
  if (other != nullptr && other != index) return error<1061>(to);
  index->name = to;
  return {};
}

Status TableDraft::set_visible_key(std::string_view name, bool visible) {
  IndexDefinition* index = find_key(name);
  if (index == nullptr) return error<1176>(name, table_.name);
  if (visible) {
    drop_form(index->forms, key_form::kInvisible);
  } else {
    set_form(index->forms, key_form::kInvisible, Value::boolean(true));
  }
  return {};
}

}  // namespace octavo::sql
