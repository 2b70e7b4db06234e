#pragma once

// All that binding a statement may ask. One statement, one thread; what it points at outlives it.

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "catalog/model.h"
#include "dialect/sql/ast/expr.h"
#include "dialect/sql/ast/resolved_names.h"
#include "dialect/sql/bind/row_locks.h"
#include "dialect/sql/bind/tables.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/type.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::sql {

// A value that is known when the statement is bound, of the form of its type.
struct Constant {
  value::Value value;
  Type type;
};

// The variables of a session that stand in expressions.
class Variables {
 public:
  virtual ~Variables() = default;
  virtual Result<Constant> user(std::string_view name) = 0;             // null: it was never set
  virtual Result<Constant> system(const SystemVariable& variable) = 0;  // 1193, 1238
};

// Runs what has to be known before the statement can be bound.
class Subqueries {
 public:
  virtual ~Subqueries() = default;
  // All rows: the plan has a limit where few of them are wanted.
  virtual Result<std::vector<value::Value>> rows(const algebra::PlanPtr& plan) = 0;
};

class Reuse;  // dialect/sql/bind/reuse.h

struct BindContext {
  const catalog::CatalogState& definitions;
  // Those that everybody sees, which queries of views are about; null: they are the same.
  const catalog::CatalogState* shared_definitions = nullptr;
  const SessionFacts& session;
  Tables& tables;
  Variables& variables;
  // Where constant parts are computed; its notes are the statement's.
  function::EvalContext& constants;
  std::span<const Constant> parameters = {};  // of `?`, by number; one that is missing is null
  // What is known of the types of parameters without values, by number (PREPARE); of those of which
  // nothing is, the null type stays. Null: nobody asks.
  std::vector<Type>* parameter_types = nullptr;
  // Null: only the form of the result is asked for (PREPARE), and nothing is run for it.
  Subqueries* subqueries = nullptr;
  // Null: no rows are locked, whatever the statement says.
  RowLocks* locks = nullptr;
  // The view whose query this is from now on: it may not name itself. 0: none is defined.
  TableId defined_view{};
  // What its names mean is noted there. Null: nobody asks.
  ResolvedNames* resolved = nullptr;
  bool may_have_subqueries = true;  // false: of a definition (1235)
  // Changes of its rows are followed: an order that a key has is taken from it, whatever it costs.
  bool follows = false;
  // What is bound is to be run with other parameters too; null: with these alone.
  Reuse* reuse = nullptr;
};

}  // namespace octavo::sql
