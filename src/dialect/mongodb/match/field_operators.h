#pragma once

// The operators of conditions ({a: {$gt: 5}}), as rows of tables, one for each file.

#include <span>
#include <string_view>

#include "dialect/mongodb/match/parse.h"

namespace octavo::mongodb {

struct FieldCall {
  std::string_view name;        // "$gt"
  const value::Value& operand;  // what it is given
  const value::Value& beside;   // the document that it stands in
  const Subject& subject;
  const Place& place;

  // "$gt: 5" or "$in: [ 1 ]": as messages show it.
  std::string text() const;
};

struct FieldOperator {
  std::string_view name;
  // Null without an error: another one of `beside` says it.
  Result<algebra::ExprPtr> (*parse)(const FieldCall& call);
};

std::span<const FieldOperator> comparison_operators();
std::span<const FieldOperator> kind_operators();
std::span<const FieldOperator> array_operators();
std::span<const FieldOperator> pattern_operators();
std::span<const FieldOperator> bit_operators();
std::span<const FieldOperator> geometry_operators();

}  // namespace octavo::mongodb
