#include "index/ordered/ordered_options.h"

#include "index/multi_option.h"

namespace octavo::index {
namespace {

using value::Type;
using value::Value;

constexpr std::string_view kNulls = "nulls", kOnce = "once";

bool is_on(const Value& options, std::string_view name) {
  const Value* option = options.is_object() ? options.find(name) : nullptr;
  return option != nullptr && option->type() == Type::boolean && option->as_boolean();
}

}  // namespace

// What is not wanted is not there, as in the indexes that were before these options.
Result<Value> ordered_options(const Value& given) {
  if (!given.is_object()) return multi_option(given);
  value::ObjectBuilder others(given);
  std::vector<std::string_view> wanted;
  for (const std::string_view name : {kNulls, kOnce}) {
    const Value* option = given.find(name);
    if (option == nullptr || option->type() != Type::boolean) continue;
    others.erase(name);
    if (option->as_boolean()) wanted.push_back(name);
  }
  TRY(Value options, multi_option(std::move(others).build()));
  if (wanted.empty()) return options;
  value::ObjectBuilder out(options);
  for (const std::string_view name : wanted) out.set(name, Value::boolean(true));
  return std::move(out).build();
}

bool keeps_nulls(const Value& options) { return is_on(options, kNulls); }
bool delivers_once(const Value& options) { return is_on(options, kOnce); }

}  // namespace octavo::index
