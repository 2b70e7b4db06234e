// Keywords of $jsonSchema about a value itself: its type, numbers, strings.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/schema_keyword.h"
#include "dialect/mongodb/match/types.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/pattern.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Order;
using value::Type;
using value::Value;

TypeSet number_types() {
  TypeSet types;
  types.add(BsonType::number_int).add(BsonType::number_long);
  types.add(BsonType::number_double).add(BsonType::number_decimal);
  return types;
}

// The types of JSON Schema that BSON has under other names or several.
Result<TypeSet> json_type(std::string_view name) {
  struct Row {
    std::string_view name;
    std::string_view alias;
  };
  constexpr Row kRows[] = {
      {"array", "array"},   {"boolean", "bool"},  {"null", "null"},
      {"number", "number"}, {"object", "object"}, {"string", "string"},
  };
  const auto* const row = std::ranges::find(kRows, name, &Row::name);
  if (row != std::end(kRows)) return types_of_alias(row->alias);
  return error(ErrorCode::bad_value, "Unknown type name alias: {}", name);
}

constexpr std::string_view kInteger = "integer";

Result<TypeSet> types_named(const Keyword& keyword, Result<TypeSet> (*read)(std::string_view)) {
  const auto named = [&](const Value& name) -> Result<TypeSet> {
    if (!name.is_string()) return wrong_type(keyword, "either a string or an array of strings");
    if (name.as_string() == kInteger) {
      return error(ErrorCode::failed_to_parse,
                   "$jsonSchema type 'integer' is not currently supported.");
    }
    return read(name.as_string());
  };
  if (!keyword.operand.is_array()) return named(keyword.operand);
  if (keyword.operand.as_array().empty()) {
    return wrong_value(keyword, "must name at least one type");
  }
  TypeSet all;
  for (const Value& name : keyword.operand.as_array()) {
    TRY(const TypeSet types, named(name));
    for (const Value& number : numbers_of(types).as_array()) {
      const auto type = static_cast<BsonType>(number.as_int64());
      if (all.has(type)) return wrong_value(keyword, "has duplicate values");
      all.add(type);
    }
  }
  return all;
}

Result<ExprPtr> parse_bson_type(const Keyword& keyword) {
  if (keyword.beside("type") != nullptr) {
    return error(ErrorCode::failed_to_parse,
                 "Cannot specify both $jsonSchema keywords 'type' and 'bsonType'");
  }
  TRY(const TypeSet types, types_named(keyword, types_of_alias));
  return keyword.on_value(op::kHasType, numbers_of(types));
}

Result<ExprPtr> parse_type(const Keyword& keyword) {
  TRY(const TypeSet types, types_named(keyword, json_type));
  return keyword.on_value(op::kHasType, numbers_of(types));
}

Result<ExprPtr> parse_enum(const Keyword& keyword) {
  if (!keyword.operand.is_array()) return wrong_type(keyword, "an array");
  if (keyword.operand.as_array().empty()) {
    return wrong_value(keyword, "cannot be an empty array");
  }
  std::vector<Value> values(keyword.operand.as_array().begin(), keyword.operand.as_array().end());
  std::ranges::sort(values,
                    [](const Value& a, const Value& b) { return compare(a, b, Order::bson) < 0; });
  const auto same = [](const Value& a, const Value& b) { return equal(a, b); };
  if (std::ranges::adjacent_find(values, same) != values.end()) {
    return wrong_value(keyword, "array cannot contain duplicate values");
  }
  return keyword.on_value(op::kIn,
                          Value::array({Value::array(std::move(values)), Value::array({})}));
}

template <std::uint16_t kTest>
Result<ExprPtr> parse_length(const Keyword& keyword) {
  return parse_count(kTest, keyword);
}

Result<ExprPtr> parse_pattern(const Keyword& keyword) {
  if (!keyword.operand.is_string()) return wrong_type(keyword, "a string");
  TRY_STATUS(Pattern::compile(keyword.operand.as_string(), ""));
  TypeSet strings;
  strings.add(BsonType::string);
  return keyword.if_type(
      strings, keyword.on_value(op::kMatches, Value::regex(keyword.operand.as_string(), "")));
}

// Whether the bound itself is left out.
Result<bool> is_exclusive(const Keyword& keyword, std::string_view name) {
  const Value* exclusive = keyword.beside(name);
  if (exclusive == nullptr) return false;
  if (exclusive->type() != Type::boolean) {
    return error(ErrorCode::type_mismatch, "$jsonSchema keyword '{}' must be a boolean", name);
  }
  return exclusive->as_boolean();
}

Result<ExprPtr> parse_bound(const Keyword& keyword, std::string_view exclusive_name,
                            std::uint16_t inclusive, std::uint16_t exclusive) {
  if (!keyword.operand.is_number()) return wrong_type(keyword, "a number");
  TRY(const bool without, is_exclusive(keyword, exclusive_name));
  return keyword.if_type(number_types(),
                         keyword.on_value(without ? exclusive : inclusive, keyword.operand));
}
Result<ExprPtr> parse_minimum(const Keyword& keyword) {
  return parse_bound(keyword, "exclusiveMinimum", op::kGreaterOrEqual, op::kGreater);
}
Result<ExprPtr> parse_maximum(const Keyword& keyword) {
  return parse_bound(keyword, "exclusiveMaximum", op::kLessOrEqual, op::kLess);
}

// Said by the bound that it belongs to.
Result<ExprPtr> check_exclusive(const Keyword& keyword, std::string_view bound) {
  if (keyword.operand.type() != Type::boolean) return wrong_type(keyword, "a boolean");
  if (keyword.beside(bound) == nullptr) {
    return error(ErrorCode::failed_to_parse,
                 "$jsonSchema keyword '{}' must be a present if {} is present", bound,
                 keyword.name);
  }
  return truth(true);
}
Result<ExprPtr> parse_exclusive_minimum(const Keyword& keyword) {
  return check_exclusive(keyword, "minimum");
}
Result<ExprPtr> parse_exclusive_maximum(const Keyword& keyword) {
  return check_exclusive(keyword, "maximum");
}

Result<ExprPtr> parse_multiple_of(const Keyword& keyword) {
  if (!keyword.operand.is_number()) return wrong_type(keyword, "a number");
  if (is_zero(keyword.operand) || is_negative(keyword.operand) || is_nan(keyword.operand)) {
    return wrong_value(keyword, "must have a positive value");
  }
  return keyword.on_value(op::kMultipleOf, keyword.operand);
}

constexpr KeywordRow kRows[] = {
    {"bsonType", parse_bson_type},
    {"enum", parse_enum},
    {"exclusiveMaximum", parse_exclusive_maximum},
    {"exclusiveMinimum", parse_exclusive_minimum},
    {"maxLength", parse_length<op::kMaxLength>},
    {"maximum", parse_maximum},
    {"minLength", parse_length<op::kMinLength>},
    {"minimum", parse_minimum},
    {"multipleOf", parse_multiple_of},
    {"pattern", parse_pattern},
    {"type", parse_type},
};

}  // namespace

std::span<const KeywordRow> value_keywords() { return kRows; }

}  // namespace octavo::mongodb
