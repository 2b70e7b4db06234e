#pragma once

#include "algebra/expr.h"
#include "dialect/sql/type/type.h"

namespace octavo::sql {

// An expression with its type. The tree is the algebra's.
struct Typed {
  algebra::ExprPtr expression;
  Type type;

  // Its value, if it is a constant; null: it is none.
  const value::Value* constant() const {
    const auto* node = std::get_if<algebra::Const>(&expression->node);
    return node == nullptr ? nullptr : &node->value;
  }
};

}  // namespace octavo::sql
