#pragma once

// The operators of the language over operands that are bound: conversions that MySQL makes by
// itself, and which operation computes them. Nothing is computed yet: `fold` (fold.h) does that for
// whole expressions. Subqueries, rows of values and aggregates are not seen here.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "dialect/sql/ast/expr.h"
#include "dialect/sql/function/session_facts.h"
#include "dialect/sql/type/typed.h"

namespace octavo::sql {

// A literal of the text; those of strings in the session's collation. 1525 for a bad DATE '…'; 1367
// for a number that no double can be.
Result<Typed> bind_literal(const Literal& literal, const CallContext& context);
// _latin1'…': 1115, 1300.
Result<Typed> bind_introduced(const Introduced& introduced, const CallContext& context);

// A constant that comes from elsewhere (a parameter, a variable) of a type that it is of.
Typed typed_constant(value::Value value, Type type);
// A constant of the type that its form is of: integers, doubles, decimals, strings in the session's
// collation, bytes, times, null; documents are JSON.
Typed typed_constant(value::Value value, const CallContext& context);

// A field of a row that is a document, as it is stored; null where there is none. `shown`: how
// messages name it ("`db`.`t`.`c`"); empty: by its name. The type's kind has to be true of what is
// stored, or `dynamic`: `read_as` makes another of it.
Typed bind_field(const algebra::ExprPtr& row, std::string_view name, Type type,
                 std::string_view shown = {});
// An element of a row that is an array, counted from 0.
Typed bind_element(const algebra::ExprPtr& row, std::size_t place, Type type,
                   std::string_view shown = {});
// A field of a document that declares none, of the type that was inferred for it: a value of
// another kind converts as CAST does, with 1292.
Typed read_as(Typed field, Type type);

Result<Typed> bind_binary(BinaryOperator op, Typed left, Typed right, const CallContext& context);
Result<Typed> bind_unary(UnaryOperator op, Typed operand, const CallContext& context);
Result<Typed> bind_junction(bool all, std::vector<Typed> operands, const CallContext& context);
Result<Typed> bind_is(Truth truth, bool negated, Typed operand, const CallContext& context);
Result<Typed> bind_like(bool negated, Typed operand, Typed pattern, std::optional<Typed> escape,
                        const CallContext& context);
Result<Typed> bind_between(bool negated, Typed operand, Typed low, Typed high,
                           const CallContext& context);
Result<Typed> bind_in(bool negated, Typed operand, std::vector<Typed> items,
                      const CallContext& context);
struct TypedWhen {
  Typed condition, result;
};
Result<Typed> bind_case(std::optional<Typed> operand, std::vector<TypedWhen> whens,
                        std::optional<Typed> otherwise, const CallContext& context);
Result<Typed> bind_cast(Typed operand, const DataType& type, const CallContext& context);
Result<Typed> bind_collate(Typed operand, std::string_view collation, const CallContext& context);

// To exactly this type, as branches of CASE, arms of UNION and parameters are: no warning where
// nothing is lost.
Result<Typed> convert_to(Typed operand, const Type& type, const CallContext& context);

// What a Filter keeps rows by: true, and nothing else, for rows that SQL would keep.
Result<algebra::ExprPtr> as_condition(Typed operand, const CallContext& context);

// What a sort, group or distinct compares by in place of the expression, under the order of its
// type: sort keys of the collation for texts, numbers of members for ENUM; itself where values
// compare so already.
Result<algebra::ExprPtr> comparison_key(const Typed& operand, const CallContext& context);
// Whether `comparison_key` is the expression itself.
bool compares_as_it_is(const Type& type);

}  // namespace octavo::sql
