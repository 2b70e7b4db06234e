#include "dialect/sql/bind/column_origin.h"

#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "base/overloaded.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/function/numbers.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

// A field of a document, or an element of an array.
using Step = std::variant<std::string, std::size_t>;
// From the outside in.
struct Access {
  algebra::VarId row{};
  std::vector<Step> steps;
};
using Steps = std::span<const Step>;
using Origin = std::optional<StoredColumn>;

std::optional<Step> step_of(const algebra::Call& call) {
  if (call.function.family != kFamily || call.args.size() < 2) return std::nullopt;
  const auto* const which = std::get_if<algebra::Const>(&call.args[1]->node);
  if (which == nullptr) return std::nullopt;
  if (call.function.number == op::kField && which->value.is_string()) {
    return Step(std::string(which->value.as_string()));
  }
  const auto place = which->value.is_number() ? which->value.to_int64() : std::nullopt;
  if (call.function.number != op::kElement || !place || *place < 0) return std::nullopt;
  return Step(static_cast<std::size_t>(*place));
}

std::optional<Access> access_of(const ExprPtr& expression) {
  if (const algebra::Var* const variable = variable_of(expression)) return Access{variable->id, {}};
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  auto step = call == nullptr ? std::nullopt : step_of(*call);
  auto access = step ? access_of(call->args.front()) : std::nullopt;
  if (access) access->steps.push_back(*std::move(step));
  return access;
}

bool is_field(Steps steps, std::string_view name) {
  const auto* const field = steps.empty() ? nullptr : std::get_if<std::string>(&steps.front());
  return field != nullptr && *field == name;
}

Origin origin_in(const algebra::Plan& plan, Steps steps);

Origin column_of(TableId table, Steps steps) {
  const auto* const field = steps.size() == 1 ? std::get_if<std::string>(&steps.front()) : nullptr;
  return field == nullptr ? std::nullopt : Origin({table, *field});
}

// Of what a function of rows of the plan gives.
Origin origin_of_made(const algebra::Plan& plan, const algebra::Lambda& function, ExprPtr made,
                      Steps steps) {
  if (function.params.size() != 1) return std::nullopt;
  while (!steps.empty()) {
    const auto* const array = std::get_if<algebra::MakeArray>(&made->node);
    const auto* const place = std::get_if<std::size_t>(&steps.front());
    if (array == nullptr || place == nullptr || *place >= array->elements.size()) break;
    made = array->elements[*place];
    steps = steps.subspan(1);
  }
  auto access = access_of(made);
  if (!access || access->row != function.params.front()) return std::nullopt;
  access->steps.insert(access->steps.end(), steps.begin(), steps.end());
  return origin_in(plan, access->steps);
}

const algebra::Lambda* lambda_of(const ExprPtr& function) {
  return function == nullptr ? nullptr : std::get_if<algebra::Lambda>(&function->node);
}

Origin origin_of_key(const algebra::Group& group, Steps steps) {
  if (group.rollup || !is_field(steps, "group")) return std::nullopt;
  steps = steps.subspan(1);
  std::size_t key = 0;
  if (group.keys.size() > 1) {
    const auto* const place = steps.empty() ? nullptr : std::get_if<std::size_t>(&steps.front());
    if (place == nullptr || *place >= group.keys.size()) return std::nullopt;
    key = *place;
    steps = steps.subspan(1);
  }
  const auto* const function = group.keys.empty() ? nullptr : lambda_of(group.keys[key]);
  if (function == nullptr) return std::nullopt;
  return origin_of_made(*group.input, *function, function->body, steps);
}

Origin origin_in_pair(const algebra::Plan& left, const algebra::Plan* right, Steps steps) {
  if (is_field(steps, "left")) return origin_in(left, steps.subspan(1));
  if (right != nullptr && is_field(steps, "right")) return origin_in(*right, steps.subspan(1));
  return std::nullopt;
}

Origin origin_in(const algebra::Plan& plan, Steps steps) {
  using algebra::JoinKind;
  return std::visit(
      Overloaded{
          [&](const algebra::Scan& node) { return column_of(node.table, steps); },
          [&](const algebra::ScanBy& node) { return column_of(node.table, steps); },
          [&](const algebra::Filter& node) { return origin_in(*node.input, steps); },
          [&](const algebra::Sort& node) { return origin_in(*node.input, steps); },
          [&](const algebra::Limit& node) { return origin_in(*node.input, steps); },
          [&](const algebra::Distinct& node) { return origin_in(*node.input, steps); },
          [&](const algebra::Map& node) -> Origin {
            const auto* const function = lambda_of(node.function);
            if (function == nullptr) return std::nullopt;
            return origin_of_made(*node.input, *function, function->body, steps);
          },
          [&](const algebra::Join& node) {
            const bool is_left = node.kind == JoinKind::semi || node.kind == JoinKind::anti;
            if (is_left) return origin_in(*node.left, steps);
            const bool has_right = node.kind != JoinKind::mark;
            return origin_in_pair(*node.left, has_right ? node.right.get() : nullptr, steps);
          },
          [&](const algebra::LookupJoin& node) {
            return is_field(steps, "right") ? column_of(node.table, steps.subspan(1))
                                            : origin_in_pair(*node.outer, nullptr, steps);
          },
          [&](const algebra::Apply& node) {
            return origin_in_pair(*node.outer, node.inner.get(), steps);
          },
          [&](const algebra::Group& node) { return origin_of_key(node, steps); },
          [](const auto&) -> Origin { return std::nullopt; },
      },
      plan.node);
}

}  // namespace

std::optional<algebra::VarId> row_of_access(const ExprPtr& expression) {
  const auto access = access_of(expression);
  return access && !access->steps.empty() ? std::optional(access->row) : std::nullopt;
}

std::optional<StoredColumn> origin_of(const algebra::Plan& plan, algebra::VarId row,
                                      const ExprPtr& value) {
  const auto access = access_of(value);
  return access && access->row == row ? origin_in(plan, access->steps) : std::nullopt;
}

}  // namespace octavo::sql
