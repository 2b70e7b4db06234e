#pragma once

// The tests of one value, by number of operation, and how they are applied to the values at a path.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/match/walk.h"

namespace octavo::mongodb {

struct Predicate {
  std::uint16_t number;
  std::string_view name;
  Leaf leaf;
  // Whether it holds of a value, null being that there is none. `operand` is what operations.h
  // says or whatever a stored filter has there instead: then an error.
  Result<bool> (*holds)(const value::Value* value, const value::Value& operand) = nullptr;
  // In place of that, of one that compares strings.
  Result<bool> (*compares)(const value::Value* value, const value::Value& operand,
                           const CollatedOrder& order) = nullptr;

  Result<bool> of(const value::Value* value, const value::Value& operand,
                  const CollatedOrder& order) const {
    return compares == nullptr ? holds(value, operand) : compares(value, operand, order);
  }
};

// Null: the operation is none.
const Predicate* find_predicate(std::uint16_t number);

// The tables, one for each file.
std::span<const Predicate> comparison_predicates();
std::span<const Predicate> kind_predicates();
std::span<const Predicate> bit_predicates();
std::span<const Predicate> schema_predicates();
std::span<const Predicate> geometry_predicates();

// The first position of an array (or kNoPosition) with which a test of values at a path holds.
struct PathTest {
  const value::Value* object;  // null: there is none
  value::ArrayView names;
  const value::Value* operand;
  CollatedOrder order = {};
};
Result<std::optional<std::size_t>> first_match(const Predicate& predicate, const PathTest& test,
                                               function::EvalContext& context);

// The constant arguments of a test; type_mismatch when a stored filter has something else there.
Result<value::ArrayView> names_of(const algebra::ExprPtr& argument);
Result<const value::Value*> operand_of(const algebra::ExprPtr& argument);

// "operands of filters are otherwise than …": what predicates say of an operand of another form.
std::unexpected<Error> wrong_operand();

}  // namespace octavo::mongodb
