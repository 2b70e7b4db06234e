#include "index/ordered/ordered_options.h"

#include "index/multi_option.h"

namespace octavo::index {
namespace {

constexpr std::string_view kNulls = "nulls";

}  // namespace

// Where it is not wanted it is not there, as in the indexes that were before it.
Result<value::Value> ordered_options(const value::Value& given) {
  const value::Value* nulls = given.is_object() ? given.find(kNulls) : nullptr;
  if (nulls == nullptr || nulls->type() != value::Type::boolean) return multi_option(given);
  value::ObjectBuilder others(given);
  others.erase(kNulls);
  TRY(value::Value options, multi_option(std::move(others).build()));
  if (!nulls->as_boolean()) return options;
  value::ObjectBuilder out(options);
  out.set(kNulls, value::Value::boolean(true));
  return std::move(out).build();
}

bool keeps_nulls(const value::Value& options) {
  const value::Value* nulls = options.is_object() ? options.find(kNulls) : nullptr;
  return nulls != nullptr && nulls->type() == value::Type::boolean && nulls->as_boolean();
}

}  // namespace octavo::index
