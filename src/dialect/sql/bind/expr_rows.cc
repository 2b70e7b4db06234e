// Rows of values: (a, b) = (1, 2), (a, b) IN ((1, 2), (3, 4)), and queries in their place.

#include <algorithm>
#include <utility>

#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/share.h"

namespace octavo::sql {
namespace {

std::unexpected<Error> wrong_width(std::size_t wanted) {
  return error<1241>(std::to_string(wanted));
}

// Of a comparison that the first columns in which rows differ decide.
BinaryOperator strictly(BinaryOperator op) {
  switch (op) {
    case BinaryOperator::less_or_equal: return BinaryOperator::less;
    case BinaryOperator::greater_or_equal: return BinaryOperator::greater;
    default: return op;
  }
}

// So that comparisons are made of these very expressions.
void fold_all(std::vector<Typed>& columns, const CallContext& context) {
  for (Typed& column : columns) column.expression = fold(column.expression, context);
}

using SharedColumns = std::vector<SharedOperand>;

SharedColumns shared_columns(const std::vector<Typed>& columns) {
  SharedColumns shared;
  for (const Typed& column : columns) shared.emplace_back(column.expression);
  return shared;
}

Typed share(SharedColumns columns, Typed body) {
  for (SharedOperand& column : columns) body = std::move(column).share(std::move(body));
  return body;
}

}  // namespace

bool ExprBinder::is_row(const Expr& expr) { return std::holds_alternative<RowOf>(expr.node); }

Result<ExprBinder::Columns> ExprBinder::bind_columns(const Expr& expr) {
  if (const auto* const row = std::get_if<RowOf>(&expr.node)) return bind_parts(row->items);
  if (const auto* const query = std::get_if<Subquery>(&expr.node)) {
    return bind_subquery(*query->query);
  }
  TRY(Typed one, bind_part(expr));
  Columns columns;
  columns.push_back(std::move(one));
  return columns;
}

Result<Typed> ExprBinder::bind_row_comparison(BinaryOperator op, const Expr& left,
                                              const Expr& right) {
  TRY(Columns bound_left, bind_columns(left));
  TRY(Columns bound_right, bind_columns(right));
  fold_all(bound_left, binding_.calls());
  fold_all(bound_right, binding_.calls());
  SharedColumns shared = shared_columns(bound_left);
  TRY(Typed compared, compare_columns(op, bound_left, shared, bound_right));
  return share(std::move(shared), std::move(compared));
}

Result<Typed> ExprBinder::compare_columns(BinaryOperator op, const Columns& left,
                                          SharedColumns& shared_left, const Columns& right) {
  if (left.size() != right.size()) return wrong_width(left.size());
  const CallContext& calls = binding_.calls();
  SharedColumns shared_right = shared_columns(right);
  const auto compare = [&](BinaryOperator with, std::size_t i) -> Result<Typed> {
    TRY(Typed part, bind_binary(with, left[i], right[i], calls));
    shared_left[i].add_use_in(part, 0);
    shared_right[i].add_use_in(part, 1);
    return part;
  };
  if (left.size() == 1) return compare(op, 0);
  std::vector<Typed> parts;
  if (op == BinaryOperator::equal || op == BinaryOperator::null_safe_equal ||
      op == BinaryOperator::not_equal) {
    const bool differ = op == BinaryOperator::not_equal;
    for (std::size_t i = 0; i < left.size(); ++i) {
      TRY(Typed part, compare(op, i));
      parts.push_back(std::move(part));
    }
    return bind_junction(!differ, std::move(parts), calls);
  }
  // a < x OR a = x AND (b < y OR b = y AND …), from the last column to the first.
  TRY(Typed decided, compare(op, left.size() - 1));
  for (std::size_t i = left.size() - 1; i-- > 0;) {
    TRY(Typed less, compare(strictly(op), i));
    TRY(Typed equal, compare(BinaryOperator::equal, i));
    std::vector<Typed> both;
    both.push_back(std::move(equal));
    both.push_back(std::move(decided));
    TRY(Typed rest, bind_junction(true, std::move(both), calls));
    std::vector<Typed> either;
    either.push_back(std::move(less));
    either.push_back(std::move(rest));
    TRY(decided, bind_junction(false, std::move(either), calls));
  }
  return share(std::move(shared_right), std::move(decided));
}

Result<Typed> ExprBinder::bind_in_node(const In& in) {
  TRY(Columns operand, bind_columns(*in.operand));
  fold_all(operand, binding_.calls());
  std::vector<Columns> items;
  if (in.query) {
    TRY(Typed any, bind_any(algebra::Comparison::equal, operand, *in.query));
    if (!in.negated) return any;
    return sql::bind_unary(UnaryOperator::logical_not, std::move(any), binding_.calls());
  }
  for (const Expr& item : in.items) {
    TRY(Columns columns, bind_columns(item));
    if (columns.size() != operand.size()) return wrong_width(operand.size());
    items.push_back(std::move(columns));
  }
  return bind_in_rows(in.negated, operand, std::move(items));
}

Result<Typed> ExprBinder::bind_in_rows(bool negated, const Columns& operand,
                                       std::vector<Columns> items) {
  const CallContext& calls = binding_.calls();
  std::vector<Typed> parts;
  if (operand.size() == 1) {
    for (Columns& item : items) parts.push_back(std::move(item.front()));
    return bind_in(negated, operand.front(), std::move(parts), calls);
  }
  SharedColumns shared = shared_columns(operand);
  for (const Columns& item : items) {
    TRY(Typed equal, compare_columns(BinaryOperator::equal, operand, shared, item));
    parts.push_back(std::move(equal));
  }
  TRY(Typed any, either(false, std::move(parts)));
  any = share(std::move(shared), std::move(any));
  if (!negated) return any;
  return sql::bind_unary(UnaryOperator::logical_not, std::move(any), calls);
}

// AND or OR of one or more.
Result<Typed> ExprBinder::either(bool all, std::vector<Typed> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return bind_junction(all, std::move(parts), binding_.calls());
}

}  // namespace octavo::sql
