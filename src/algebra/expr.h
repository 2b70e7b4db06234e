#pragma once

// Scalar expressions: immutable trees shared by plans, index definitions and write hooks.
//
// The algebra fixes the shape (constants, variables, calls, functions as values) and no meaning:
// what a call does, how null, coercion and ordering behave and what an error says belong to the
// family of functions (a dialect) that the call names. See function/family.h.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "value/value.h"

namespace octavo::algebra {

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;
struct Plan;  // plan.h
using PlanPtr = std::shared_ptr<const Plan>;

// The functions of a dialect. An open set: the rows of dialect/families.cc are those that this
// version knows, and who opens something stored asks for them (function/family.h).
enum class FamilyId : std::uint8_t {};
constexpr FamilyId kCore{0};  // of no dialect: what has no call belongs to it

// A dialect's function, by number in that dialect's table. Both numbers are stored in the catalog
// with index definitions, so none is ever reused.
struct FunctionId {
  FamilyId family = kCore;
  std::uint16_t number = 0;

  friend bool operator==(const FunctionId&, const FunctionId&) = default;
};

enum class VarId : std::uint64_t {};

struct Const {
  value::Value value;
};
struct Var {
  VarId id{};
};
struct Option {
  std::string name;
  ExprPtr value;
};
struct Call {
  FunctionId function;
  std::vector<ExprPtr> args;
  std::vector<Option> options;
};
struct Lambda {
  std::vector<VarId> params;
  ExprPtr body;
};
struct MakeArray {
  std::vector<ExprPtr> elements;
};
struct MakeObject {
  std::vector<Option> fields;
};

// What is made of the rows of a plan that stands in an expression.
enum class SubplanKind : std::uint8_t {
  rows,    // an array of them
  exists,  // whether there is one
  any,     // whether `operand` compares so with one: true, false, or null for unknown
};
enum class Comparison : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
};
// A plan within an expression, run when the expression is evaluated (function/family.h says by
// whom). Of what is around it the plan names `params` alone, for which `args` are computed first:
// the same `args` give the same result within a statement. Never stored.
struct Subplan {
  FamilyId family = kCore;  // whose evaluator knows it
  SubplanKind kind = SubplanKind::rows;
  PlanPtr plan;
  std::vector<VarId> params;
  std::vector<ExprPtr> args;
  // Of kind `any`: an array, as the rows are arrays of as many elements. They compare in the native
  // order; null with anything is unknown. But for `equal` there is one element.
  ExprPtr operand;
  Comparison comparison = Comparison::equal;
};

struct Expr {
  std::variant<Const, Var, Call, Lambda, MakeArray, MakeObject, Subplan> node;
};

ExprPtr constant(value::Value value);
ExprPtr variable(VarId id);
ExprPtr call(FunctionId function, std::vector<ExprPtr> args, std::vector<Option> options = {});
ExprPtr lambda(std::vector<VarId> params, ExprPtr body);
ExprPtr make_array(std::vector<ExprPtr> elements);
ExprPtr make_object(std::vector<Option> fields);
ExprPtr subplan(Subplan node);

// `expression` with each free variable that `bindings` knows replaced by its constant: how a
// closure becomes a tree that can be planned, stored and shipped.
using Bindings = std::vector<std::pair<VarId, value::Value>>;
ExprPtr bind(const ExprPtr& expression, const Bindings& bindings);

bool equal(const ExprPtr& a,
           const ExprPtr& b);  // up to renaming of bound variables; plans by identity

// Levels of nodes an encoded expression may have: one JSON level of a query can become a few.
constexpr std::size_t kMaxExpressionDepth = 4 * kMaxNestingDepth;

// Bytes for the catalog and the log (docs/formats/expression.md). `out_of_range`, with `out`
// unchanged, for what is nested too deeply; `unsupported` for what has a plan in it. Decoding
// checks depth and shape.
Status encode(const ExprPtr& expression, Bytes& out);
Result<ExprPtr> decode(ByteReader& reader);

// Text for EXPLAIN, logs and golden tests: `(reql.add v1 2)`. `name_of` gives a function's name; a
// function without one prints as `#family.number`.
using FunctionNamer = std::string_view (*)(FunctionId);
std::string print(const ExprPtr& expression, FunctionNamer name_of);

}  // namespace octavo::algebra
