#include "dialect/sql/bind/view.h"

#include <algorithm>
#include <utility>

#include "dialect/sql/ast/tree.h"
#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/bind/safe_expr.h"
#include "dialect/sql/bind/view_forms.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/parser/parse.h"
#include "function/family.h"

namespace octavo::sql {
namespace {

// What is wrong behind a view is told of the view, and says no more.
constexpr std::uint16_t kBehind[] = {1049, 1054, 1109, 1142, 1143, 1146, 1305, 1356};

// An aggregate where there are only rows.
constexpr std::uint16_t kMisplacedAggregate = 1111;

// The state of a binding within a view, for as long as this lives.
class Within {
 public:
  Within(const catalog::ViewDefinition& view, Binding& binding)
      : binding_(binding),
        rights_(binding.rights),
        target_(std::exchange(binding.target, std::nullopt)),
        resolved_(std::exchange(binding.context().resolved, nullptr)) {
    binding.views.push_back(&view);
    if (!view.as_invoker) binding.rights = view.definer;
  }
  ~Within() {
    binding_.views.pop_back();
    binding_.rights = std::move(rights_);
    binding_.target = target_;
    binding_.context().resolved = resolved_;
  }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  Binding& binding_;
  std::optional<std::string> rights_;
  std::optional<TableId> target_;  // whoever reads the view asks whether its rows are the target's
  ResolvedNames* resolved_;
};

// The one block that a view may be which is its table's rows; null: it is more than that.
const Select* only_block(const Query& query) {
  const bool is_plain =
      !query.with && query.order_by.empty() && !query.limit && !query.into && query.locking.empty();
  const auto* const body = std::get_if<Ref<Select>>(&query.body);
  if (!is_plain || body == nullptr) return nullptr;
  const Select& select = **body;
  const bool groups = !select.group_by.empty() || select.having || !select.windows.empty();
  if (groups || (select.options & select_option::kDistinct) != 0 || select.from.size() != 1) {
    return nullptr;
  }
  const auto may_be = [](const SelectItem& item) {
    return std::holds_alternative<Star>(item.expr.node) || may_be_bound_twice(item.expr);
  };
  const bool where = !select.where || may_be_bound_twice(*select.where);
  return where && std::ranges::all_of(select.items, may_be) ? &select : nullptr;
}

class ViewBinder {
 public:
  ViewBinder(const NamedView& named, const ViewForms& forms, const Scope* outer, Binding& binding)
      : named_(named), forms_(forms), outer_(outer), binding_(binding) {}

  Result<BoundView> bind() {
    const auto tree = parse(forms_.query, {.account = binding_.context().constants.account});
    if (!tree) return broken();
    const auto* const query = std::get_if<Ref<Query>>(&tree->statement().node);
    if (query == nullptr) return broken();
    TRY_STATUS(binding_.begin_block());
    const Binding::Nested nested(binding_, Binding::Within::table);
    TRY_STATUS(nested.check());
    const Select* const block = forms_.algorithm == "TEMPTABLE" ? nullptr : only_block(**query);
    if (block != nullptr) {
      auto rows = rows_of_table(*block);
      if (!rows) return fail(std::move(rows).error());
      if (*rows) return BoundView{.rows = *std::move(*rows)};
    }
    TRY(BoundQuery rows, bind_inner_query(**query, {}, binding_));
    return BoundView{.query = std::move(rows), .columns = forms_.columns};
  }

 private:
  std::unexpected<Error> broken() const { return error<1356>(named_.database, named_.view->name); }

  // Nothing: it is over something else than rows of a table, or computes more than those.
  Result<std::optional<Relation>> rows_of_table(const Select& select) {
    const auto* const table = std::get_if<Ref<BaseTable>>(&select.from.front().node);
    if (table == nullptr) return std::nullopt;
    TRY(Relation base, bind_base_table(**table, {}, binding_));
    if (base.scope.tables().front().stored == nullptr) return std::nullopt;
    auto columns = columns_of(select, base.scope);
    if (!columns) {
      if (columns.error().number == kMisplacedAggregate) return std::nullopt;
      return fail(std::move(columns).error());
    }
    if (select.where) {
      ExprBinder binder(binding_, {.clause = Clause::where, .scope = &base.scope});
      TRY(auto conditions, binder.bind_conjuncts(*select.where));
      std::ranges::move(conditions, std::back_inserter(base.pending));
    }
    const auto varies = [](const Typed& typed) {
      return !function::is_deterministic(typed.expression);
    };
    if (std::ranges::any_of(base.pending, varies) ||
        std::ranges::any_of(*columns, varies, &ScopeColumn::typed)) {
      return std::nullopt;
    }
    Relation made{.plan = std::move(base.plan),
                  .scope = Scope(base.scope.row(), outer_),
                  .pending = std::move(base.pending)};
    const std::size_t shown = columns->size();
    if (!forms_.columns.empty() && forms_.columns.size() != shown) return error<1353>();
    for (std::size_t i = 0; i < forms_.columns.size(); ++i) (*columns)[i].name = forms_.columns[i];
    add_unnamed(base.scope, *columns);
    ScopeTable over = base.scope.tables().front();
    TRY_STATUS(made.scope.add({.database = named_.database,
                               .name = named_.view->name,
                               .alias = std::string(named_.alias),
                               .definition = over.definition,
                               .stored = over.stored,
                               .home = over.home.empty() ? over.database : over.home,
                               .is_view = true,
                               .rights = over.is_view ? over.rights : binding_.rights},
                              *std::move(columns)));
    return std::optional(std::move(made));
  }

  Result<std::vector<ScopeColumn>> columns_of(const Select& select, Scope& scope) {
    std::vector<ScopeColumn> columns;
    for (const SelectItem& item : select.items) {
      if (std::holds_alternative<Star>(item.expr.node)) {
        for (const std::size_t i : scope.shown()) columns.push_back(scope.columns()[i]);
        continue;
      }
      ExprBinder binder(binding_, {.clause = Clause::select, .scope = &scope});
      TRY(Typed typed, binder.bind(item.expr));
      columns.push_back(column_of(item, std::move(typed), scope));
    }
    return columns;
  }

  static ScopeColumn column_of(const SelectItem& item, Typed typed, const Scope& scope) {
    const auto is_same = [&](const ScopeColumn& column) {
      return algebra::equal(column.typed.expression, typed.expression);
    };
    const auto found = std::ranges::find_if(scope.columns(), is_same);
    ScopeColumn made{.typed = std::move(typed), .computed = true};
    if (found != scope.columns().end()) made = *found;
    made.name = item.has_alias ? item.alias : item.written.text;
    made.hidden = false;
    return made;
  }

  // Columns that the view does not show are parts of keys all the same.
  static void add_unnamed(const Scope& scope, std::vector<ScopeColumn>& columns) {
    const auto is_there = [&](const ScopeColumn& column) {
      return std::ranges::any_of(columns, [&](const ScopeColumn& known) {
        return known.original_name == column.original_name && !known.computed;
      });
    };
    std::vector<ScopeColumn> further;
    for (const ScopeColumn& column : scope.columns()) {
      if (column.computed || column.original_name.empty() || is_there(column)) continue;
      further.push_back(column);
      further.back().name.clear();
      further.back().hidden = true;
    }
    std::ranges::move(further, std::back_inserter(columns));
  }

  const NamedView& named_;
  const ViewForms& forms_;
  const Scope* outer_;
  Binding& binding_;
};

bool exists(const std::string& user, const Binding& binding) {
  return user == catalog::kAdminName || binding.context().definitions.find_user(user) != nullptr;
}

Result<BoundView> bind_within(const NamedView& named, const Scope* outer, Binding& binding) {
  const catalog::ViewDefinition& view = *named.view;
  if (view.id == binding.context().defined_view) {
    binding.names_itself = true;
    return error<1146>(named.database, view.name);
  }
  if (std::ranges::find(binding.views, &view) != binding.views.end()) {
    return error<1462>(named.database, view.name);
  }
  if (!view.as_invoker && !exists(view.definer, binding)) return error<1449>(view.definer, "%");
  TRY(const ViewForms forms, forms_of(view, named.database));
  const Within within(view, binding);
  auto bound = ViewBinder(named, forms, outer, binding).bind();
  if (bound || binding.names_itself) return bound;
  const bool behind = std::ranges::find(kBehind, bound.error().number) != std::end(kBehind);
  if (behind) return error<1356>(named.database, view.name);
  return bound;
}

}  // namespace

const catalog::ViewDefinition* find_view(std::string_view database, std::string_view name,
                                         const Binding& binding) {
  const catalog::CatalogState& definitions = binding.definitions();
  const catalog::DatabaseDefinition* const home = definitions.find_database(database);
  return home == nullptr ? nullptr : definitions.find_view(home->id, name);
}

Result<BoundView> bind_view(const NamedView& named, TableUse use, const Scope* outer,
                            Binding& binding) {
  TRY_STATUS(binding.context().tables.may(use, *named.view, binding.as()));
  return bind_within(named, outer, binding);
}

namespace {

// Its form alone, for nobody in particular.
Result<BoundView> bind_form(const catalog::ViewDefinition& view, const BindContext& context) {
  BindContext asked = context;
  asked.subqueries = nullptr;
  asked.locks = nullptr;
  Binding binding(asked);
  const catalog::DatabaseDefinition* const home = context.definitions.find_database(view.database);
  const NamedView named{
      .view = &view, .database = home == nullptr ? "" : home->name, .alias = view.name};
  return bind_within(named, nullptr, binding);
}

}  // namespace

Result<algebra::PlanPtr> plan_of_view(const catalog::ViewDefinition& view,
                                      const BindContext& context) {
  TRY(const BoundView bound, bind_form(view, context));
  return bound.query ? bound.query->plan : bound.rows->plan;
}

bool is_updatable(const catalog::ViewDefinition& view, const BindContext& context) {
  const auto bound = bind_form(view, context);
  return bound && bound->rows;
}

Result<std::vector<OutputColumn>> columns_of_view(const catalog::ViewDefinition& view,
                                                  const BindContext& context) {
  TRY(BoundView bound, bind_form(view, context));
  std::vector<OutputColumn> columns;
  if (bound.query) {
    columns = std::move(bound.query->columns);
    for (std::size_t i = 0; i < bound.columns.size() && i < columns.size(); ++i) {
      columns[i].name = bound.columns[i];
    }
    return columns;
  }
  const Scope& scope = bound.rows->scope;
  for (const std::size_t i : scope.shown()) {
    const ScopeColumn& column = scope.columns()[i];
    columns.push_back({.name = column.name,
                       .original_name = column.original_name,
                       .original_table = scope.tables().front().definition->name,
                       .database = scope.tables().front().home,
                       .type = column.typed.type,
                       .flags = column.flags});
  }
  return columns;
}

}  // namespace octavo::sql
