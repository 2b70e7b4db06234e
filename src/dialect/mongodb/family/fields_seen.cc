#include "dialect/mongodb/family/fields_seen.h"

#include <algorithm>
#include <span>

#include "dialect/mongodb/expression/lambda.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/project/operations.h"

namespace octavo::mongodb {
namespace {

using Names = std::vector<std::string>;

// Of calls that give their first argument, a document, with changes: which of the others name paths
// of it; they read its field at the first name.
struct ChangeRow {
  std::uint16_t number;
  std::vector<std::size_t> paths;
};
const ChangeRow* find_change(algebra::FunctionId function) {
  static const ChangeRow kRows[] = {{op::kSetPath, {1}},
                                    {op::kUnwind, {1, 3}},
                                    {op::kUnwindAt, {1}},
                                    {op::kAddFields, {}},
                                    {op::kExclude, {}}};
  if (function.family != kFamily) return nullptr;
  const auto* const found = std::ranges::find(kRows, function.number, &ChangeRow::number);
  return found == std::end(kRows) ? nullptr : found;
}

// The first name of a path that is a constant; nothing: it is null, or something else.
std::optional<std::string> first_name(const algebra::ExprPtr& path) {
  const auto* const names = std::get_if<algebra::Const>(&path->node);
  if (names == nullptr || !names->value.is_array() || names->value.as_array().empty()) {
    return std::nullopt;
  }
  const value::Value& first = names->value.as_array().front();
  return first.is_string() ? std::optional(std::string(first.as_string())) : std::nullopt;
}

}  // namespace

std::optional<Names> fields_seen(const algebra::ExprPtr& function, const Names* result) {
  if (auto read = fields_read(function)) return read;
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  if (result == nullptr || lambda == nullptr || lambda->params.size() != 1) return std::nullopt;
  const auto* const call = std::get_if<algebra::Call>(&lambda->body->node);
  const ChangeRow* const change = call == nullptr ? nullptr : find_change(call->function);
  if (change == nullptr || call->args.empty() || !call->options.empty()) return std::nullopt;
  const auto* const row = std::get_if<algebra::Var>(&call->args.front()->node);
  if (row == nullptr || row->id != lambda->params.front()) return std::nullopt;
  Names seen = *result;
  for (const std::size_t path : change->paths) {
    const auto name = path < call->args.size() ? first_name(call->args[path]) : std::nullopt;
    if (name) seen.push_back(*name);
  }
  for (const algebra::ExprPtr& part : std::span(call->args).subspan(1)) {
    const auto read = fields_read(algebra::lambda(lambda->params, part));
    if (!read) return std::nullopt;
    seen.insert(seen.end(), read->begin(), read->end());
  }
  return seen;
}

}  // namespace octavo::mongodb
