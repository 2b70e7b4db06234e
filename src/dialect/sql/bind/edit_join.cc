// UPDATE and DELETE of rows of a join.

#include <algorithm>
#include <map>
#include <utility>

#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/from.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/replace.h"
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
using algebra::VarId;

// What both statements have.
struct Parts {
  Ref<With> with;
  std::uint8_t options = 0;
  List<TableRef> tables;
  Ref<Expr> where;
  List<OrderItem> order_by;
  Ref<Limit> limit;
};

class JoinedEditBinder {
 public:
  JoinedEditBinder(const Parts& parts, TableUse use, BindContext& context)
      : parts_(parts),
        use_(use),
        statement_(use == TableUse::update ? "UPDATE" : "DELETE"),
        binding_(context),
        common_{.with = parts.with ? &*parts.with : nullptr,
                .visible = parts.with ? parts.with->tables.size() : 0},
        around_{.common = parts.with ? &common_ : nullptr},
        scope_(VarId{}, nullptr),
        document_(binding_.fresh()) {}

  Result<BoundJoinedEdit> bind_update(const List<Assignment>& set) {
    TRY_STATUS(bind_from_clause());
    std::map<std::size_t, std::vector<const Assignment*>> of_tables;
    for (const Assignment& assignment : set) {
      TRY(const std::size_t table, table_of(assignment.column));
      of_tables[table].push_back(&assignment);
    }
    for (const auto& [table, assignments] : of_tables) {
      TRY(Target target, target_of(table));
      TRY_STATUS(bind_set(assignments, target));
      targets_.push_back(std::move(target));
    }
    return finish();
  }

  Result<BoundJoinedEdit> bind_delete(const List<Path>& paths) {
    TRY_STATUS(bind_from_clause());
    for (const Path& path : paths) {
      const auto table = scope_.find_table(path);
      if (!table) return error<1109>(path.back(), "MULTI DELETE");
      const auto is_same = [&](const Target& other) { return other.number == *table; };
      if (std::ranges::any_of(targets_, is_same)) return error<1066>(path.back());
      TRY(Target target, target_of(*table));
      targets_.push_back(std::move(target));
    }
    return finish();
  }

 private:
  struct Target {
    std::size_t number = 0;  // of the scope's tables
    BoundEdit edit;
  };

  Status bind_from_clause() {
    if (!parts_.order_by.empty()) return error<1221>(statement_, "ORDER BY");
    if (parts_.limit) return error<1221>(statement_, "LIMIT");
    TRY(Relation relation, bind_from(parts_.tables, parts_.where, std::nullopt, around_, binding_));
    plan_ = std::move(relation.plan);
    scope_ = std::move(relation.scope);
    conditions_ = std::move(relation.conditions);
    pending_ = std::move(relation.pending);
    return {};
  }

  // The table of which a column is assigned. 1052, 1054.
  Result<std::size_t> table_of(const Path& column) {
    TRY(const ScopeColumn* found, scope_.find(column, Clause::set));
    if (found == nullptr) found = scope_.add_field(column);
    if (found == nullptr) return error<1054>(dotted(column), words_of(Clause::set));
    return found->table;
  }

  // 1288 of what cannot be written to.
  Result<Target> target_of(std::size_t number) {
    const ScopeTable& table = scope_.tables()[number];
    if (table.stored == nullptr) return error<1288>(table.alias, statement_);
    if (table.is_view) {
      const auto* const view = find_view(table.database, table.name, binding_);
      if (view != nullptr) TRY_STATUS(binding_.context().tables.may(use_, *view, binding_.as()));
    }
    TRY_STATUS(binding_.context().tables.may(use_, *table.definition, table.as()));
    // Subqueries may not read what is written.
    if (!binding_.target) binding_.target = table.definition->id;
    return Target{.number = number,
                  .edit = {.table = table.definition->id,
                           .database = table.is_view ? table.home : table.database,
                           .name = table.definition->name,
                           .ignore = (parts_.options & write_option::kIgnore) != 0}};
  }

  Status bind_set(const std::vector<const Assignment*>& set, Target& target) {
    const ScopeTable& table = scope_.tables()[target.number];
    const WrittenTable written{.definition = table.definition,
                               .database = table.database,
                               .alias = table.alias,
                               .number = target.number,
                               .is_view = table.is_view};
    Assignments assignments(binding_, written,
                            {.clause = Clause::set, .scope = &scope_, .around = around_},
                            store_rule(binding_.session(), target.edit.ignore));
    for (const Assignment* const assignment : set) TRY_STATUS(assignments.add(*assignment));
    target.edit.fields = assignments.fields();
    target.edit.edit = over_document(assignments.values(), target);
    target.edit.changes_key = std::ranges::any_of(
        target.edit.fields,
        [&](const std::string& field) { return is_of_primary_key(*table.definition, field); });
    return {};
  }

  // Of the row of its table as it is when it is changed, and the others as they were joined.
  ExprPtr over_document(const ExprPtr& expression, const Target& target) const {
    const ExprPtr& row = scope_.tables()[target.number].stored;
    return algebra::lambda(
        {document_, scope_.row()}, replace_parts(expression, [&](const ExprPtr& part) -> ExprPtr {
          return algebra::equal(part, row) ? algebra::variable(document_) : nullptr;
        }));
  }

  Result<BoundJoinedEdit> finish() {
    TRY_STATUS(bind_where());
    BoundJoinedEdit bound;
    std::vector<ExprPtr> parts;
    for (Target& target : targets_) {
      TRY(target.edit.condition, condition_of(target));
      const ScopeTable& table = scope_.tables()[target.number];
      parts.push_back(
          bind_field(table.stored, table.definition->primary_key, any_type()).expression);
      bound.tables.push_back(std::move(target.edit));
    }
    parts.push_back(algebra::variable(scope_.row()));
    bound.rows = algebra::make_plan(
        algebra::Map{.input = std::move(plan_),
                     .function = algebra::lambda({scope_.row()}, algebra::make_array(parts))});
    return bound;
  }

  Status bind_where() {
    std::vector<Typed> where = std::move(pending_);
    if (parts_.where) {
      ExprBinder binder(binding_, {.clause = Clause::where, .scope = &scope_, .around = around_});
      TRY(auto conditions, binder.bind_conjuncts(*parts_.where));
      std::ranges::move(conditions, std::back_inserter(where));
    }
    for (const Typed& condition : where) {
      const auto is_same = [&](const Typed& known) {
        return algebra::equal(known.expression, condition.expression);
      };
      if (std::ranges::any_of(conditions_, is_same)) continue;
      plan_ = algebra::make_plan(
          algebra::Filter{.input = std::move(plan_),
                          .predicate = algebra::lambda({scope_.row()}, condition.expression)});
      conditions_.push_back(condition);
    }
    return {};
  }

  // Null: there is none.
  Result<ExprPtr> condition_of(const Target& target) {
    if (conditions_.empty()) return ExprPtr();
    Typed all = conditions_.front();
    if (conditions_.size() > 1) {
      TRY(all, bind_junction(true, conditions_, binding_.calls()));
    }
    TRY(const ExprPtr condition, as_condition(std::move(all), binding_.calls()));
    return over_document(condition, target);
  }

  const Parts& parts_;
  TableUse use_;
  std::string_view statement_;  // for messages
  Binding binding_;
  CommonTables common_;
  Surroundings around_;
  Scope scope_;
  VarId document_;  // the row of the table that is written
  PlanPtr plan_;
  std::vector<Typed> conditions_;  // of all rows
  std::vector<Typed> pending_;     // that they have to meet beside WHERE
  std::vector<Target> targets_;
};

}  // namespace

Result<BoundJoinedEdit> bind_joined_update(const Update& update, BindContext& context) {
  const Parts parts{.with = update.with,
                    .options = update.options,
                    .tables = update.tables,
                    .where = update.where,
                    .order_by = update.order_by,
                    .limit = update.limit};
  WriteContext write(context, update.options);
  return JoinedEditBinder(parts, TableUse::update, write.context()).bind_update(update.set);
}

Result<BoundJoinedEdit> bind_joined_delete(const Delete& statement, BindContext& context) {
  const Parts parts{.with = statement.with,
                    .options = statement.options,
                    .tables = statement.from,
                    .where = statement.where,
                    .order_by = statement.order_by,
                    .limit = statement.limit};
  WriteContext write(context, statement.options);
  return JoinedEditBinder(parts, TableUse::erase, write.context()).bind_delete(statement.targets);
}

}  // namespace octavo::sql
