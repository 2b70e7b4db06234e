#include "exec/needed_fields.h"

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "base/overloaded.h"
#include "function/family.h"
#include "function/kernel_terms.h"

namespace octavo::exec {
namespace {

using algebra::Expr;
using algebra::ExprPtr;
using algebra::VarId;

const Need kAll{.all = true, .fields = {}};

Need pair_of(Need left, Need right) {
  Need pair;
  pair.fields.push_back({"left", std::move(left)});
  pair.fields.push_back({"right", std::move(right)});
  return pair;
}

// The field of an object that the call gives, if the object's other fields change nothing, not even
// what is said of an error.
std::optional<function::FieldAccess> plain_access(const algebra::Call& call) {
  const function::Family* const family = function::find_family(call.function.family);
  if (family == nullptr || !family->reads_plainly) return std::nullopt;
  return family->field_of(call);
}

// The place in `need` that the expression is of the row: the row itself, a field, a field of that.
// Null: it is something else.
Need* place_of(const Expr& expression, VarId row, Need& need) {
  if (const auto* variable = std::get_if<algebra::Var>(&expression.node)) {
    return variable->id == row ? &need : nullptr;
  }
  const auto* const call = std::get_if<algebra::Call>(&expression.node);
  const auto access = call == nullptr ? std::nullopt : plain_access(*call);
  if (!access) return nullptr;
  Need* const object = place_of(*access->object, row, need);
  return object == nullptr ? nullptr : &object->field(access->name);
}

void add_uses(const Expr& expression, VarId row, Need& need) {
  if (Need* const place = place_of(expression, row, need)) {
    place->all = true;
    return;
  }
  algebra::any_child(expression, [&](const ExprPtr& part) {
    add_uses(*part, row, need);
    return false;
  });
}

// What a function of one row looks at, where `result` is looked at of what it gives.
Need uses_of(const ExprPtr& function, const Need& result) {
  Need need;
  if (function == nullptr) return need;
  const auto* const lambda = std::get_if<algebra::Lambda>(&function->node);
  if (lambda == nullptr || lambda->params.size() != 1) return kAll;
  if (Need* const place = place_of(*lambda->body, lambda->params.front(), need)) {
    place->merge(result);
  } else {
    add_uses(*lambda->body, lambda->params.front(), need);
  }
  return need;
}

}  // namespace

Need uses_of(const ExprPtr& function) { return uses_of(function, kAll); }

std::optional<Need> plain_uses_of(const ExprPtr& function) {
  const auto* const node = std::get_if<algebra::Lambda>(&function->node);
  if (node == nullptr) return std::nullopt;
  if (std::holds_alternative<algebra::Const>(node->body->node)) return Need();
  const function::Family* const family = function::find_family(function::family_of(function));
  if (family == nullptr || !family->reads_plainly) return std::nullopt;
  return uses_of(function);
}

Need& Need::field(std::string_view name) {
  for (auto& [known, need] : fields) {
    if (known == name) return need;
  }
  return fields.emplace_back(FieldNeed{std::string(name), {}}).need;
}

void Need::merge(const Need& other) {
  all = all || other.all;
  for (const auto& [name, need] : other.fields) field(name).merge(need);
}

Need Need::of(std::string_view name) const {
  if (all) return kAll;
  for (const auto& [known, need] : fields) {
    if (known == name) return need;
  }
  return {};
}

NeededFields::NeededFields(const algebra::Plan& plan, const Need& rows) {
  visit(plan, rows);
  for (Known& known : nodes_) {
    for (const auto& [name, need] : known.need.fields) known.names.push_back(name);
  }
}

NeededFields::NeededFields(const algebra::Plan& plan) : NeededFields(plan, kAll) {}

Need NeededFields::with(Need need, const ExprPtr& function) {
  need.merge(seen_by(function, kAll));
  return need;
}

Need NeededFields::seen_by(const ExprPtr& function, const Need& result) {
  auto need = seen_of_whole(function, result);
  return need ? *std::move(need) : uses_of(function, result);
}

std::optional<Need> NeededFields::seen_of_whole(const ExprPtr& function, const Need& result) {
  if (function == nullptr) return std::nullopt;
  std::vector<std::string> names;
  for (const FieldNeed& field : result.fields) names.push_back(field.name);
  const auto seen = function::fields_seen(function, result.all ? nullptr : &names);
  if (!seen) return std::nullopt;
  all_plain_ = false;
  Need need;
  for (const std::string& name : *seen) need.field(name).all = true;
  return need;
}

const NeededFields::Known* NeededFields::known(const void* node) const {
  const auto found = std::ranges::find(nodes_, node, &Known::node);
  return found == nodes_.end() ? nullptr : &*found;
}

const std::vector<std::string>* NeededFields::find(const algebra::Scan& scan) const {
  const Known* const found = known(&scan);
  return found == nullptr || found->need.all ? nullptr : &found->names;
}

const Need* NeededFields::find_pairs(const algebra::Plan& join) const {
  const void* node = std::get_if<algebra::Join>(&join.node);
  if (node == nullptr) node = std::get_if<algebra::LookupJoin>(&join.node);
  const Known* const found = node == nullptr ? nullptr : known(node);
  return found == nullptr ? nullptr : &found->need;
}

void NeededFields::add(const void* node, const Need& rows) {
  const auto found = std::ranges::find(nodes_, node, &Known::node);
  if (found == nodes_.end()) {
    nodes_.push_back({node, rows, {}});
  } else {
    found->need.merge(rows);
  }
}

void NeededFields::visit(const algebra::Plan& plan, const Need& rows) {
  using namespace algebra;
  std::visit(
      Overloaded{
          [&](const Scan& node) { add(&node, rows); },
          [](const ScanBy&) {},
          [](const Values&) {},
          [](const Working&) {},
          [&](const Filter& node) { visit(*node.input, with(rows, node.predicate)); },
          [&](const Map& node) { visit(*node.input, seen_by(node.function, rows)); },
          [&](const Unwind& node) {
            // Its rows are documents where it sees documents, and else elements of what it gives.
            auto need = seen_of_whole(node.function, rows);
            visit(*node.input, need ? *need : uses_of(node.function, kAll));
          },
          [&](const Sort& node) {
            Need need = rows;
            for (const SortKey& key : node.keys) need = with(std::move(need), key.key);
            visit(*node.input, need);
          },
          [&](const Limit& node) { visit(*node.input, rows); },
          [&](const Distinct& node) { visit(*node.input, kAll); },
          [&](const Union& node) {
            for (const PlanPtr& input : node.inputs) visit(*input, rows);
          },
          [&](const LookupJoin& node) {
            add(&node, rows);
            const Need pair = with(rows, node.condition);
            visit(*node.outer, with(pair.of("left"), node.key));
          },
          [&](const Apply& node) {
            const Need pair = with(rows, node.condition);
            visit(*node.outer, with(pair.of("left"), node.arguments));
          },
          [&](const Join& node) {
            add(&node, rows);
            const bool makes_pairs = node.kind != JoinKind::semi && node.kind != JoinKind::anti;
            const Need pair = with(makes_pairs ? rows : pair_of(rows, Need()), node.condition);
            Need left = pair.of("left");
            Need right = node.kind == JoinKind::mark ? Need() : pair.of("right");
            if (node.kind == JoinKind::mark) right = seen_by(node.condition, kAll).of("right");
            for (const JoinKey& key : node.keys) {
              left = with(std::move(left), key.left);
              right = with(std::move(right), key.right);
            }
            visit(*node.left, left);
            visit(*node.right, right);
          },
          [&](const Group& node) {
            Need need;
            for (const ExprPtr& key : node.keys) need = with(std::move(need), key);
            for (const Aggregate& aggregate : node.aggregates) {
              need = with(std::move(need), aggregate.argument);
            }
            visit(*node.input, need);
          },
          [&](const Window& node) { visit(*node.input, kAll); },
          [&](const Recursive& node) {
            visit(*node.seed, kAll);
            visit(*node.step, kAll);
          },
      },
      plan.node);
}

}  // namespace octavo::exec
