#include "index/multi_option.h"

#include <fmt/format.h>

namespace octavo::index {
namespace {

constexpr std::string_view kMulti = "multi";

}  // namespace

Result<value::Value> multi_option(const value::Value& given) {
  bool multi = false;
  if (!given.is_null() && !given.is_object()) {
    return fail(Code::invalid_argument, "The options of an index are an object.");
  }
  if (given.is_object()) {
    for (const value::Field& field : given.as_object()) {
      if (field.name != kMulti || field.value.type() != value::Type::boolean) {
        return fail(Code::invalid_argument,
                    fmt::format("An index of this kind has no such option: `{}`.",
                                std::string_view(field.name)));
      }
      multi = field.value.as_boolean();
    }
  }
  return value::Value::object({{std::string(kMulti), value::Value::boolean(multi)}});
}

bool is_multi(const value::Value& options) {
  const value::Value* multi = options.is_object() ? options.find(kMulti) : nullptr;
  return multi != nullptr && multi->type() == value::Type::boolean && multi->as_boolean();
}

}  // namespace octavo::index
