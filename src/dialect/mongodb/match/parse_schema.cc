// $jsonSchema: JSON Schema of draft 4 with bsonType, as conditions of a value. Values at a path are
// here what the path of fields leads to, and no elements of arrays.

#include <algorithm>
#include <set>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/schema_keyword.h"
#include "dialect/mongodb/match/types.h"
#include "dialect/mongodb/match/whole_number.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

const KeywordRow* find_keyword(std::string_view name) {
  constexpr std::span<const KeywordRow> (*kTables[])() = {value_keywords, part_keywords,
                                                          combination_keywords};
  for (const auto table : kTables) {
    const std::span<const KeywordRow> rows = table();
    const auto row = std::ranges::find(rows, name, &KeywordRow::name);
    if (row != rows.end()) return &*row;
  }
  return nullptr;
}

bool is_always_true(const ExprPtr& part) {
  const Value* constant = constant_of(part);
  return constant != nullptr && is_truthy(*constant);
}

}  // namespace

std::unexpected<Error> wrong_type(const Keyword& keyword, std::string_view wanted) {
  return error(ErrorCode::type_mismatch, "$jsonSchema keyword '{}' must be {}", keyword.name,
               wanted);
}
std::unexpected<Error> wrong_value(const Keyword& keyword, std::string_view wanted) {
  return error(ErrorCode::failed_to_parse, "$jsonSchema keyword '{}' {}", keyword.name, wanted);
}

ExprPtr Keyword::on_value(std::uint16_t number, Value wanted) const {
  return test(number, place, Value::array({}), std::move(wanted));
}

ExprPtr Keyword::if_type(const TypeSet& types, ExprPtr rule) const {
  return any_of({not_of(on_value(op::kHasType, numbers_of(types))), std::move(rule)});
}

Result<ExprPtr> parse_count(std::uint16_t number, const Keyword& keyword) {
  TRY(const std::int64_t count, natural_number(keyword.name, keyword.operand));
  return keyword.on_value(number, Value::int64(count));
}

Result<Value> different_names(const Keyword& keyword, const Value& given) {
  if (!given.is_array()) return wrong_type(keyword, "an array");
  if (given.as_array().empty()) return wrong_value(keyword, "cannot be an empty array");
  std::set<std::string_view> seen;
  std::vector<Value> names;
  for (const Value& name : given.as_array()) {
    if (!name.is_string()) return wrong_type(keyword, "an array of strings");
    if (!seen.insert(name.as_string()).second) {
      return wrong_value(keyword, "array cannot contain duplicate values");
    }
    names.push_back(name);
  }
  return Value::array(std::move(names));
}

Result<ExprPtr> parse_schema(const Value& schema, const Place& place) {
  std::vector<ExprPtr> parts;
  for (const value::Field& field : schema.as_object()) {
    const KeywordRow* row = find_keyword(field.name);
    if (row == nullptr) {
      return error(ErrorCode::failed_to_parse, "Unknown $jsonSchema keyword: {}", field.name);
    }
    TRY(ExprPtr part,
        row->parse({.name = field.name, .operand = field.value, .schema = schema, .place = place}));
    if (!is_always_true(part)) parts.push_back(std::move(part));
  }
  return all_of(std::move(parts));
}

}  // namespace octavo::mongodb
