#include <utility>

#include "base/overloaded.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

// TABLE t is SELECT * FROM t.
Result<BoundQuery> bind_whole_table(const WholeTable& table, const Tail& tail,
                                    const Surroundings& around, Binding& binding) {
  const SelectItem all{.expr = {.node = Star{}}};
  const BaseTable base{.table = table.table};
  const TableRef from{.node = Ref<BaseTable>(&base)};
  Select select;
  select.items = List<SelectItem>(&all, 1);
  select.from = List<TableRef>(&from, 1);
  return bind_select(select, tail, around, binding);
}

Status check_with(const With& with) {
  for (std::size_t i = 0; i < with.tables.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (with.tables[i].name == with.tables[k].name) return error<1066>(with.tables[i].name);
    }
  }
  return {};
}

Result<BoundQuery> bind_with_common(const Query& query, const Surroundings& around,
                                    Binding& binding) {
  const Tail tail{.order_by = query.order_by, .limit = query.limit};
  if (!query.with) return bind_body(query.body, tail, around, binding);
  TRY_STATUS(check_with(*query.with));
  const CommonTables common{
      .with = &*query.with, .visible = query.with->tables.size(), .outer = around.common};
  return bind_body(query.body, tail,
                   {.outer = around.outer, .common = &common, .correlation = around.correlation},
                   binding);
}

}  // namespace

Status add_tail(const Tail& tail, const Surroundings& around, Binding& binding, BoundQuery& query) {
  if (tail.empty()) return {};
  Scope scope(binding.fresh(), around.outer);
  std::vector<ScopeColumn> columns;
  for (const OutputColumn& output : query.columns) {
    columns.push_back(
        {.name = output.name,
         .typed = bind_element(algebra::variable(scope.row()), columns.size(), output.type)});
  }
  TRY_STATUS(scope.add({}, std::move(columns)));
  const ExprPlace place{.clause = Clause::order, .scope = &scope, .around = around};
  std::vector<OrderKey> keys;
  for (const OrderItem& item : tail.order_by) {
    OrderKey key{.descending = item.descending};
    TRY(const auto position, position_of(item.expr, query.columns.size(), Clause::order));
    if (position) {
      key.typed = scope.columns()[*position].typed;
    } else {
      TRY(key.typed, ExprBinder(binding, place).bind(item.expr));
    }
    keys.push_back(std::move(key));
  }
  TRY(query.plan, sort(std::move(query.plan), keys, scope.row(), binding));
  return add_limit(tail.limit, binding, query.plan);
}

Result<BoundQuery> bind_body(const QueryBody& body, const Tail& tail, const Surroundings& around,
                             Binding& binding) {
  const auto with_tail = [&](Result<BoundQuery> bound) -> Result<BoundQuery> {
    if (bound) TRY_STATUS(add_tail(tail, around, binding, *bound));
    return bound;
  };
  return std::visit(
      Overloaded{
          [&](Ref<Select> select) { return bind_select(*select, tail, around, binding); },
          [&](Ref<WholeTable> table) { return bind_whole_table(*table, tail, around, binding); },
          [&](Ref<Values> values) { return with_tail(bind_values(*values, around, binding)); },
          [&](Ref<SetOperation> operation) {
            return with_tail(bind_set_operation(*operation, around, binding));
          },
          [&](Ref<Query> query) { return with_tail(bind_inner_query(*query, around, binding)); },
      },
      body);
}

Result<BoundQuery> bind_inner_query(const Query& query, const Surroundings& around,
                                    Binding& binding) {
  const auto* const locking_around = std::exchange(binding.locking, &query.locking);
  auto bound = bind_with_common(query, around, binding);
  binding.locking = locking_around;
  return bound;
}

Result<BoundQuery> bind_query(const Query& query, BindContext& context) {
  Binding binding(context);
  return bind_inner_query(query, {}, binding);
}

}  // namespace octavo::sql
