#include "protocol/mysql/language/violations.h"

#include <algorithm>
#include <string>

#include "catalog/references.h"
#include "dialect/sql/convert/value.h"
#include "dialect/sql/define/show_create.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/type/names.h"
#include "value/utf8.h"

namespace octavo::mysql {
namespace {

using value::Value;

constexpr std::size_t kShownCharacters = 64;

std::string cut(std::string text) {
  text.resize(value::code_point_offset(text, kShownCharacters));
  return text;
}

std::string scalar_text(const Value& value) {
  return value.is_null() ? std::string("NULL") : sql::plain_text(value);
}

Error duplicate(const catalog::TableDefinition& table, std::string_view key, const Value& value) {
  return sql::error<1062>(shown_value(value), table.name + "." + std::string(key)).error();
}

// `db`.`child`, CONSTRAINT …; of the table that was written also where the state does not have it
// yet.
std::string foreign_key(const catalog::TableDefinition& written,
                        const catalog::Violation& violation, const catalog::CatalogState& state) {
  const catalog::TableDefinition* child =
      violation.table == written.id ? &written : state.find_table(violation.table);
  const auto* key =
      child == nullptr ? nullptr : catalog::find_foreign_key(*child, violation.foreign_key);
  if (key == nullptr) return {};
  const auto* home = state.find_database(child->database);
  const std::string database = home == nullptr ? std::string() : home->name;
  return "`" + database + "`.`" + child->name + "`, " + sql::foreign_key_text(*child, *key, state);
}

}  // namespace

std::string shown_value(const Value& value) {
  if (!value.is_array()) return cut(scalar_text(value));
  std::string out;
  for (const Value& part : value.as_array()) {
    if (!out.empty()) out.push_back('-');
    out += scalar_text(part);
  }
  return cut(std::move(out));
}

Error duplicate_key(const catalog::TableDefinition& table, const Value& key) {
  return duplicate(table, "PRIMARY", key);
}

Error violation_error(const catalog::TableDefinition& table, const catalog::Violation& violation,
                      std::uint64_t row, const catalog::CatalogState& state) {
  using Kind = catalog::Violation::Kind;
  const catalog::ColumnDefinition* column = table.find_column(violation.column);
  const std::string_view name = column == nullptr ? std::string_view() : column->name;
  const std::string number = std::to_string(row);
  switch (violation.kind) {
    case Kind::duplicate: {
      const catalog::IndexDefinition* index = table.find_index(violation.index);
      return duplicate(table, index == nullptr ? "PRIMARY" : index->name, violation.value);
    }
    case Kind::not_null: return sql::error<1048>(name).error();
    case Kind::no_default: return sql::error<1364>(name).error();
    case Kind::check: {
      const auto check =
          std::ranges::find(table.checks, violation.check, &catalog::CheckDefinition::id);
      const bool known = check != table.checks.end();
      return sql::error<3819>(known ? check->name : std::string_view()).error();
    }
    case Kind::wrong_type:
      return sql::error<1366>(
                 column == nullptr ? std::string_view("") : sql::type_word(*column->type),
                 shown_value(violation.value), name, number)
          .error();
    case Kind::out_of_range: return sql::error<1264>(name, number).error();
    case Kind::too_long: return sql::error<1406>(name, number).error();
    case Kind::no_column:
      return sql::error<1054>(shown_value(violation.value), "field list").error();
    case Kind::no_number_left: return sql::error<1467>().error();
    case Kind::no_parent: return sql::error<1452>(foreign_key(table, violation, state)).error();
    case Kind::has_children: return sql::error<1451>(foreign_key(table, violation, state)).error();
    case Kind::too_deep:
      return sql::error<3008>(std::to_string(catalog::kMaxReferenceDepth)).error();
    case Kind::taken_by_child: {
      const auto* child = state.find_table(violation.table);
      const auto* index = child == nullptr ? nullptr : child->find_index(violation.index);
      return sql::error<1761>(table.name, shown_value(violation.value),
                              child == nullptr ? std::string_view() : child->name,
                              index == nullptr ? std::string_view("PRIMARY") : index->name)
          .error();
    }
  }
  return sql::error<1815>("a rule of the table is broken").error();
}

}  // namespace octavo::mysql
