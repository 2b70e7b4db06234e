#pragma once

// The state of binding one statement, shared by those who bind its parts.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "algebra/expr.h"
#include "algebra/plan.h"
#include "base/id.h"
#include "base/result.h"
#include "dialect/sql/ast/query.h"
#include "dialect/sql/bind/context.h"
#include "dialect/sql/bind/parameter_variable.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

struct Surroundings;
struct OutputColumn;

// A common table that may name itself, while its parts are bound (recursive.h).
struct Recursion {
  std::string_view name;
  std::uint64_t number = 0;                            // of its rows in the plan
  const std::vector<OutputColumn>* columns = nullptr;  // null: they are not known yet
  const Surroundings* part = nullptr;                  // of the part that is bound
  std::size_t named = 0;                               // how often that has named it
};

// The common tables that a query may name: the first `visible` of its WITH, then those around it.
struct CommonTables {
  const With* with = nullptr;
  std::size_t visible = 0;
  bool is_within = false;  // the query is that of the next one
  const CommonTables* outer = nullptr;
  Recursion* recursion = nullptr;  // of the next one, when the query is that
};

class Correlation;

// What stands around a query or an expression.
struct Surroundings {
  const Scope* outer = nullptr;  // of the query around; null: none
  const CommonTables* common = nullptr;
  // Of the innermost query within an expression that this is part of; null: of none.
  Correlation* correlation = nullptr;
};

class Binding {
 public:
  explicit Binding(BindContext& context)
      : context_(context), calls_{context.session, context.constants} {}

  BindContext& context() const { return context_; }
  const SessionFacts& session() const { return context_.session; }
  // By which names are found where it stands: in a view no temporary tables are.
  const catalog::CatalogState& definitions() const {
    const bool within = !views.empty() && context_.shared_definitions != nullptr;
    return within ? *context_.shared_definitions : context_.definitions;
  }
  const CallContext& calls() const { return calls_; }

  algebra::VarId fresh() { return algebra::VarId{++last_variable_}; }
  // One that stands for something of a query around, in the plan of a query within it.
  algebra::VarId fresh_parameter();
  bool is_parameter(algebra::VarId variable) const {
    return parameters_.contains(variable) || is_parameter_variable(variable);
  }
  // Whether the expression is the same for all rows that the query is over: it may name what is of
  // the queries around, and have queries in it that do.
  bool is_fixed(const algebra::ExprPtr& expression) const;

  // About how many rows a plan gives, from whoever made it and knew more than the plan tells.
  void estimate_rows(const algebra::PlanPtr& plan, double rows) {
    estimates_.insert_or_assign(plan.get(), std::pair(plan, rows));
  }
  std::optional<double> estimated_rows(const algebra::Plan& plan) const {
    const auto found = estimates_.find(&plan);
    return found == estimates_.end() ? std::nullopt : std::optional(found->second.second);
  }

  // A query within another one, for as long as this lives: in an expression, or as a table, which a
  // common one is wherever it is named.
  enum class Within : std::uint8_t { expression, table };
  class Nested {
   public:
    Nested(Binding& binding, Within within) : depth_(binding.depth_of(within)), within_(within) {
      ++depth_;
    }
    ~Nested() { --depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    // 1473: there are too many around it.
    Status check() const;

   private:
    std::size_t& depth_;
    const Within within_;
  };

  // What a name of the statement means, for who asks (BindContext::resolved).
  void note_name(const Path& path, ResolvedNames::Parts parts) const {
    if (context_.resolved != nullptr) {
      context_.resolved->paths.insert_or_assign(path.begin(), std::move(parts));
    }
  }

  // Another query block: a common table is bound wherever it is named, so that few words may ask
  // for many. Fails when there are too many of them, or the statement was cancelled.
  Status begin_block();

  // The table that the statement writes, while its subqueries are bound: they may not read it
  // (1093). Rows of derived tables are there before anything is written.
  std::optional<TableId> target;

  // The views that what is bound is part of, and whose rights count there; nothing: those of whose
  // statement it is.
  std::vector<const catalog::ViewDefinition*> views;
  bool names_itself = false;  // the view that is defined: told as 1146, however far within
  std::optional<std::string> rights;
  const std::string* as() const { return rights ? &*rights : nullptr; }

  // FOR UPDATE and its kin, of the query that is bound; null: it has none.
  const List<Locking>* locking = nullptr;
  // Variables that stand for fields of a line (LOAD DATA), by name.
  std::vector<std::pair<std::string, Typed>> of_line;

 private:
  std::size_t& depth_of(Within within) {
    return within == Within::expression ? expression_depth_ : table_depth_;
  }

  BindContext& context_;
  CallContext calls_;
  std::uint64_t last_variable_ = 0;
  std::set<algebra::VarId> parameters_;
  std::size_t expression_depth_ = 0;
  std::size_t table_depth_ = 0;
  std::unordered_map<const algebra::Plan*, std::pair<algebra::PlanPtr, double>> estimates_;
  std::size_t blocks_ = 0;
};

}  // namespace octavo::sql
