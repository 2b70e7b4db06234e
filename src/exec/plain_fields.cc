#include "exec/plain_fields.h"

#include <algorithm>

#include "algebra/children.h"
#include "function/family.h"
#include "value/maker.h"

namespace octavo::exec {
namespace {

using Names = std::vector<std::string>;

// False: the lambda may see the row as a whole.
bool add_fields(const algebra::ExprPtr& lambda, Names& names) {
  const function::Family* const family = function::find_family(function::family_of(lambda));
  if (family == nullptr || !family->reads_plainly) return false;
  const auto read = family->fields_read(lambda);
  if (!read) return false;
  for (const std::string& name : *read) {
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return true;
}

bool add_fields(const algebra::Group& group, Names& names) {
  const auto reads_fields = [&names](const algebra::ExprPtr& lambda) {
    return lambda == nullptr || add_fields(lambda, names);
  };
  return std::ranges::all_of(group.keys, reads_fields) &&
         std::ranges::all_of(group.aggregates, reads_fields, &algebra::Aggregate::argument);
}

}  // namespace

std::optional<Names> array_of_fields(const algebra::ExprPtr& lambda) {
  const auto* const node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr || node->params.size() != 1) return std::nullopt;
  const auto* const array = std::get_if<algebra::MakeArray>(&node->body->node);
  if (array == nullptr || array->elements.empty()) return std::nullopt;
  Names names;
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

const Names* NarrowScans::find(const algebra::Plan& scan) const {
  const auto at = std::ranges::find(scans_, &scan, &Known::scan);
  return at == scans_.end() || !at->names ? nullptr : &*at->names;
}

// A plan may be an input of several nodes: what all of them want is read.
void NarrowScans::add(const algebra::Plan& scan, std::optional<Names> names) {
  const auto at = std::ranges::find(scans_, &scan, &Known::scan);
  if (at == scans_.end()) {
    scans_.push_back({&scan, std::move(names)});
  } else if (at->names != names) {
    at->names.reset();
  }
}

void NarrowScans::visit(const algebra::PlanPtr& plan, const Names* wanted) {
  Names names;
  if (wanted != nullptr) names = *wanted;
  if (const auto* const map = std::get_if<algebra::Map>(&plan->node)) {
    names.clear();
    return visit(map->input, add_fields(map->function, names) ? &names : nullptr);
  }
  if (const auto* const group = std::get_if<algebra::Group>(&plan->node)) {
    names.clear();
    return visit(group->input, add_fields(*group, names) ? &names : nullptr);
  }
  if (const auto* const filter = std::get_if<algebra::Filter>(&plan->node)) {
    const bool some = wanted != nullptr && add_fields(filter->predicate, names);
    return visit(filter->input, some ? &names : nullptr);
  }
  if (const auto* const sort = std::get_if<algebra::Sort>(&plan->node)) {
    const auto reads_fields = [&names](const algebra::SortKey& key) {
      return add_fields(key.key, names);
    };
    const bool some = wanted != nullptr && std::ranges::all_of(sort->keys, reads_fields);
    return visit(sort->input, some ? &names : nullptr);
  }
  if (const auto* const limit = std::get_if<algebra::Limit>(&plan->node)) {
    return visit(limit->input, wanted);
  }
  if (std::holds_alternative<algebra::Scan>(plan->node)) {
    return add(*plan, wanted == nullptr ? std::nullopt : std::optional(std::move(names)));
  }
  algebra::for_each_input(*plan, [this](const algebra::PlanPtr& input) { visit(input, nullptr); });
}

}  // namespace octavo::exec
