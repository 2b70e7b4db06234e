// Keys and conditions of tables, as information_schema has them.

#include <algorithm>
#include <cmath>

#include "dialect/sql/define/describe.h"
#include "dialect/sql/define/forms.h"
#include "engine/table_statistics.h"
#include "protocol/mysql/language/schema_fill.h"
#include "protocol/mysql/language/sql_session.h"
#include "statistics/table.h"

namespace octavo::mysql::schema {
namespace {

constexpr std::string_view kCatalog = "def";
constexpr std::string_view kPrimary = "PRIMARY";

// A key of a table in the words of all that tell of keys, whether it was declared in SQL or is what
// another protocol made.
struct Key {
  std::string name;
  bool unique = false;
  bool visible = true;
  std::string type = "BTREE";
  std::string comment;
  struct Part {
    std::string column;  // empty: an expression
    std::string expression;
    std::uint32_t prefix = 0;
    bool descending = false;
    bool nullable = false;
  };
  std::vector<Part> parts;
};

std::vector<Key> declared_keys(const catalog::TableDefinition& table) {
  std::vector<Key> out;
  for (const sql::KeyText& text : sql::describe_keys(table)) {
    Key key{.name = text.name, .unique = text.unique, .visible = text.visible};
    if (!text.using_said.empty()) key.type = text.using_said;
    key.comment = text.comment;
    for (const sql::KeyPartText& part : text.parts) {
      const bool column = part.column != nullptr;
      key.parts.push_back({.column = column ? part.column->name : std::string(),
                           .expression = part.expression,
                           .prefix = part.prefix,
                           .descending = part.descending,
                           .nullable = column && part.column->nullable});
    }
    out.push_back(std::move(key));
  }
  return out;
}

std::vector<Key> keys_of(const catalog::TableDefinition& table) {
  if (table.declared()) return declared_keys(table);
  std::vector<Key> out;
  out.push_back({.name = std::string(kPrimary), .unique = true});
  out.back().parts.push_back({.column = table.primary_key});
  for (const catalog::IndexDefinition& index : table.indexes) {
    out.push_back({.name = index.name});
    out.back().parts.push_back({.expression = index.name, .nullable = true});
  }
  return out;
}

// How many values the first so many parts of a key have together. Of a unique key each row has its
// own; else that is known where the table has statistics. Nothing: nobody has counted.
std::optional<std::uint64_t> cardinality(const Key& key, std::size_t parts, std::uint64_t rows,
                                         const statistics::Table* known) {
  if (key.unique && parts == key.parts.size()) return rows;
  if (known == nullptr) return std::nullopt;
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < parts; ++i) {
    if (key.parts[i].column.empty() || key.parts[i].prefix != 0) return std::nullopt;
    columns.push_back(key.parts[i].column);
  }
  const statistics::Columns* const together = known->find(columns);
  const statistics::Column* const one = parts == 1 ? known->find(columns.front()) : nullptr;
  if (together == nullptr && one == nullptr) return std::nullopt;
  const double distinct = one != nullptr ? one->distinct : together->distinct;
  return std::min(static_cast<std::uint64_t>(std::llround(distinct)), rows);
}

}  // namespace

Status fill_statistics(const SchemaContext& context, SchemaRows& rows) {
  engine::Engine& engine = context.session.shared().service.engine;
  for (const ShownTable& shown : shown_tables(context)) {
    const auto count = engine.estimate_count(shown.table->id, context.query);
    if (!count && count.error().code == Code::would_block) {
      context.refused = true;
      return std::unexpected(count.error());
    }
    const auto known = engine::statistics_of(engine).find(*shown.table);
    for (const Key& key : keys_of(*shown.table)) {
      std::uint64_t number = 0;
      for (const Key::Part& part : key.parts) {
        const bool column = !part.column.empty();
        const auto counted =
            count ? cardinality(key, number + 1, *count, known.get()) : std::nullopt;
        rows.add(
            {text_cell(kCatalog), text_cell(shown.database->name), text_cell(shown.table->name),
             number_cell(key.unique ? 0 : 1), text_cell(shown.database->name), text_cell(key.name),
             number_cell(++number), column ? text_cell(part.column) : no_cell(),
             text_cell(part.descending ? "D" : "A"), counted ? number_cell(*counted) : no_cell(),
             part.prefix == 0 ? no_cell() : number_cell(part.prefix), no_cell(),
             text_cell(part.nullable ? "YES" : ""), text_cell(key.type), text_cell(""),
             text_cell(key.comment), yes_or_no(key.visible),
             column ? no_cell() : text_cell(part.expression)});
      }
    }
  }
  return {};
}

Status fill_key_columns(const SchemaContext& context, SchemaRows& rows) {
  for (const ShownTable& shown : shown_tables(context)) {
    for (const Key& key : keys_of(*shown.table)) {
      if (!key.unique) continue;
      std::uint64_t number = 0;
      for (const Key::Part& part : key.parts) {
        ++number;
        if (part.column.empty()) continue;
        rows.add({text_cell(kCatalog), text_cell(shown.database->name), text_cell(key.name),
                  text_cell(kCatalog), text_cell(shown.database->name),
                  text_cell(shown.table->name), text_cell(part.column), number_cell(number),
                  no_cell(), no_cell(), no_cell(), no_cell()});
      }
    }
    for (const catalog::ForeignKeyDefinition& key : shown.table->foreign_keys) {
      const auto text = sql::describe_foreign_key(*shown.table, key, context.definitions);
      for (std::size_t i = 0; i < text.columns.size(); ++i) {
        rows.add({text_cell(kCatalog), text_cell(shown.database->name), text_cell(key.name),
                  text_cell(kCatalog), text_cell(shown.database->name),
                  text_cell(shown.table->name), text_cell(text.columns[i]), number_cell(i + 1),
                  number_cell(i + 1), text_cell(text.parent_database), text_cell(text.parent_table),
                  text_cell(text.parent_columns[i])});
      }
    }
  }
  return {};
}

Status fill_constraints(const SchemaContext& context, SchemaRows& rows) {
  const auto add = [&rows](const ShownTable& shown, std::string_view name, std::string_view type,
                           bool enforced) {
    rows.add({text_cell(kCatalog), text_cell(shown.database->name), text_cell(name),
              text_cell(shown.database->name), text_cell(shown.table->name), text_cell(type),
              yes_or_no(enforced)});
  };
  for (const ShownTable& shown : shown_tables(context)) {
    for (const Key& key : keys_of(*shown.table)) {
      if (!key.unique) continue;
      add(shown, key.name, key.name == kPrimary ? "PRIMARY KEY" : "UNIQUE", true);
    }
    for (const catalog::ForeignKeyDefinition& key : shown.table->foreign_keys) {
      add(shown, key.name, "FOREIGN KEY", true);
    }
    for (const catalog::CheckDefinition& check : shown.table->checks) {
      add(shown, check.name, "CHECK", check.enforced);
    }
  }
  return {};
}

Status fill_references(const SchemaContext& context, SchemaRows& rows) {
  for (const ShownTable& shown : shown_tables(context)) {
    for (const catalog::ForeignKeyDefinition& key : shown.table->foreign_keys) {
      const auto text = sql::describe_foreign_key(*shown.table, key, context.definitions);
      rows.add({text_cell(kCatalog), text_cell(shown.database->name), text_cell(key.name),
                text_cell(kCatalog), text_cell(text.parent_database),
                text.parent_key.empty() ? no_cell() : text_cell(text.parent_key), text_cell("NONE"),
                text_cell(sql::reference_action(key.on_update)),
                text_cell(sql::reference_action(key.on_delete)), text_cell(shown.table->name),
                text_cell(text.parent_table)});
    }
  }
  return {};
}

Status fill_checks(const SchemaContext& context, SchemaRows& rows) {
  for (const ShownTable& shown : shown_tables(context)) {
    for (const catalog::CheckDefinition& check : shown.table->checks) {
      rows.add({text_cell(kCatalog), text_cell(shown.database->name), text_cell(check.name),
                text_cell(sql::form_text(check.forms, sql::check_form::kCondition))});
    }
  }
  return {};
}

}  // namespace octavo::mysql::schema
