#include "dialect/sql/bind/definition_expr.h"

#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/error/error.h"

namespace octavo::sql {
namespace {

class NoTables final : public Tables {
 public:
  Status may(TableUse /*use*/, const catalog::TableDefinition& /*table*/,
             const std::string* /*as*/) override {
    return {};
  }
  Status may(TableUse /*use*/, const catalog::ViewDefinition& /*view*/,
             const std::string* /*as*/) override {
    return {};
  }
  Result<InferredColumns> inferred(const catalog::TableDefinition& /*table*/) override {
    return not_supported("subquery in a definition");
  }
  Result<std::optional<ComputedTable>> computed(std::string_view /*database*/,
                                                std::string_view /*table*/) override {
    return not_supported("subquery in a definition");
  }
  std::optional<std::uint64_t> estimated_rows(const catalog::TableDefinition& /*table*/) override {
    return std::nullopt;
  }
};

class NoVariables final : public Variables {
 public:
  Result<Constant> user(std::string_view /*name*/) override {
    return not_supported("variable in a definition");
  }
  Result<Constant> system(const SystemVariable& /*variable*/) override {
    return not_supported("variable in a definition");
  }
};

class NoSubqueries final : public Subqueries {
 public:
  Result<std::vector<value::Value>> rows(const algebra::PlanPtr& /*plan*/) override {
    return not_supported("subquery in a definition");
  }
};

}  // namespace

Result<Typed> bind_definition_expr(const Expr& expr, Scope& scope, const CallContext& calls) {
  static const catalog::CatalogState kNothing;
  NoTables tables;
  NoVariables variables;
  NoSubqueries subqueries;
  BindContext context{.definitions = kNothing,
                      .session = calls.session,
                      .tables = tables,
                      .variables = variables,
                      .constants = calls.constants,
                      .subqueries = &subqueries,
                      .may_have_subqueries = false};
  Binding binding(context);
  return ExprBinder(binding, {.clause = Clause::select, .scope = &scope}).bind(expr);
}

}  // namespace octavo::sql
