#include "protocol/mongodb/command/hint.h"

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

using value::Value;

bool is_direction(const Value& number) {
  return number.is_number() && (number.to_double() == 1 || number.to_double() == -1);
}

}  // namespace

bool is_natural(const Value& given) {
  return given.is_object() && !given.as_object().empty() &&
         given.as_object().front().name == kNatural;
}

Status check_hint(const Value* hint) {
  if (hint == nullptr) return {};
  if (hint->is_string()) {
    if (hint->as_string() != kNatural) return {};
    return error(ErrorCode::bad_value, "{} is given as a document", kNatural);
  }
  if (!hint->is_object()) {
    return error(ErrorCode::failed_to_parse, "Hint must be a string or an object");
  }
  const Value* const direction = hint->find(kNatural);
  if (direction == nullptr) return {};
  if (hint->as_object().size() != 1) {
    return error(ErrorCode::bad_value, "{} hint cannot be combined with other fields", kNatural);
  }
  if (is_direction(*direction)) return {};
  return error(ErrorCode::bad_value, "$natural hint may only accept the values 1 or -1");
}

}  // namespace octavo::mongodb
