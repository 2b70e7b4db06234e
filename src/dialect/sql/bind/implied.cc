#include "dialect/sql/bind/implied.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/function/numbers.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

// More arms and conditions than these are not looked into: each is compared with each.
constexpr std::size_t kMostArms = 64;
constexpr std::size_t kMostEqual = 64;

const algebra::Call* own_call(const ExprPtr& expression) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.family == kFamily ? call : nullptr;
}

bool is_call_of(const ExprPtr& expression, std::uint16_t operation) {
  const algebra::Call* const call = own_call(expression);
  return call != nullptr && call->function.number == operation;
}

// Those of AND, or the condition itself.
std::vector<ExprPtr> conjuncts_of(const ExprPtr& condition) {
  if (!is_call_of(condition, op::kAnd)) return {condition};
  std::vector<ExprPtr> all;
  for (const ExprPtr& part : own_call(condition)->args) {
    for (ExprPtr& conjunct : conjuncts_of(part)) all.push_back(std::move(conjunct));
  }
  return all;
}

ExprPtr junction(std::uint16_t operation, std::vector<ExprPtr> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return algebra::call({kFamily, operation}, std::move(parts));
}

JoinCondition condition_like(const JoinCondition& condition, ExprPtr expression, TableRows rows) {
  JoinCondition made{.tables = tables_named(expression, rows), .implied = true};
  made.typed = {.expression = std::move(expression), .type = condition.typed.type};
  return made;
}

bool contains(const std::vector<ExprPtr>& all, const ExprPtr& one) {
  return std::ranges::any_of(all, [&](const ExprPtr& other) { return algebra::equal(other, one); });
}

// --- Equalities ---

// Of texts under a collation, the arguments behind the sides say under which.
bool is_equality(const algebra::Call& call) {
  return (call.function.number == op::kEqual || call.function.number == op::kEqualText) &&
         call.args.size() >= 2;
}

bool compare_alike(const algebra::Call& a, const algebra::Call& b) {
  if (a.function != b.function || a.args.size() != b.args.size()) return false;
  for (std::size_t i = 2; i < a.args.size(); ++i) {
    if (!algebra::equal(a.args[i], b.args[i])) return false;
  }
  return true;
}

// Expressions that are all equal, and one of the equalities that say so.
struct EqualClass {
  const JoinCondition* like = nullptr;
  const algebra::Call* call = nullptr;
  std::vector<ExprPtr> members;

  bool has(const ExprPtr& expression) const { return contains(members, expression); }
  void add(const ExprPtr& expression) {
    if (!has(expression)) members.push_back(expression);
  }
};

std::vector<EqualClass> classes_of(const std::vector<JoinCondition>& conditions) {
  std::vector<EqualClass> classes;
  for (const JoinCondition& condition : conditions) {
    const algebra::Call* const call = own_call(condition.typed.expression);
    if (call == nullptr || !condition.pure || !is_equality(*call)) continue;
    if (algebra::has_subplan(condition.typed.expression)) continue;
    EqualClass joined{.like = &condition, .call = call, .members = {}};
    joined.add(call->args[0]);
    joined.add(call->args[1]);
    std::erase_if(classes, [&](const EqualClass& other) {
      const bool meets = compare_alike(*other.call, *call) &&
                         (other.has(call->args[0]) || other.has(call->args[1]));
      if (meets) {
        for (const ExprPtr& member : other.members) joined.add(member);
      }
      return meets;
    });
    classes.push_back(std::move(joined));
  }
  return classes;
}

bool is_constant(const ExprPtr& expression) {
  return std::holds_alternative<algebra::Const>(expression->node);
}

bool is_said(const std::vector<JoinCondition>& conditions, const ExprPtr& a, const ExprPtr& b) {
  return std::ranges::any_of(conditions, [&](const JoinCondition& condition) {
    const algebra::Call* const call = own_call(condition.typed.expression);
    if (call == nullptr || !is_equality(*call)) return false;
    return (algebra::equal(call->args[0], a) && algebra::equal(call->args[1], b)) ||
           (algebra::equal(call->args[0], b) && algebra::equal(call->args[1], a));
  });
}

void add_equalities(const EqualClass& of, const std::vector<JoinCondition>& said, TableRows rows,
                    std::vector<JoinCondition>& added) {
  const auto constant = std::ranges::find_if(of.members, is_constant);
  const auto add = [&](const ExprPtr& a, const ExprPtr& b) {
    if (is_said(said, a, b)) return;
    std::vector<ExprPtr> args = of.call->args;
    args[0] = a;
    args[1] = b;
    added.push_back(
        condition_like(*of.like, algebra::call(of.call->function, std::move(args)), rows));
  };
  for (std::size_t i = 0; i < of.members.size(); ++i) {
    const ExprPtr& member = of.members[i];
    const TableSet tables = tables_named(member, rows);
    if (tables == 0) continue;
    if (constant != of.members.end()) {
      add(member, *constant);
      continue;
    }
    for (std::size_t k = i + 1; k < of.members.size(); ++k) {
      const TableSet others = tables_named(of.members[k], rows);
      if (others != 0 && others != tables) add(member, of.members[k]);
    }
  }
}

}  // namespace

std::vector<JoinCondition> implied_by(const JoinCondition& condition, TableRows rows) {
  const ExprPtr& expression = condition.typed.expression;
  std::vector<JoinCondition> implied;
  if (!condition.pure || !is_call_of(expression, op::kOr) || algebra::has_subplan(expression)) {
    return implied;
  }
  std::vector<std::vector<ExprPtr>> arms;
  for (const ExprPtr& arm : own_call(expression)->args) arms.push_back(conjuncts_of(arm));
  if (arms.size() < 2 || arms.size() > kMostArms) return implied;
  for (const ExprPtr& conjunct : arms.front()) {
    const auto says_it = [&](const auto& arm) { return contains(arm, conjunct); };
    if (std::ranges::all_of(arms, says_it)) {
      implied.push_back(condition_like(condition, conjunct, rows));
    }
  }
  if (std::has_single_bit(condition.tables)) return implied;
  for (std::size_t table = 0; table < rows.size(); ++table) {
    if ((condition.tables & set_of(table)) == 0) continue;
    std::vector<ExprPtr> of_arms;
    for (const auto& arm : arms) {
      std::vector<ExprPtr> of_table;
      for (const ExprPtr& conjunct : arm) {
        if (tables_named(conjunct, rows) == set_of(table)) of_table.push_back(conjunct);
      }
      if (of_table.empty()) break;
      of_arms.push_back(junction(op::kAnd, std::move(of_table)));
    }
    if (of_arms.size() != arms.size()) continue;
    implied.push_back(condition_like(condition, junction(op::kOr, std::move(of_arms)), rows));
  }
  return implied;
}

void close_equalities(JoinBlock& block, TableRows rows) {
  std::vector<JoinCondition> added;
  if (block.conditions.size() <= kMostEqual) {
    for (const EqualClass& each : classes_of(block.conditions)) {
      if (each.members.size() > 2) add_equalities(each, block.conditions, rows, added);
    }
  }
  std::ranges::move(added, std::back_inserter(block.conditions));
  for (AttachedBlock& attached : block.attached) close_equalities(attached.block, rows);
}

}  // namespace octavo::sql
