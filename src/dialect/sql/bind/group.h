#pragma once

// Query blocks with groups: what was bound over the rows of FROM becomes an expression over the
// rows of groups.

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "algebra/plan.h"
#include "dialect/sql/bind/aggregates.h"
#include "dialect/sql/bind/binding.h"
#include "dialect/sql/bind/dependence.h"
#include "dialect/sql/bind/replace.h"
#include "dialect/sql/bind/scope.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// Where a result is in a part of a group's row ("group", "reduction"): of so many of its sort,
// alone it is all of it.
algebra::ExprPtr part_of_row(algebra::VarId row, std::string_view part, std::size_t place,
                             std::size_t count);

class Groups {
 public:
  // What messages call an expression: #2 of «SELECT list».
  struct Use {
    std::string_view list;
    std::size_t number = 1;
  };

  // `keys`: over the rows of `scope`. None: all rows are one group. `rollup`: WITH ROLLUP.
  Groups(Binding& binding, const Scope& scope, const Dependence& dependence, Aggregates& aggregates,
         std::vector<Typed> keys, bool rollup);

  // The expression over results of the group, which are variables: its keys, aggregates, and
  // columns that have one value in a group, or any of theirs where the session asks for no more.
  // 1055, 1140.
  Result<algebra::ExprPtr> take(const algebra::ExprPtr& expression, const Use& use);

  // The rows of the groups, once all expressions were taken; these are then over `row`.
  Result<algebra::PlanPtr> plan(algebra::PlanPtr input);
  algebra::VarId row() const { return row_; }
  algebra::ExprPtr over_rows(const algebra::ExprPtr& expression) const;

 private:
  struct Key {
    Typed typed;
    algebra::VarId result{};
  };

  Result<algebra::ExprPtr> take_key(const Key& key);
  Typed left_out() const;
  Result<Typed> is_left_out(std::size_t key) const;
  Result<algebra::ExprPtr> bits_of(const Aggregates::Grouping& grouping) const;
  Status check_grouped(const ScopeColumn& column, const Use& use) const;

  Binding& binding_;
  const Scope& scope_;
  const Dependence& dependence_;
  Aggregates& aggregates_;
  algebra::VarId row_;
  std::vector<Key> keys_;
  bool rollup_;
  algebra::VarId left_out_;  // of the number of keys that a group is made without
  VariableValues results_;   // over `row_`
};

}  // namespace octavo::sql
