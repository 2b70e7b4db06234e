#pragma once

// The tree of a filter taken apart again.

#include <optional>

#include "algebra/expr.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/match/operations.h"

namespace octavo::mongodb {

// The body and the row of a lambda of one parameter; null: it is none.
struct FilterBody {
  algebra::VarId row{};
  algebra::ExprPtr body;
};
FilterBody body_of(const algebra::ExprPtr& filter);

// The call, where it is one of that operation of MongoDB's.
const algebra::Call* call_of(const algebra::ExprPtr& expression, std::uint16_t number);
// Any operation of MongoDB's.
const algebra::Call* call_of(const algebra::ExprPtr& expression);

// A test of values at a path of `object`: with its constants.
struct TestCall {
  std::uint16_t number = 0;
  std::vector<std::string> path;
  value::Value operand;       // null where the operand is a function
  algebra::ExprPtr function;  // of kElement and kElementIs
  CollatedOrder order = {};   // of one that compares
};
std::optional<TestCall> test_of(const algebra::ExprPtr& expression, algebra::VarId object);

}  // namespace octavo::mongodb
