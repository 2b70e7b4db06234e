#include "dialect/sql/bind/from.h"

#include <utility>

#include "base/overloaded.h"
#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/bind/bound.h"
#include "dialect/sql/bind/join.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/recursive.h"
#include "dialect/sql/bind/table.h"
#include "dialect/sql/bind/view.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

class FromBinder {
 public:
  FromBinder(const Surroundings& around, Binding& binding) : around_(around), binding_(binding) {}

  Result<Relation> bind(const List<TableRef>& refs, Ref<Expr> where,
                        std::optional<std::uint64_t> wanted) {
    TRY(JoinTree tree, tree_of(refs));
    if (tree.table) return *std::move(tree.table);
    return bind_join(std::move(tree), where, wanted, around_, binding_);
  }

  Result<Relation> bind(const BaseTable& table) {
    if (!table.partitions.empty()) return not_supported("PARTITION");
    const Path& path = table.table;
    const Name alias = table.alias.empty() ? path.back() : table.alias;
    if (path.size() == 1) {
      TRY(auto common, find_common(path.back()));
      if (common) return derived(*std::move(common), alias);
    }
    TRY(const std::string database, database_of(path, binding_));
    binding_.note_name(path, {database, std::string(path.back())});
    TRY(auto computed, binding_.context().tables.computed(database, path.back()));
    if (computed) return bind_computed(*std::move(computed), alias);
    if (const auto* const view = find_view(database, path.back(), binding_)) {
      return bind_named_view({.view = view, .database = database, .alias = alias});
    }
    TRY(const StoredTable stored, find_stored_table(path, TableUse::read, binding_));
    TRY_STATUS(check_hints(table, *stored.definition));
    if (binding_.target == stored.definition->id) return error<1093>(path.back());
    Relation relation = empty();
    relation.plan = algebra::make_plan(algebra::Scan{.table = stored.definition->id});
    TRY_STATUS(add_stored_table(stored, alias, algebra::variable(relation.scope.row()),
                                relation.scope, binding_));
    return relation;
  }

  Result<Relation> bind(const DerivedTable& table, const Surroundings& within) {
    if (table.alias.empty()) return error<1248>();
    TRY(BoundQuery query, bind_inner(*table.query, within));
    return derived({.query = std::move(query), .columns = texts(table.columns)}, table.alias);
  }

 private:
  // --- Joins ---

  Result<JoinTree> tree_of(const List<TableRef>& refs) {
    JoinTree all;
    for (const TableRef& ref : refs) {
      TRY(JoinTree tree, tree_of(ref));
      if (refs.size() == 1) return tree;
      all.parts.push_back(std::move(tree));
    }
    return all;
  }

  Result<JoinTree> tree_of(const TableRef& ref) {
    const auto table = [](Result<Relation> relation) -> Result<JoinTree> {
      if (!relation) return fail(std::move(relation).error());
      return JoinTree{.table = *std::move(relation)};
    };
    return std::visit(
        Overloaded{
            [&](Ref<BaseTable> node) { return table(bind(*node)); },
            [&](Ref<DerivedTable> node) -> Result<JoinTree> {
              if (node->lateral) return JoinTree{.lateral = &*node};
              return table(
                  bind(*node, {.common = around_.common, .correlation = around_.correlation}));
            },
            [&](Ref<JsonTable>) -> Result<JoinTree> { return not_supported("JSON_TABLE"); },
            [&](Ref<Join> join) { return tree_of(*join); },
            [&](const TableList& list) { return tree_of(list.tables); },
        },
        ref.node);
  }

  Result<JoinTree> tree_of(const Join& join) {
    JoinTree tree{.kind = join.kind,
                  .on = join.on ? &*join.on : nullptr,
                  .using_columns = {join.using_columns.begin(), join.using_columns.end()},
                  .natural = join.natural};
    for (const TableRef* const side : {&join.left, &join.right}) {
      TRY(JoinTree part, tree_of(*side));
      tree.parts.push_back(std::move(part));
    }
    return tree;
  }

  Relation empty() { return {.plan = nullptr, .scope = Scope(binding_.fresh(), around_.outer)}; }

  static Status check_hints(const BaseTable& table, const catalog::TableDefinition& definition) {
    for (const IndexHint& hint : table.hints) {
      for (const Name index : hint.indexes) {
        if (same_name(index, "PRIMARY")) continue;
        const auto named = [&](const auto& row) { return same_name(row.name, index); };
        if (std::ranges::none_of(definition.indexes, named)) {
          return error<1176>(index, definition.name);
        }
      }
    }
    return {};
  }

  Result<Relation> bind_computed(ComputedTable computed, std::string_view alias) {
    Relation relation = empty();
    relation.plan = std::move(computed.rows);
    std::vector<ScopeColumn> columns;
    for (ComputedTable::Column& column : computed.columns) {
      columns.push_back({.name = column.name,
                         .typed = element(relation.scope, columns.size(), std::move(column.type)),
                         .original_name = column.name});
    }
    TRY_STATUS(relation.scope.add({.database = std::move(computed.database),
                                   .name = std::move(computed.name),
                                   .alias = std::string(alias)},
                                  std::move(columns)));
    return relation;
  }

  static Typed element(const Scope& scope, std::size_t place, Type type,
                       std::string_view shown = {}) {
    return bind_element(algebra::variable(scope.row()), place, std::move(type), shown);
  }

  // A query with names for its columns, which are its own where `columns` is empty; of a view,
  // whose it is.
  struct NamedQuery {
    BoundQuery query;
    std::vector<std::string> columns;
    std::string database = {}, name = {};
  };
  static std::vector<std::string> texts(const List<Name>& names) {
    return {names.begin(), names.end()};
  }

  Result<Relation> bind_named_view(const NamedView& named) {
    TRY(BoundView bound, bind_view(named, TableUse::read, around_.outer, binding_));
    if (bound.rows) {
      const ScopeTable& over = bound.rows->scope.tables().front();
      // What is written to through it is not read beside that.
      if (binding_.target == over.definition->id) return error<1093>(named.alias);
      return *std::move(bound.rows);
    }
    return derived({.query = *std::move(bound.query),
                    .columns = std::move(bound.columns),
                    .database = named.database,
                    .name = named.view->name},
                   named.alias);
  }

  // Common tables are found from the inside out; nothing: none is called so.
  Result<std::optional<NamedQuery>> find_common(Name name) {
    for (const CommonTables* around = around_.common; around != nullptr; around = around->outer) {
      const List<CommonTable>& tables = around->with->tables;
      if (around->recursion != nullptr && around->recursion->name == name) {
        TRY(BoundQuery rows, bind_recursion(*around->recursion, around_));
        return NamedQuery{.query = std::move(rows),
                          .columns = texts(tables[around->visible].columns)};
      }
      for (std::size_t i = around->visible; i-- > 0;) {
        if (tables[i].name != name) continue;
        const auto target = std::exchange(binding_.target, std::nullopt);
        auto query = bind_common_table(*around, i, binding_);
        binding_.target = target;
        if (!query) return fail(std::move(query).error());
        return NamedQuery{.query = *std::move(query), .columns = texts(tables[i].columns)};
      }
    }
    return std::nullopt;
  }

  // Its rows are there before a statement writes: it may read what that writes to.
  Result<BoundQuery> bind_inner(const Query& query, const Surroundings& around) {
    const Binding::Nested nested(binding_, Binding::Within::table);
    TRY_STATUS(nested.check());
    const auto target = std::exchange(binding_.target, std::nullopt);
    auto bound = bind_inner_query(query, around, binding_);
    binding_.target = target;
    return bound;
  }

  Result<Relation> derived(NamedQuery named, std::string_view alias) {
    std::vector<OutputColumn>& outputs = named.query.columns;
    if (!named.columns.empty() && named.columns.size() != outputs.size()) return error<1353>();
    Relation relation = empty();
    relation.plan = std::move(named.query.plan);
    std::vector<ScopeColumn> columns;
    for (OutputColumn& output : outputs) {
      const std::size_t place = columns.size();
      std::string name =
          named.columns.empty() ? std::move(output.name) : std::move(named.columns[place]);
      const auto is_same = [&](const ScopeColumn& other) { return same_name(other.name, name); };
      if (std::ranges::any_of(columns, is_same)) return error<1060>(name);
      const std::string shown = quoted_name(alias) + "." + quoted_name(name);
      columns.push_back({.name = std::move(name),
                         .typed = element(relation.scope, place, std::move(output.type), shown),
                         .original_name = std::move(output.original_name)});
    }
    TRY_STATUS(relation.scope.add({.database = std::move(named.database),
                                   .name = std::move(named.name),
                                   .alias = std::string(alias)},
                                  std::move(columns)));
    return relation;
  }

  const Surroundings& around_;
  Binding& binding_;
};

}  // namespace

Result<Relation> bind_from(const List<TableRef>& tables, Ref<Expr> where,
                           std::optional<std::uint64_t> wanted, const Surroundings& around,
                           Binding& binding) {
  if (!tables.empty()) return FromBinder(around, binding).bind(tables, where, wanted);
  return Relation{.plan = algebra::make_plan(algebra::Values{.rows = {value::Value()}}),
                  .scope = Scope(binding.fresh(), around.outer)};
}

Result<Relation> bind_derived_table(const DerivedTable& table, const Surroundings& within,
                                    const Surroundings& around, Binding& binding) {
  return FromBinder(around, binding).bind(table, within);
}

Result<Relation> bind_base_table(const BaseTable& table, const Surroundings& around,
                                 Binding& binding) {
  return FromBinder(around, binding).bind(table);
}

}  // namespace octavo::sql
