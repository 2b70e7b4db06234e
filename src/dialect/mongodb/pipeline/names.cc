#include "dialect/mongodb/pipeline/names.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/type/namespace.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

}  // namespace

Status check_collection_name(const CollectionName& name) {
  return check_collection_name(name.database, name.collection);
}

Status check_fields(std::string_view where, const Value& document,
                    std::span<const std::string_view> names) {
  constexpr std::uint32_t kUnknown = 40415;
  for (const value::Field& field : document.as_object()) {
    if (std::ranges::find(names, field.name) != names.end()) continue;
    return error(kUnknown, "BSON field '{}.{}' is an unknown field.", where, field.name);
  }
  return {};
}

std::unexpected<Error> wrong_type(std::string_view where, std::string_view name, const Value& value,
                                  std::string_view expected) {
  return error(ErrorCode::type_mismatch,
               "BSON field '{}.{}' is the wrong type '{}', expected type '{}'", where, name,
               type_alias(value), expected);
}

Result<std::vector<std::string>> split_path(std::string_view path) {
  constexpr std::uint32_t kNullByte = 16411;
  if (path.find('\0') != std::string_view::npos) {
    return error(kNullByte, "FieldPath field names may not contain '\\0'.");
  }
  return split_field_path(path);
}

Result<const Value*> string_field(std::string_view where, const Value& document,
                                  std::string_view name) {
  const Value* field = document.find(name);
  if (field == nullptr || is_nullish(*field)) return nullptr;
  if (bson_type(*field) != BsonType::string) return wrong_type(where, name, *field, "string");
  return field;
}

Result<std::string> required_string(std::string_view where, const Value& document,
                                    std::string_view name) {
  constexpr std::uint32_t kMissing = 40414;
  TRY(const Value* const field, string_field(where, document, name));
  if (field == nullptr) {
    return error(kMissing, "BSON field '{}.{}' is missing but a required field", where, name);
  }
  return std::string(field->as_string());
}

}  // namespace octavo::mongodb
