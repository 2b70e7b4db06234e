#include "dialect/sql/function/json_arguments.h"

#include "base/text.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {

using value::Value;

Value whole_json(const Value& part) { return part.is_null() ? Value::undefined() : part; }

Value part_of_json(const Value& whole) {
  return whole.type() == value::Type::undefined ? Value() : whole;
}

Result<JsonPath> path_at(Args args, std::size_t i) {
  TRY(const std::string_view text, text_at(args, i));
  return parse_json_path(text);
}

Result<JsonPath> plain_path_at(Args args, std::size_t i) {
  TRY(JsonPath path, path_at(args, i));
  if (path.is_wild()) return error<3149>();
  return path;
}

Result<bool> wants_all(Args args, std::size_t i, std::string_view function) {
  TRY(const std::string_view word, text_at(args, i));
  if (equals_ignoring_case(word, "all")) return true;
  if (equals_ignoring_case(word, "one")) return false;
  return error<3154>(function);
}

}  // namespace octavo::sql
