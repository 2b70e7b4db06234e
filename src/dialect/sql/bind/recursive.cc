#include "dialect/sql/bind/recursive.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/overloaded.h"
#include "dialect/sql/bind/order.h"
#include "dialect/sql/bind/query_binder.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"
#include "dialect/sql/function/store.h"

namespace octavo::sql {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;

bool names(const TableRef& ref, std::string_view name) {
  return std::visit(
      Overloaded{
          [&](Ref<BaseTable> table) {
            return table->table.size() == 1 && table->table.back() == name;
          },
          [&](Ref<Join> join) { return names(join->left, name) || names(join->right, name); },
          [&](const TableList& list) {
            return std::ranges::any_of(list.tables,
                                       [&](const TableRef& part) { return names(part, name); });
          },
          [](const auto&) { return false; },
      },
      ref.node);
}

// Whether the table stands where a row of the others may have no match.
bool is_optional(const TableRef& ref, std::string_view name) {
  if (const auto* const list = std::get_if<TableList>(&ref.node)) {
    return std::ranges::any_of(list->tables,
                               [&](const TableRef& part) { return is_optional(part, name); });
  }
  const auto* const join = std::get_if<Ref<Join>>(&ref.node);
  if (join == nullptr) return false;
  const bool here = ((*join)->kind == JoinKind::left && names((*join)->right, name)) ||
                    ((*join)->kind == JoinKind::right && names((*join)->left, name));
  return here || is_optional((*join)->left, name) || is_optional((*join)->right, name);
}

// A UNION of parts that do not name the table, and then of some that do.
class RecursionBinder {
 public:
  RecursionBinder(const SetOperation& operation, const Query& query, Recursion& recursion,
                  const Surroundings& around, Binding& binding)
      : operation_(operation),
        query_(query),
        recursion_(recursion),
        around_(around),
        binding_(binding) {}

  Result<BoundQuery> bind() {
    TRY_STATUS(binding_.begin_block());
    std::size_t seeds = 0;
    TRY_STATUS(bind_seeds(seeds));
    if (seeds == operation_.arms.size()) {
      TRY(BoundQuery all, bind_arms(operation_, std::move(seeds_), binding_));
      TRY_STATUS(add_tail(tail(), around_, binding_, all));
      return all;
    }
    if (seeds == 0) return error<3574>(recursion_.name);
    TRY(BoundQuery seed, bind_arms(operation_, std::move(seeds_), binding_));
    TRY_STATUS(take_columns(seed));
    bool distinct = false;
    std::vector<PlanPtr> steps;
    for (std::size_t i = seeds; i < operation_.arms.size(); ++i) {
      const SetArm& arm = operation_.arms[i];
      if (arm.op != SetOperator::combine) {
        return not_supported("INTERSECT or EXCEPT in a recursive common table expression");
      }
      distinct = distinct || !arm.all;
      TRY(PlanPtr step, bind_step(arm, seed.columns));
      steps.push_back(std::move(step));
    }
    TRY(PlanPtr plan, make_plan(std::move(seed), std::move(steps), distinct));
    BoundQuery made{.plan = std::move(plan), .columns = std::move(columns_)};
    if (!query_.order_by.empty()) {
      return not_supported("ORDER BY over UNION in recursive Common Table Expression");
    }
    TRY_STATUS(add_limit(query_.limit, binding_, made.plan));
    return made;
  }

 private:
  Tail tail() const { return {.order_by = query_.order_by, .limit = query_.limit}; }

  Result<BoundQuery> bind_part(const SetArm& arm) {
    recursion_.named = 0;
    recursion_.part = &around_;
    return bind_body(arm.body, {}, around_, binding_);
  }

  // The arms up to the first one that names the table.
  Status bind_seeds(std::size_t& seeds) {
    for (const SetArm& arm : operation_.arms) {
      auto bound = bind_part(arm);
      if (recursion_.named > 0) return {};
      if (!bound) return fail(std::move(bound).error());
      seeds_.push_back(*std::move(bound));
      ++seeds;
    }
    return {};
  }

  // The types of the table are those of its first parts; a step may give null wherever it likes.
  Status take_columns(const BoundQuery& seed) {
    columns_ = seed.columns;
    for (OutputColumn& column : columns_) {
      if (column.type.kind() == Kind::null) column.type = bytes_type(0);
      column.type.nullable = true;
      column.type.flags = 0;
    }
    recursion_.columns = &columns_;
    return {};
  }

  Result<PlanPtr> bind_step(const SetArm& arm, const std::vector<OutputColumn>& seed) {
    TRY(const BoundQuery step, bind_part(arm));
    if (recursion_.named == 0) return error<3574>(recursion_.name);
    if (step.columns.size() != seed.size()) return error<1222>();
    const algebra::VarId row = binding_.fresh();
    const StoreRule rule = store_rule(binding_.session(), false);
    std::vector<ExprPtr> parts;
    bool changed = false;
    for (std::size_t i = 0; i < seed.size(); ++i) {
      Typed element = bind_element(algebra::variable(row), i, step.columns[i].type);
      const ExprPtr before = element.expression;
      TRY(const Typed part, bind_store(std::move(element), columns_[i].type, columns_[i].name, rule,
                                       binding_.calls()));
      changed = changed || part.expression != before;
      parts.push_back(part.expression);
    }
    if (!changed) return step.plan;
    return algebra::make_plan(
        algebra::Map{.input = step.plan,
                     .function = algebra::lambda({row}, algebra::make_array(std::move(parts)))});
  }

  Result<PlanPtr> make_plan(BoundQuery seed, std::vector<PlanPtr> steps, bool distinct) {
    const std::uint64_t most = binding_.session().cte_max_recursion_depth;
    Error refusal = error<3636>(std::to_string(most + 1)).error();
    algebra::Recursive node{
        .number = recursion_.number,
        .seed = std::move(seed.plan),
        .step = steps.size() == 1 ? std::move(steps.front())
                                  : algebra::make_plan(algebra::Union{.inputs = std::move(steps)}),
        .most = {.steps = most,
                 .number = static_cast<std::uint16_t>(refusal.number),
                 .refusal = std::move(refusal.what)},
        .whole = !query_.limit};
    if (distinct) {
      TRY(node.distinct_by, distinct_by());
    }
    return algebra::make_plan(std::move(node));
  }
  Result<ExprPtr> distinct_by() {
    std::vector<Type> types;
    for (const OutputColumn& column : columns_) types.push_back(column.type);
    const algebra::VarId row = binding_.fresh();
    TRY(std::vector<ExprPtr> keys, comparison_keys(algebra::variable(row), types, binding_));
    return algebra::lambda({row}, algebra::make_array(std::move(keys)));
  }

  const SetOperation& operation_;
  const Query& query_;
  Recursion& recursion_;
  const Surroundings& around_;
  Binding& binding_;
  std::vector<BoundQuery> seeds_;
  std::vector<OutputColumn> columns_;
};

}  // namespace

Result<BoundQuery> bind_common_table(const CommonTables& tables, std::size_t i, Binding& binding) {
  const Binding::Nested nested(binding, Binding::Within::table);
  TRY_STATUS(nested.check());
  const CommonTable& table = tables.with->tables[i];
  Recursion recursion{.name = table.name, .number = raw(binding.fresh())};
  const CommonTables before{.with = tables.with,
                            .visible = i,
                            .is_within = true,
                            .outer = tables.outer,
                            .recursion = tables.with->recursive ? &recursion : nullptr};
  const Surroundings around{.common = &before};
  const auto* const operation = std::get_if<Ref<SetOperation>>(&table.query->body);
  if (tables.with->recursive && operation != nullptr && !table.query->with) {
    return RecursionBinder(**operation, *table.query, recursion, around, binding).bind();
  }
  auto bound = bind_inner_query(*table.query, around, binding);
  if (recursion.named == 0) return bound;
  if (operation != nullptr) return not_supported("WITH in a recursive common table expression");
  return error<3573>(table.name);
}

Result<BoundQuery> bind_recursion(Recursion& recursion, const Surroundings& around) {
  ++recursion.named;
  if (recursion.columns == nullptr) {
    return fail(Code::unsupported, "A table names itself before its columns are known.");
  }
  if (recursion.part != &around || recursion.named > 1) return error<3577>(recursion.name);
  return BoundQuery{.plan = algebra::make_plan(algebra::Working{.number = recursion.number}),
                    .columns = *recursion.columns};
}

Status check_recursive_block(const Select& select, bool is_counted, bool has_tail,
                             const Surroundings& around) {
  const CommonTables* const common = around.common;
  if (common == nullptr || common->recursion == nullptr) return {};
  const Recursion& recursion = *common->recursion;
  if (recursion.part != &around || recursion.named == 0) return {};
  if (is_counted) return error<3575>(recursion.name);
  if (has_tail || (select.options & select_option::kDistinct) != 0) {
    return not_supported(
        "ORDER BY / LIMIT / SELECT DISTINCT in recursive query block of Common Table Expression");
  }
  const auto optional = [&](const TableRef& ref) { return is_optional(ref, recursion.name); };
  if (std::ranges::any_of(select.from, optional)) return error<3576>(recursion.name);
  return {};
}

}  // namespace octavo::sql
