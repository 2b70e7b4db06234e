#include "dialect/sql/bind/locking.h"

#include <optional>
#include <utility>

#include "algebra/children.h"
#include "dialect/sql/bind/names.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/types.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

class Clauses {
 public:
  explicit Clauses(const Scope& scope) : scope_(scope), meant_(scope.tables().size()) {}

  Status add(const Locking& clause) {
    if (clause.of.empty()) {
      for (std::size_t i = 0; i < meant_.size(); ++i) {
        if (!meant_[i]) meant_[i] = clause;
      }
      return {};
    }
    for (const Path& path : clause.of) {
      const std::string name = "`" + dotted(path) + "`";
      const auto table = scope_.find_table(path);
      if (!table) return error<3568>(name);
      if (std::exchange(meant_[*table], clause)) return error<3569>(name);
    }
    return {};
  }

  // All but keys, of which nothing is locked.
  void add_plain_reads() {
    for (std::size_t i = 0; i < meant_.size(); ++i) {
      const catalog::TableDefinition* const table = scope_.tables()[i].definition;
      const bool has_rows = table != nullptr && table->layout == catalog::Layout::row;
      if (!meant_[i] && has_rows) meant_[i] = Locking{.share = true};
    }
  }

  std::vector<LockedTable> tables() const {
    std::vector<LockedTable> out;
    for (std::size_t i = 0; i < meant_.size(); ++i) {
      const ScopeTable& table = scope_.tables()[i];
      if (!meant_[i] || table.stored == nullptr) continue;
      const Typed key = bind_field(table.stored, table.definition->primary_key, any_type());
      out.push_back({.table = table.definition->id,
                     .key = algebra::lambda({scope_.row()}, key.expression),
                     .shared = meant_[i]->share,
                     .wait = meant_[i]->wait});
    }
    return out;
  }

 private:
  const Scope& scope_;
  std::vector<std::optional<Locking>> meant_;  // by table
};

}  // namespace

Result<std::vector<LockedTable>> locked_tables(const Scope& scope, const Binding& binding) {
  Clauses clauses(scope);
  const bool has_clauses = binding.locking != nullptr && !binding.locking->empty();
  if (has_clauses) {
    for (const Locking& clause : *binding.locking) TRY_STATUS(clauses.add(clause));
  }
  const RowLocks* const locks = binding.context().locks;
  if (locks == nullptr) return std::vector<LockedTable>();
  if (locks->of_plain_reads()) clauses.add_plain_reads();
  return clauses.tables();
}

bool names_parameters(const algebra::ExprPtr& expression, const Binding& binding) {
  if (const algebra::Var* const variable = variable_of(expression)) {
    return binding.is_parameter(variable->id);
  }
  return algebra::any_child(
      *expression, [&](const algebra::ExprPtr& part) { return names_parameters(part, binding); });
}

bool names_parameters(const algebra::Plan& plan, const Binding& binding) {
  bool found = false;
  algebra::for_each_expression(plan, [&](const algebra::ExprPtr& expression) {
    found = found || names_parameters(expression, binding);
  });
  algebra::for_each_input(plan, [&](const algebra::PlanPtr& input) {
    found = found || names_parameters(*input, binding);
  });
  return found;
}

}  // namespace octavo::sql
