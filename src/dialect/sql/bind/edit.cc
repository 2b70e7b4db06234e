// UPDATE and DELETE of one table; those of several are in edit_join.cc.

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "dialect/sql/bind/access.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/from.h"
#include "dialect/sql/bind/key_order.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/reuse.h"
#include "dialect/sql/bind/stored_index.h"
#include "dialect/sql/bind/table.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/bind/view.h"
#include "dialect/sql/bind/written.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

// What both statements have.
struct Parts {
  Ref<With> with;
  std::uint8_t options = 0;
  Ref<Expr> where;
  List<OrderItem> order_by;
  Ref<Limit> limit;
};

class EditBinder {
 public:
  EditBinder(const BaseTable& table, const Parts& parts, TableUse use, BindContext& context)
      : table_(table),
        parts_(parts),
        use_(use),
        binding_(context),
        common_{.with = parts.with ? &*parts.with : nullptr,
                .visible = parts.with ? parts.with->tables.size() : 0},
        around_{.common = parts.with ? &common_ : nullptr} {}

  Result<BoundEdit> bind(const List<Assignment>* set) {
    TRY_STATUS(check_written());
    TRY(Relation relation, bind_base_table(table_, around_, binding_));
    Scope& scope = relation.scope;
    const ScopeTable& named = scope.tables().front();
    if (named.stored == nullptr) return not_updatable(table_.table.back());
    TRY_STATUS(binding_.context().tables.may(use_, *named.definition, named.as()));
    const StoredTable stored{.database = named.is_view ? named.home : named.database,
                             .definition = named.definition};
    binding_.target = stored.definition->id;
    BoundEdit edit{.table = stored.definition->id,
                   .database = stored.database,
                   .name = stored.definition->name,
                   .ignore = (parts_.options & write_option::kIgnore) != 0};
    std::vector<Typed> conditions;
    if (parts_.where) {
      TRY(conditions, binder(scope, Clause::where).bind_conjuncts(*parts_.where));
    }
    std::ranges::move(relation.pending, std::back_inserter(conditions));
    if (set != nullptr) TRY_STATUS(bind_set(*set, stored, scope, edit));
    TRY(edit.keys, bind_keys(std::move(relation.plan), conditions, stored, scope));
    TRY(edit.condition, all_of(conditions, scope));
    return edit;
  }

 private:
  // 1288 of what cannot be written to.
  Status check_written() {
    TRY(const std::string database, database_of(table_.table, binding_));
    const Name name = table_.table.back();
    TRY(const auto computed, binding_.context().tables.computed(database, name));
    const auto is_named = [&](const CommonTable& common) { return common.name == name; };
    const bool is_common = parts_.with && table_.table.size() == 1 &&
                           std::ranges::any_of(parts_.with->tables, is_named);
    if (computed || is_common) return not_updatable(name);
    if (const auto* const view = find_view(database, name, binding_)) {
      return binding_.context().tables.may(use_, *view, binding_.as());
    }
    TRY_STATUS(find_stored_table(table_.table, use_, binding_));
    return {};
  }
  std::unexpected<Error> not_updatable(Name name) const {
    return error<1288>(name, use_ == TableUse::update ? "UPDATE" : "DELETE");
  }

  ExprBinder binder(Scope& scope, Clause clause) {
    return {binding_, {.clause = clause, .scope = &scope, .around = around_}};
  }

  // Null: there is no condition.
  Result<ExprPtr> all_of(const std::vector<Typed>& conditions, const Scope& scope) {
    if (conditions.empty()) return ExprPtr();
    Typed all = conditions.front();
    if (conditions.size() > 1) {
      TRY(all, bind_junction(true, conditions, binding_.calls()));
      TRY(all.expression, as_condition(all, binding_.calls()));
    }
    return algebra::lambda({scope.row()}, std::move(all.expression));
  }

  Status bind_set(const List<Assignment>& set, const StoredTable& stored, Scope& scope,
                  BoundEdit& edit) {
    const WrittenTable written{.definition = stored.definition,
                               .database = scope.tables().front().database,
                               .alias = scope.tables().front().alias,
                               .is_view = scope.tables().front().is_view};
    Assignments assignments(binding_, written,
                            {.clause = Clause::set, .scope = &scope, .around = around_},
                            store_rule(binding_.session(), edit.ignore));
    TRY_STATUS(assignments.add(set));
    edit.fields = assignments.fields();
    edit.edit = algebra::lambda({scope.row()}, assignments.values());
    edit.changes_key = std::ranges::any_of(edit.fields, [&](const std::string& field) {
      return is_of_primary_key(*stored.definition, field);
    });
    return {};
  }

  // Leaves the conditions of which a row has to be asked.
  Result<PlanPtr> bind_keys(PlanPtr plan, std::vector<Typed>& conditions, const StoredTable& stored,
                            Scope& scope) {
    std::vector<OrderKey> order;
    for (const OrderItem& item : parts_.order_by) {
      TRY(Typed key, binder(scope, Clause::order).bind(item.expr));
      order.push_back({.typed = std::move(key), .descending = item.descending});
    }
    plan = restrict_scan(std::move(plan), conditions, scope, binding_);
    const std::vector<bool> said = said_by_keys(plan, conditions, scope);
    std::size_t place = 0;
    std::erase_if(conditions, [&](const Typed&) { return said[place++]; });
    // Rows of such keys are looked at when they are changed, and not before.
    const auto* const scan = std::get_if<algebra::Scan>(&plan->node);
    const auto* const keys = scan == nullptr ? nullptr : std::get_if<algebra::KeySet>(&scan->keys);
    if (keys != nullptr && !scan->index && order.empty() && !parts_.limit) {
      return algebra::make_plan(algebra::Values{.rows = keys->keys});
    }
    const auto* const by = std::get_if<algebra::ScanBy>(&plan->node);
    if (by != nullptr && by->keys.size() == 1 && !by->index && order.empty() && !parts_.limit &&
        names_parameters(by->keys.front())) {
      return algebra::make_plan(
          algebra::Map{.input = algebra::make_plan(algebra::Values{.rows = {value::Value()}}),
                       .function = algebra::lambda({binding_.fresh()}, by->keys.front())});
    }
    // A row that a key of a unique index finds is asked when it is changed: its key is enough.
    const bool names_rows = order.empty() && !parts_.limit && names_unique_keys(plan, stored);
    for (const Typed& condition : conditions) {
      if (names_rows) break;
      plan = algebra::make_plan(
          algebra::Filter{.input = std::move(plan),
                          .predicate = algebra::lambda({scope.row()}, condition.expression)});
    }
    TRY(const auto most, rows_taken(parts_.limit, binding_));
    TRY(plan, order_scan(std::move(plan), order, most, scope, binding_));
    TRY(plan, sort(std::move(plan), order, scope.row(), binding_));
    TRY_STATUS(add_limit(parts_.limit, binding_, plan));
    const Typed key =
        bind_field(algebra::variable(scope.row()), stored.definition->primary_key, any_type());
    return algebra::make_plan(algebra::Map{
        .input = std::move(plan), .function = algebra::lambda({scope.row()}, key.expression)});
  }

  static bool names_unique_keys(const PlanPtr& plan, const StoredTable& stored) {
    const auto* const scan = std::get_if<algebra::Scan>(&plan->node);
    const auto* const by = std::get_if<algebra::ScanBy>(&plan->node);
    if (by != nullptr) return !by->keys.empty() && is_unique_key(stored.definition, by->index);
    return scan != nullptr && std::holds_alternative<algebra::KeySet>(scan->keys) &&
           is_unique_key(stored.definition, scan->index);
  }

  const BaseTable& table_;
  const Parts& parts_;
  const TableUse use_;
  Binding binding_;
  CommonTables common_;
  Surroundings around_;
};

// Null: they are several, or no table of the catalog.
const BaseTable* only_table(const List<TableRef>& tables) {
  if (tables.size() != 1) return nullptr;
  const auto* const table = std::get_if<Ref<BaseTable>>(&tables.front().node);
  return table == nullptr ? nullptr : &**table;
}

}  // namespace

bool is_joined(const Update& update) { return only_table(update.tables) == nullptr; }
bool is_joined(const Delete& statement) { return only_table(statement.from) == nullptr; }

Result<BoundEdit> bind_update(const Update& update, BindContext& context) {
  const BaseTable* const table = only_table(update.tables);
  ASSERT(table != nullptr);
  const Parts parts{.with = update.with,
                    .options = update.options,
                    .where = update.where,
                    .order_by = update.order_by,
                    .limit = update.limit};
  WriteContext write(context, update.options);
  return EditBinder(*table, parts, TableUse::update, write.context()).bind(&update.set);
}

Result<BoundEdit> bind_delete(const Delete& statement, BindContext& context) {
  const BaseTable* const table = only_table(statement.from);
  ASSERT(table != nullptr);
  // DELETE t FROM t: the table that is meant, or none is.
  const Name alias = table->alias.empty() ? table->table.back() : table->alias;
  for (const Path& target : statement.targets) {
    if (target.back() != alias) return error<1109>(target.back(), "MULTI DELETE");
  }
  const Parts parts{.with = statement.with,
                    .options = statement.options,
                    .where = statement.where,
                    .order_by = statement.order_by,
                    .limit = statement.limit};
  WriteContext write(context, statement.options);
  return EditBinder(*table, parts, TableUse::erase, write.context()).bind(nullptr);
}

}  // namespace octavo::sql
