#include "dialect/sql/define/show_create.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/define/describe.h"
#include "dialect/sql/define/forms.h"
#include "value/collation.h"

namespace octavo::sql {
namespace {

using catalog::ColumnDefinition;
using catalog::Generated;
using catalog::TableDefinition;

// A string of the statement: quotes are doubled, and what would end a line or a text is escaped.
std::string text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    switch (c) {
      case '\'': out += "''"; break;
      case '\\': out += "\\\\"; break;
      case '\0': out += "\\0"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      default: out += c;
    }
  }
  return out + "'";
}

bool is_text(const value::LogicalType& type) {
  return type.collation != nullptr &&
         (type.kind == value::Kind::text || type.kind == value::Kind::enumeration ||
          type.kind == value::Kind::set);
}

std::string charset_clause(const ColumnDefinition& column, std::string_view table_collation) {
  if (!is_text(*column.type)) return {};
  const value::Collation& collation = *column.type->collation;
  if (form_flag(column.forms, column_form::kCharset) || collation.name != table_collation) {
    return fmt::format(" CHARACTER SET {} COLLATE {}", value::charset_of(collation.charset).name,
                       collation.name);
  }
  return collation.is_default() ? std::string() : fmt::format(" COLLATE {}", collation.name);
}

// TEXT and BLOB have no default of their own that is worth a word.
bool has_silent_default(const value::LogicalType& type) {
  return (type.kind == value::Kind::text || type.kind == value::Kind::bytes) &&
         type.extent == value::Extent::large;
}

std::string default_clause(const ColumnText& text) {
  const ColumnDefinition& column = *text.column;
  if (column.generated != Generated::no || column.auto_increment) return {};
  if (!text.default_value) {
    return column.nullable && !has_silent_default(*column.type) ? " DEFAULT NULL" : "";
  }
  if (column.default_now) return " DEFAULT " + *text.default_value;
  if (has_form(column.forms, column_form::kExpression)) {
    return " DEFAULT (" + *text.default_value + ")";
  }
  if (column.type->kind == value::Kind::bits) return " DEFAULT " + *text.default_value;
  return " DEFAULT " + text_literal(*text.default_value);
}

std::string column_line(const ColumnText& text, std::string_view table_collation, char quote) {
  const ColumnDefinition& column = *text.column;
  std::string line = "  " + quoted_name(column.name, quote) + " " + text.type;
  line += charset_clause(column, table_collation);
  if (column.generated != Generated::no) {
    line += fmt::format(" GENERATED ALWAYS AS ({}) {}", text.generated,
                        column.generated == Generated::stored ? "STORED" : "VIRTUAL");
  }
  if (!column.nullable) {
    line += " NOT NULL";
  } else if (column.type->kind == value::Kind::timestamp) {
    line += " NULL";
  }
  line += default_clause(text);
  if (column.update_now) line += " ON UPDATE " + current_timestamp(*column.type);
  if (column.invisible) line += " /*!80023 INVISIBLE */";
  if (column.auto_increment) line += " AUTO_INCREMENT";
  if (!column.comment.empty()) line += " COMMENT " + text_literal(column.comment);
  return line;
}

std::string part_text(const KeyPartText& part, char quote) {
  std::string out =
      part.column == nullptr ? "(" + part.expression + ")" : quoted_name(part.column->name, quote);
  if (part.prefix != 0) out += fmt::format("({})", part.prefix);
  if (part.descending) out += " DESC";
  return out;
}

std::string key_line(const KeyText& key, char quote) {
  std::string line = "  ";
  if (key.index == nullptr) {
    line += "PRIMARY KEY";
  } else {
    line += (key.unique ? "UNIQUE KEY " : "KEY ") + quoted_name(key.name, quote);
  }
  line += " (";
  for (std::size_t i = 0; i < key.parts.size(); ++i) {
    if (i > 0) line += ',';
    line += part_text(key.parts[i], quote);
  }
  line += ")";
  if (!key.using_said.empty()) line += " USING " + key.using_said;
  if (!key.block_size.empty()) line += " KEY_BLOCK_SIZE=" + key.block_size;
  if (!key.comment.empty()) line += " COMMENT " + text_literal(key.comment);
  if (!key.visible) line += " /*!80000 INVISIBLE */";
  return line;
}

std::string check_line(const catalog::CheckDefinition& check, char quote) {
  return fmt::format("  CONSTRAINT {} CHECK ({}){}", quoted_name(check.name, quote),
                     form_text(check.forms, check_form::kCondition),
                     check.enforced ? "" : " /*!80016 NOT ENFORCED */");
}

// "latin1", "utf8mb4 COLLATE=utf8mb4_bin": the collation where it does not go without saying.
std::string default_charset(const std::string& collation_name, char between) {
  const value::Collation* collation = value::find_collation(collation_name);
  if (collation == nullptr) return collation_name;
  const value::Charset& charset = value::charset_of(collation->charset);
  std::string out(charset.name);
  if (!collation->is_default() || charset.id == value::CharsetId::utf8mb4) {
    out += fmt::format(" COLLATE{}{}", between, collation->name);
  }
  return out;
}

std::string tail(const TableDefinition& table, const ShowOptions& options) {
  const TableText text = describe_table(table);
  std::string out = ") ENGINE=" + text.engine;
  if (table.auto_increment() != nullptr && options.next_number > 1) {
    out += fmt::format(" AUTO_INCREMENT={}", options.next_number);
  }
  out += " DEFAULT CHARSET=" + default_charset(text.collation, '=');
  for (const auto& [name, value, in_quotes] : text.options) {
    out += fmt::format(" {}={}", name, in_quotes ? text_literal(value) : value);
  }
  if (!text.comment.empty()) out += " COMMENT=" + text_literal(text.comment);
  return out;
}

std::string action_clause(std::string_view on, catalog::ReferenceAction action) {
  const std::string_view word = reference_action(action);
  return action == catalog::ReferenceAction::no_action ? "" : fmt::format(" ON {} {}", on, word);
}

std::string name_list(const std::vector<std::string>& names, char quote) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + quoted_name(name, quote);
  return out;
}

}  // namespace

std::string foreign_key_text(const TableDefinition& table, const catalog::ForeignKeyDefinition& key,
                             const catalog::CatalogState& state, char quote) {
  const ForeignKeyText text = describe_foreign_key(table, key, state);
  std::string parent = quoted_name(text.parent_table, quote);
  const auto* home = state.find_database(table.database);
  if (home == nullptr || home->name != text.parent_database) {
    parent = quoted_name(text.parent_database, quote) + "." + parent;
  }
  return fmt::format("CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){}{}",
                     quoted_name(key.name, quote), name_list(text.columns, quote), parent,
                     name_list(text.parent_columns, quote), action_clause("DELETE", key.on_delete),
                     action_clause("UPDATE", key.on_update));
}

std::string show_create_table(const TableDefinition& table, const catalog::CatalogState& state,
                              const ShowOptions& options) {
  const std::string collation = describe_table(table).collation;
  std::vector<std::string> lines;
  for (const ColumnText& column : describe_columns(table)) {
    lines.push_back(column_line(column, collation, options.quote));
  }
  for (const KeyText& key : describe_keys(table)) lines.push_back(key_line(key, options.quote));
  std::vector<const catalog::ForeignKeyDefinition*> keys;
  for (const catalog::ForeignKeyDefinition& key : table.foreign_keys) keys.push_back(&key);
  std::ranges::sort(keys, {}, [](const auto* key) { return key->name; });
  for (const auto* key : keys) {
    lines.push_back("  " + foreign_key_text(table, *key, state, options.quote));
  }
  std::vector<const catalog::CheckDefinition*> checks;
  for (const catalog::CheckDefinition& check : table.checks) checks.push_back(&check);
  std::ranges::sort(checks, {}, [](const auto* check) { return check->name; });
  for (const auto* check : checks) lines.push_back(check_line(*check, options.quote));
  return fmt::format("CREATE {}TABLE {} (\n{}\n{}", table.temporary ? "TEMPORARY " : "",
                     quoted_name(table.name, options.quote), fmt::join(lines, ",\n"),
                     tail(table, options));
}

std::string show_create_database(const catalog::DatabaseDefinition& database,
                                 const ShowOptions& options, bool if_not_exists) {
  return fmt::format(
      "CREATE DATABASE {}{} /*!40100 DEFAULT CHARACTER SET {} */ /*!80016 DEFAULT ENCRYPTION='N' "
      "*/",
      if_not_exists ? "/*!32312 IF NOT EXISTS*/ " : "", quoted_name(database.name, options.quote),
      default_charset(database_collation(database), ' '));
}

}  // namespace octavo::sql
