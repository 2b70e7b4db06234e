#include "protocol/mysql/language/violations.h"

#include <algorithm>

#include "dialect/sql/convert/value.h"
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
                      std::uint64_t row) {
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
  }
  return sql::error<1815>("a rule of the table is broken").error();
}

}  // namespace octavo::mysql
