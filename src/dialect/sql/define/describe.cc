#include "dialect/sql/define/describe.h"

#include <algorithm>

#include "catalog/references.h"
#include "dialect/sql/define/forms.h"
#include "dialect/sql/define/table_options.h"
#include "dialect/sql/type/names.h"
#include "dialect/sql/type/server_defaults.h"
#include "value/collation.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::IndexDefinition;
using catalog::TableDefinition;

bool is_of_primary(const TableDefinition& table, const ColumnDefinition& column) {
  return std::ranges::find(table.key_columns, column.id) != table.key_columns.end();
}

// The hidden number of rows is no key that anybody declared.
bool has_primary(const TableDefinition& table) {
  return std::ranges::any_of(table.key_columns, [&](ColumnId id) {
    const ColumnDefinition* column = table.find_column(id);
    return column != nullptr && !column->hidden;
  });
}

bool is_unique_without_nulls(const TableDefinition& table, const IndexDefinition& index) {
  return index.unique && std::ranges::all_of(index.parts, [&](const catalog::IndexPart& part) {
           const ColumnDefinition* column = table.find_column(part.column);
           return column != nullptr && !column->nullable;
         });
}

// The unique key without nulls that stands in for a primary key that is not there.
const IndexDefinition* stand_in(const TableDefinition& table) {
  if (has_primary(table)) return nullptr;
  const IndexDefinition* first = nullptr;
  for (const IndexDefinition& index : table.indexes) {
    if (index.hidden || !is_unique_without_nulls(table, index)) continue;
    if (first == nullptr || index.id < first->id) first = &index;
  }
  return first;
}

std::string_view key_word(const TableDefinition& table, const ColumnDefinition& column) {
  if (is_of_primary(table, column)) return "PRI";
  const IndexDefinition* primary = stand_in(table);
  const auto is_column = [&](const catalog::IndexPart& part) { return part.column == column.id; };
  if (primary != nullptr && std::ranges::any_of(primary->parts, is_column)) return "PRI";
  bool first_of_some = false;
  for (const IndexDefinition& index : table.indexes) {
    if (index.hidden || index.parts.empty() || !is_column(index.parts.front())) continue;
    if (index.unique && index.parts.size() == 1) return "UNI";
    first_of_some = true;
  }
  return first_of_some ? "MUL" : "";
}

void add_word(std::string& words, std::string_view word) {
  if (!words.empty()) words += ' ';
  words += word;
}

std::string extra_of(const ColumnDefinition& column) {
  std::string words;
  if (column.auto_increment) add_word(words, "auto_increment");
  if (column.default_now || has_form(column.forms, column_form::kExpression)) {
    add_word(words, "DEFAULT_GENERATED");
  }
  if (column.update_now) add_word(words, "on update " + current_timestamp(*column.type));
  if (column.generated == catalog::Generated::read) add_word(words, "VIRTUAL GENERATED");
  if (column.generated == catalog::Generated::stored) add_word(words, "STORED GENERATED");
  if (column.invisible) add_word(words, "INVISIBLE");
  return words;
}

std::optional<std::string> default_of(const ColumnDefinition& column) {
  if (column.default_now) return current_timestamp(*column.type);
  if (has_form(column.forms, column_form::kExpression)) {
    return form_text(column.forms, column_form::kExpression);
  }
  if (has_form(column.forms, column_form::kDefault)) {
    return form_text(column.forms, column_form::kDefault);
  }
  return std::nullopt;
}

KeyPartText part_text(const TableDefinition& table, const catalog::IndexPart& part) {
  return {.column = table.find_column(part.column),
          .expression = {},
          .prefix = part.prefix,
          .descending = part.descending};
}

void set_words(KeyText& key, const value::Value& forms) {
  const auto text = [&](std::string_view name) {
    const value::Value* found = forms.find(name);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
  };
  key.using_said = text(key_form::kUsing);
  key.block_size = text(key_form::kBlockSize);
  key.comment = text(key_form::kComment);
  const value::Value* invisible = forms.find(key_form::kInvisible);
  key.visible = invisible == nullptr || *invisible != value::Value::boolean(true);
}

KeyText primary_text(const TableDefinition& table) {
  KeyText key;
  key.name = "PRIMARY";
  key.unique = true;
  for (const ColumnId id : table.key_columns) {
    key.parts.push_back({.column = table.find_column(id), .expression = {}});
  }
  set_words(key, form_of(table.options, table_form::kPrimary));
  return key;
}

KeyText index_text(const TableDefinition& table, const IndexDefinition& index) {
  KeyText key;
  key.name = index.name;
  key.unique = index.unique;
  key.index = &index;
  const value::Value expressions = form_of(index.forms, key_form::kExpressions);
  std::size_t next = 0;
  for (const catalog::IndexPart& part : index.parts) {
    KeyPartText text = part_text(table, part);
    if (text.column == nullptr && expressions.is_array() && next < expressions.as_array().size()) {
      text.expression = expressions.as_array()[next++].as_string();
    }
    key.parts.push_back(std::move(text));
  }
  set_words(key, index.forms.of(kFormsName));
  return key;
}

// In which order keys are told.
int rank(const TableDefinition& table, const KeyText& key) {
  if (key.index == nullptr) return 0;
  if (!key.unique) return 3;
  return is_unique_without_nulls(table, *key.index) ? 1 : 2;
}

}  // namespace

std::string current_timestamp(const value::LogicalType& type) {
  std::string text = "CURRENT_TIMESTAMP";
  if (type.precision != 0) text += "(" + std::to_string(type.precision) + ")";
  return text;
}

std::vector<ColumnText> describe_columns(const TableDefinition& table) {
  std::vector<ColumnText> out;
  for (const ColumnDefinition& column : table.columns) {
    if (column.hidden) continue;
    out.push_back({.column = &column,
                   .type = type_text(*column.type),
                   .key = key_word(table, column),
                   .default_value = default_of(column),
                   .extra = extra_of(column),
                   .generated = form_text(column.forms, column_form::kGenerated)});
  }
  return out;
}

std::vector<KeyText> describe_keys(const TableDefinition& table) {
  std::vector<KeyText> keys;
  if (has_primary(table)) keys.push_back(primary_text(table));
  for (const IndexDefinition& index : table.indexes) {
    if (!index.hidden && !index.parts.empty()) keys.push_back(index_text(table, index));
  }
  std::ranges::sort(keys, {}, [&](const KeyText& key) {
    return std::pair(rank(table, key), key.index == nullptr ? IndexId{} : key.index->id);
  });
  return keys;
}

std::string_view reference_action(catalog::ReferenceAction action) {
  switch (action) {
    case catalog::ReferenceAction::no_action: return "NO ACTION";
    case catalog::ReferenceAction::restrict: return "RESTRICT";
    case catalog::ReferenceAction::cascade: return "CASCADE";
    case catalog::ReferenceAction::set_null: return "SET NULL";
  }
  return {};
}

ForeignKeyText describe_foreign_key(const TableDefinition& table,
                                    const catalog::ForeignKeyDefinition& key,
                                    const catalog::CatalogState& state) {
  const auto names = [](const TableDefinition& of, const std::vector<ColumnId>& columns) {
    std::vector<std::string> out;
    for (const ColumnId id : columns) {
      const ColumnDefinition* column = of.find_column(id);
      out.push_back(column == nullptr ? std::string() : column->name);
    }
    return out;
  };
  ForeignKeyText text;
  text.columns = names(table, key.columns);
  if (key.absent) {
    text.parent_database = key.absent->database;
    text.parent_table = key.absent->table;
    text.parent_columns = key.absent->columns;
    return text;
  }
  const TableDefinition* parent = key.parent == table.id ? &table : state.find_table(key.parent);
  if (parent == nullptr) return text;
  if (const auto* home = state.find_database(parent->database)) text.parent_database = home->name;
  text.parent_table = parent->name;
  text.parent_columns = names(*parent, key.parent_columns);
  const auto over = catalog::key_over(*parent, key.parent_columns);
  if (over && (over->index == nullptr || over->index->hidden)) text.parent_key = "PRIMARY";
  if (over && over->index != nullptr && over->index->unique) text.parent_key = over->index->name;
  return text;
}

TableText describe_table(const TableDefinition& table) {
  TableText text;
  text.engine = form_text(table.options, table_form::kEngine);
  if (text.engine.empty()) text.engine = "InnoDB";
  text.collation = form_text(table.options, table_form::kCollation);
  if (text.collation.empty()) text.collation = kServerCollation;
  text.comment = form_text(table.options, table_form::kComment);
  for (const OptionRow& row : option_rows()) {
    const bool shown = row.use == OptionUse::shown || row.use == OptionUse::shown_text;
    if (!shown || !has_form(table.options, row.name)) continue;
    text.options.push_back({.name = std::string(row.name),
                            .value = form_text(table.options, row.name),
                            .in_quotes = row.use == OptionUse::shown_text});
  }
  return text;
}

std::string database_collation(const catalog::DatabaseDefinition& database) {
  std::string collation = form_text(database.options, database_form::kCollation);
  return collation.empty() ? std::string(kServerCollation) : collation;
}

}  // namespace octavo::sql
