#include "dialect/mongodb/update/modifier.h"

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/update/identical.h"

namespace octavo::mongodb {

using value::Value;

std::string Application::id_text() const {
  const Value* id = document.find("_id");
  return id == nullptr ? "no id" : "_id: " + print(*id);
}

std::string EditTarget::path_text() const { return fmt::format("{}", fmt::join(path, ".")); }

Change Change::to(const Value* existing, Value value) {
  if (existing != nullptr && identical(*existing, value)) return {};
  return {.kind = Kind::set, .value = std::move(value)};
}

Change Change::removal(const Value* existing) {
  return {.kind = existing == nullptr ? Kind::none : Kind::remove, .value = Value()};
}

std::string ModifierCall::text() const { return std::string(path) + ": " + print(operand); }

std::vector<PlacedModifier> placed(const ModifierCall& call, ModifierPtr modifier) {
  std::vector<PlacedModifier> one;
  one.push_back({.path = std::string(call.path), .modifier = std::move(modifier)});
  return one;
}

}  // namespace octavo::mongodb
