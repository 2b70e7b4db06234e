#include "index/ordered/ordered_options.h"

#include "index/multi_option.h"

namespace octavo::index {
namespace {

using value::Type;
using value::Value;

constexpr std::string_view kNulls = "nulls", kOnce = "once", kExpire = "expire_after_seconds";
constexpr std::int64_t kMostSeconds = 2'147'483'647;

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
  const Value* const expire = given.find(kExpire);
  if (expire != nullptr) {
    const bool seconds = expire->type() == Type::int64 && expire->as_int64() >= 0 &&
                         expire->as_int64() <= kMostSeconds;
    if (!seconds) return fail(Code::invalid_argument, "`expire_after_seconds` is no such number.");
    others.erase(kExpire);
  }
  TRY(Value options, multi_option(std::move(others).build()));
  if (wanted.empty() && expire == nullptr) return options;
  value::ObjectBuilder out(options);
  for (const std::string_view name : wanted) out.set(name, Value::boolean(true));
  if (expire != nullptr) out.set(kExpire, *expire);
  return std::move(out).build();
}

bool keeps_nulls(const Value& options) { return is_on(options, kNulls); }
bool delivers_once(const Value& options) { return is_on(options, kOnce); }

std::optional<std::int64_t> expiry_seconds(const Value& options) {
  const Value* const option = options.is_object() ? options.find(kExpire) : nullptr;
  if (option == nullptr || option->type() != Type::int64) return std::nullopt;
  return option->as_int64();
}

}  // namespace octavo::index
