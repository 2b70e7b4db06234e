#include "exec/plain_fields.h"

#include <algorithm>

#include "function/family.h"
#include "value/maker.h"

namespace octavo::exec {

std::optional<std::vector<std::string>> array_of_fields(const algebra::ExprPtr& lambda) {
  const auto* const node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  const auto* const array = std::get_if<algebra::MakeArray>(&node->body->node);
  if (array == nullptr || array->elements.empty()) return std::nullopt;
  std::vector<std::string> names;
  names.reserve(array->elements.size());
  for (const algebra::ExprPtr& element : array->elements) {
    const auto* const call = std::get_if<algebra::Call>(&element->node);
    if (call == nullptr) return std::nullopt;
    const function::Family* const family = function::find_family(call->function.family);
    if (family == nullptr || !family->reads_plainly) return std::nullopt;
    const auto access = family->field_of(*call);
    if (!access) return std::nullopt;
    const auto* const row = std::get_if<algebra::Var>(&access->object->node);
    if (row == nullptr || row->id != node->params.front()) return std::nullopt;
    names.emplace_back(access->name);
  }
  return names;
}

value::Value fields_of(const value::Value& row, std::span<const std::string> names) {
  value::ArrayMaker array(names.size());
  for (const std::string& name : names) {
    const value::Value* const found = row.find(name);
    array.append(found == nullptr ? value::Value() : *found);
  }
  return std::move(array).finish();
}

std::vector<std::string> path_of_field(const algebra::ExprPtr& lambda) {
  const auto* const node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return {};
  std::vector<std::string> path;
  algebra::ExprPtr at = node->body;
  for (;;) {
    if (const auto* const row = std::get_if<algebra::Var>(&at->node)) {
      if (row->id != node->params.front()) return {};
      std::ranges::reverse(path);
      return path;
    }
    const auto* const call = std::get_if<algebra::Call>(&at->node);
    if (call == nullptr) return {};
    const function::Family* const family = function::find_family(call->function.family);
    if (family == nullptr || !family->reads_plainly) return {};
    const auto access = family->field_of(*call);
    if (!access) return {};
    path.emplace_back(access->name);
    at = algebra::ExprPtr(access->object);
  }
}

const value::Value* field_at(const value::Value& row, std::span<const std::string> path) {
  const value::Value* at = &row;
  for (const std::string& name : path) {
    at = at->find(name);
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace octavo::exec
