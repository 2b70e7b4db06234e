// Keywords of $jsonSchema about the fields of a document and the elements of an array.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/schema_keyword.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/pattern.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

// A function of a part of the value that says whether a schema holds of it.
Result<ExprPtr> of_part(const Value& schema, const Keyword& keyword) {
  const algebra::VarId part = keyword.place.context.variables.fresh();
  TRY(const Place place, within(keyword.place, algebra::variable(part)));
  if (schema.type() == Type::boolean) return row_lambda(part, truth(schema.as_boolean()));
  TRY(ExprPtr body, parse_schema(schema, place));
  return row_lambda(part, std::move(body));
}

Result<ExprPtr> parse_required(const Keyword& keyword) {
  TRY(Value names, different_names(keyword, keyword.operand));
  return call(op::kHasProperties, {keyword.place.object, algebra::constant(std::move(names))});
}

Result<ExprPtr> parse_properties(const Keyword& keyword) {
  if (!is_document(keyword.operand)) return wrong_type(keyword, "an object");
  std::vector<ExprPtr> parts;
  for (const value::Field& field : keyword.operand.as_object()) {
    if (!is_document(field.value)) {
      return error(ErrorCode::type_mismatch,
                   "Nested schema for $jsonSchema property '{}' must be an object", field.name);
    }
    TRY(ExprPtr function, of_part(field.value, keyword));
    parts.push_back(call(
        op::kProperty,
        {keyword.place.object, algebra::constant(Value::string(field.name)), std::move(function)}));
  }
  return all_of(std::move(parts));
}

Result<Value> name_pattern(std::string_view pattern) {
  if (const auto compiled = Pattern::compile(pattern, ""); !compiled) {
    return error(ErrorCode::bad_value, "Invalid regular expression in 'patternProperties': {}",
                 compiled.error().what);
  }
  return Value::regex(pattern, "");
}

Result<ExprPtr> parse_pattern_properties(const Keyword& keyword) {
  if (!is_document(keyword.operand)) return wrong_type(keyword, "an object");
  std::vector<ExprPtr> parts;
  for (const value::Field& field : keyword.operand.as_object()) {
    if (!is_document(field.value)) return wrong_type(keyword, "an object of objects");
    TRY(Value pattern, name_pattern(field.name));
    TRY(ExprPtr function, of_part(field.value, keyword));
    parts.push_back(
        call(op::kPatternProperties,
             {keyword.place.object, algebra::constant(std::move(pattern)), std::move(function)}));
  }
  return all_of(std::move(parts));
}

Result<ExprPtr> parse_additional_properties(const Keyword& keyword) {
  if (keyword.operand.type() != Type::boolean && !is_document(keyword.operand)) {
    return wrong_type(keyword, "an object or a boolean");
  }
  std::vector<Value> names;
  std::vector<Value> patterns;
  const Value* known = keyword.beside("properties");
  if (known != nullptr && is_document(*known)) {
    for (const value::Field& field : known->as_object()) {
      names.push_back(Value::string(field.name));
    }
  }
  const Value* matched = keyword.beside("patternProperties");
  if (matched != nullptr && is_document(*matched)) {
    for (const value::Field& field : matched->as_object()) {
      TRY(Value pattern, name_pattern(field.name));
      patterns.push_back(std::move(pattern));
    }
  }
  TRY(ExprPtr function, of_part(keyword.operand, keyword));
  return call(op::kOtherProperties,
              {keyword.place.object, algebra::constant(Value::array(std::move(names))),
               algebra::constant(Value::array(std::move(patterns))), std::move(function)});
}

ExprPtr items_from(std::uint16_t number, const Keyword& keyword, std::size_t position,
                   ExprPtr function) {
  return call(number, {keyword.place.object,
                       algebra::constant(Value::int64(static_cast<std::int64_t>(position))),
                       std::move(function)});
}

Result<ExprPtr> parse_items(const Keyword& keyword) {
  if (is_document(keyword.operand)) {
    TRY(ExprPtr function, of_part(keyword.operand, keyword));
    return items_from(op::kItems, keyword, 0, std::move(function));
  }
  if (!keyword.operand.is_array()) return wrong_type(keyword, "an array or an object");
  std::vector<ExprPtr> parts;
  for (const Value& schema : keyword.operand.as_array()) {
    if (!is_document(schema)) return wrong_type(keyword, "an array of objects");
    TRY(ExprPtr function, of_part(schema, keyword));
    const std::size_t position = parts.size();
    parts.push_back(items_from(op::kItem, keyword, position, std::move(function)));
  }
  return all_of(std::move(parts));
}

Result<ExprPtr> parse_additional_items(const Keyword& keyword) {
  if (keyword.operand.type() != Type::boolean && !is_document(keyword.operand)) {
    return wrong_type(keyword, "either an object or a boolean");
  }
  TRY(ExprPtr function, of_part(keyword.operand, keyword));
  const Value* items = keyword.beside("items");
  if (items == nullptr || !items->is_array()) return truth(true);
  return items_from(op::kItems, keyword, items->as_array().size(), std::move(function));
}

Result<ExprPtr> parse_unique_items(const Keyword& keyword) {
  if (keyword.operand.type() != Type::boolean) return wrong_type(keyword, "a boolean");
  if (!keyword.operand.as_boolean()) return truth(true);
  return keyword.on_value(op::kUniqueItems, Value::null());
}

template <std::uint16_t kTest>
Result<ExprPtr> parse_size(const Keyword& keyword) {
  return parse_count(kTest, keyword);
}

constexpr KeywordRow kRows[] = {
    {"additionalItems", parse_additional_items},
    {"additionalProperties", parse_additional_properties},
    {"items", parse_items},
    {"maxItems", parse_size<op::kMaxItems>},
    {"maxProperties", parse_size<op::kMaxProperties>},
    {"minItems", parse_size<op::kMinItems>},
    {"minProperties", parse_size<op::kMinProperties>},
    {"patternProperties", parse_pattern_properties},
    {"properties", parse_properties},
    {"required", parse_required},
    {"uniqueItems", parse_unique_items},
};

}  // namespace

std::span<const KeywordRow> part_keywords() { return kRows; }

}  // namespace octavo::mongodb
