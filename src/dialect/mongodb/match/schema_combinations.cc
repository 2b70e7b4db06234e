// Keywords of $jsonSchema that put schemas together, say nothing, or are refused.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/schema_keyword.h"
#include "dialect/mongodb/match/walk.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

Result<std::vector<ExprPtr>> alternatives(const Keyword& keyword) {
  if (!keyword.operand.is_array()) return wrong_type(keyword, "an array");
  if (keyword.operand.as_array().empty()) {
    return wrong_value(keyword, "must be a non-empty array");
  }
  TRY(const Place place, deeper(keyword.place));
  std::vector<ExprPtr> parts;
  for (const Value& schema : keyword.operand.as_array()) {
    if (!is_document(schema)) return wrong_type(keyword, "an array of objects");
    TRY(ExprPtr part, parse_schema(schema, place));
    parts.push_back(std::move(part));
  }
  return parts;
}
Result<ExprPtr> parse_all_of(const Keyword& keyword) {
  TRY(std::vector<ExprPtr> parts, alternatives(keyword));
  return all_of(std::move(parts));
}
Result<ExprPtr> parse_any_of(const Keyword& keyword) {
  TRY(std::vector<ExprPtr> parts, alternatives(keyword));
  return any_of(std::move(parts));
}
Result<ExprPtr> parse_one_of(const Keyword& keyword) {
  TRY(std::vector<ExprPtr> parts, alternatives(keyword));
  return call(op::kExactlyOneOf, std::move(parts));
}
Result<ExprPtr> parse_not(const Keyword& keyword) {
  if (!is_document(keyword.operand)) return wrong_type(keyword, "an object");
  TRY(const Place place, deeper(keyword.place));
  TRY(ExprPtr schema, parse_schema(keyword.operand, place));
  return not_of(std::move(schema));
}

Result<ExprPtr> parse_dependencies(const Keyword& keyword) {
  if (!is_document(keyword.operand)) return wrong_type(keyword, "an object");
  TRY(const Place place, deeper(keyword.place));
  std::vector<ExprPtr> parts;
  for (const value::Field& field : keyword.operand.as_object()) {
    const auto has = [&](Value names) {
      return call(op::kHasProperties, {keyword.place.object, algebra::constant(std::move(names))});
    };
    ExprPtr wanted;
    if (is_document(field.value)) {
      TRY(wanted, parse_schema(field.value, place));
    } else {
      TRY(Value names, different_names(keyword, field.value));
      wanted = has(std::move(names));
    }
    parts.push_back(
        any_of({not_of(has(Value::array({Value::string(field.name)}))), std::move(wanted)}));
  }
  return all_of(std::move(parts));
}

Result<ExprPtr> parse_words(const Keyword& keyword) {
  if (!keyword.operand.is_string()) return wrong_type(keyword, "of type string");
  return truth(true);
}

Result<ExprPtr> refuse(const Keyword& keyword) {
  return error(ErrorCode::failed_to_parse, "$jsonSchema keyword '{}' is not currently supported",
               keyword.name);
}

constexpr KeywordRow kRows[] = {
    {"$ref", refuse},
    {"$schema", refuse},
    {"allOf", parse_all_of},
    {"anyOf", parse_any_of},
    {"default", refuse},
    {"definitions", refuse},
    {"dependencies", parse_dependencies},
    {"description", parse_words},
    {"format", refuse},
    {"id", refuse},
    {"not", parse_not},
    {"oneOf", parse_one_of},
    {"title", parse_words},
};

}  // namespace

std::span<const KeywordRow> combination_keywords() { return kRows; }

}  // namespace octavo::mongodb
