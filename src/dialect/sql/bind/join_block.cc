#include "dialect/sql/bind/join_block.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/function/numbers.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/share.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;

const algebra::Call* own_call(const ExprPtr& expression) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.family == kFamily ? call : nullptr;
}

// Tables without whose row the expression is null.
TableSet needed_by(const ExprPtr& expression, TableRows rows) {
  if (std::holds_alternative<algebra::Var>(expression->node)) return tables_named(expression, rows);
  const algebra::Call* const call = own_call(expression);
  const OperationRow* const row = call == nullptr ? nullptr : operation_of(*call);
  if (row == nullptr || call->args.empty()) return 0;
  const bool is_access = row->number == op::kField || row->number == op::kElement;
  if (is_access || (row->flags & operation_flag::kStrictFirst) != 0) {
    return needed_by(call->args.front(), rows);
  }
  if ((row->flags & operation_flag::kStrict) == 0) return 0;
  TableSet needed = 0;
  for (const ExprPtr& part : call->args) needed |= needed_by(part, rows);
  return needed;
}

// Tables without whose row the condition is not true.
TableSet rejecting(const ExprPtr& condition, TableRows rows) {
  const algebra::Call* const call = own_call(condition);
  if (call == nullptr) return 0;
  TableSet found = 0;
  switch (call->function.number) {
    case op::kAnd:
    case op::kIsTrue:
      for (const ExprPtr& part : call->args) found |= rejecting(part, rows);
      return found;
    case op::kShare:
      if (const ExprPtr other = unshared(*call)) return rejecting(other, rows);
      return 0;
    case op::kOr:
      if (!call->args.empty()) found = ~TableSet{0};
      for (const ExprPtr& part : call->args) found &= rejecting(part, rows);
      return found;
    case op::kNot: {  // of IS NULL
      const algebra::Call* const is_null = own_call(call->args.front());
      if (is_null != nullptr && is_null->function.number == op::kIsNull) {
        return needed_by(is_null->args.front(), rows);
      }
      return needed_by(condition, rows);
    }
    default: return needed_by(condition, rows);
  }
}

TableSet rejected_by(const std::vector<JoinCondition>& conditions, TableRows rows) {
  TableSet found = 0;
  for (const JoinCondition& condition : conditions) {
    found |= rejecting(condition.typed.expression, rows);
  }
  return found;
}

template <class T>
void move_to(std::vector<T>& from, std::vector<T>& to) {
  std::ranges::move(from, std::back_inserter(to));
  from.clear();
}

void join_attached(JoinBlock& block, std::size_t at) {
  AttachedBlock attached = std::move(block.attached[at]);
  block.attached.erase(block.attached.begin() + static_cast<std::ptrdiff_t>(at));
  block.tables |= attached.block.tables;
  move_to(attached.on, block.conditions);
  move_to(attached.block.conditions, block.conditions);
  // Nothing before it names them, and all behind it comes behind them.
  block.attached.insert(block.attached.begin() + static_cast<std::ptrdiff_t>(at),
                        std::make_move_iterator(attached.block.attached.begin()),
                        std::make_move_iterator(attached.block.attached.end()));
}

// `rejected`: tables without whose row a row of the block is not wanted.
void simplify(JoinBlock& block, TableSet rejected, TableRows rows) {
  for (bool changed = true; changed;) {
    rejected |= rejected_by(block.conditions, rows);
    const auto is_needed = [&](const AttachedBlock& attached) {
      return (attached.block.all() & rejected) != 0;
    };
    const auto found = std::ranges::find_if(block.attached, is_needed);
    changed = found != block.attached.end();
    if (changed) join_attached(block, static_cast<std::size_t>(found - block.attached.begin()));
  }
  for (AttachedBlock& attached : block.attached) {
    const TableSet needed = rejected_by(attached.on, rows);
    const TableSet own = attached.block.all();
    auto moved = take_conditions(attached.on, [own](const JoinCondition& condition) {
      return condition.pure && condition.tables != 0 && (condition.tables & ~own) == 0;
    });
    move_to(moved, attached.block.conditions);
    simplify(attached.block, needed, rows);
  }
}

}  // namespace

TableSet JoinBlock::all() const {
  TableSet found = tables;
  for (const AttachedBlock& each : attached) found |= each.block.all();
  return found;
}

TableSet tables_named(const ExprPtr& expression, TableRows rows) {
  if (const auto* const variable = std::get_if<algebra::Var>(&expression->node)) {
    const auto found = std::ranges::find(rows, variable->id);
    return found == rows.end() ? 0 : set_of(static_cast<std::size_t>(found - rows.begin()));
  }
  TableSet named = 0;
  algebra::any_child(*expression, [&](const ExprPtr& part) {
    named |= tables_named(part, rows);
    return false;
  });
  return named;
}

ExprPtr side_of(algebra::VarId pair, std::string_view side) {
  return bind_field(algebra::variable(pair), side, any_type()).expression;
}

void simplify(JoinBlock& block, TableRows rows) { simplify(block, 0, rows); }

}  // namespace octavo::sql
