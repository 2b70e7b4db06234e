#include "dialect/mongodb/family/kernels.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "dialect/mongodb/accumulator/operations.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/family/number_kernels.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/predicate.h"
#include "function/core_kernels.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using function::KernelCall;
using function::KernelRow;
using function::PreparedPtr;
using function::Shape;
using value::Value;

// Tests of the value of a field, (any, operand), which programs alone see: the numbers of the tests
// of values at a path, moved by so much.
constexpr std::uint16_t kTestsOfFields = 60;
constexpr std::size_t kTests = op::kTestsEnd - op::kFirstTest;
static_assert(op::kFirstTest + kTestsOfFields >= op::kTestsEnd);
static_assert(op::kTestsEnd + kTestsOfFields <= op::kProperty);

struct PreparedTest final : function::Prepared {
  const Predicate* predicate = nullptr;
  Value operand;
  CollatedOrder order;
};

PreparedPtr prepare_test(const algebra::Call& call) {
  const auto number = static_cast<std::uint16_t>(call.function.number - kTestsOfFields);
  const auto* const operand = std::get_if<algebra::Const>(&call.args[1]->node);
  auto prepared = std::make_shared<PreparedTest>();
  prepared->predicate = find_predicate(number);
  if (operand == nullptr || prepared->predicate == nullptr) return nullptr;
  auto order = collated_order(call.options);
  if (!order) return nullptr;
  prepared->operand = operand->value;
  prepared->order = *std::move(order);
  return prepared;
}

// Elements of an array are the interpreter's, and what the test says of an operand or a value that
// it does not take.
void test_field(const KernelCall& call) {
  const auto& test = static_cast<const PreparedTest&>(*call.prepared);
  const function::Operand& field = call.operands[0];
  auto* const out = call.out_as<std::uint8_t>();
  const Value null;
  for (std::size_t i = 0; i < call.rows; ++i) {
    const function::State state = field.state(i);
    const Value* found = state == function::kPresent ? &field.as<Value>()[i] : nullptr;
    if (state == function::kNull) found = &null;
    out[i] = 0;
    call.states[i] = function::kDeferred;
    if (state == function::kDeferred || (found != nullptr && found->is_array())) continue;
    const Result<bool> holds = test.predicate->of(found, test.operand, test.order);
    if (!holds) continue;
    out[i] = *holds ? 1 : 0;
    call.states[i] = function::kPresent;
  }
}

// The key of a sort of what lies at a path, (any): programs alone see it.
constexpr std::uint16_t kSortKeyOfField = operation_block::kIndex - 1;

// Which element of an array counts is the evaluator's.
void sort_key_of_field(const KernelCall& call) {
  const function::Operand& field = call.operands[0];
  for (std::size_t i = 0; i < call.rows; ++i) {
    const function::State state = field.state(i);
    const bool is_array = state == function::kPresent && field.as<Value>()[i].is_array();
    call.states[i] = is_array                      ? function::kDeferred
                     : state == function::kMissing ? function::kNull
                                                   : state;
  }
}

// A part of a group's key.
void key_part(const KernelCall& call) {
  const function::Operand& field = call.operands[0];
  auto* const out = call.out_as<Value>();
  for (std::size_t i = 0; i < call.rows; ++i) {
    const function::State state = field.state(i);
    call.states[i] = state == function::kMissing ? function::kPresent : state;
    if (state == function::kMissing) out[i] = missing_key_part();
    if (state == function::kPresent) out[i] = field.as<Value>()[i];
  }
}

constexpr KernelRow kOthers[] = {
    {.number = kSortKeyOfField,
     .operands = {Shape::any},
     .count = 1,
     .result = Shape::any,
     .strict = false,
     .passes = true,
     .run = sort_key_of_field},
    {.number = op::kKeyPart,
     .operands = {Shape::any},
     .count = 1,
     .result = Shape::any,
     .strict = false,
     .run = key_part},
    function::connective_row<false>(op::kAllOf),
    function::connective_row<true>(op::kAnyOf),
    function::negate_row(op::kNot),
    function::or_null_row(op::kOrNull),
};

std::vector<KernelRow> make_rows() {
  std::vector<KernelRow> rows(kTests);
  for (std::size_t i = 0; i < kTests; ++i) {
    rows[i] = {.number = static_cast<std::uint16_t>(op::kFirstTest + kTestsOfFields + i),
               .operands = {Shape::any},
               .count = 1,
               .result = Shape::boolean,
               .strict = false,
               .run = test_field,
               .accepts = [](const algebra::Call& /*call*/) -> std::optional<double> { return 0; },
               .constants = 1,
               .prepare = prepare_test};
  }
  rows.insert(rows.end(), std::begin(kOthers), std::end(kOthers));
  rows.insert(rows.end(), number_kernels().begin(), number_kernels().end());
  return rows;
}

// The names of a sort's key, of which a field alone decides; empty: it is another call.
value::ArrayView names_of_sort_key(const algebra::Call& call) {
  const bool fits = call.function == function_id(op::kSortKey) && call.args.size() == 3;
  if (!fits || !call.options.empty()) return {};
  const auto* const pattern = std::get_if<algebra::Const>(&call.args[1]->node);
  const auto* const number = std::get_if<algebra::Const>(&call.args[2]->node);
  if (pattern == nullptr || number == nullptr || !pattern->value.is_array()) return {};
  const auto place = number->value.is_number() ? number->value.to_int64() : std::nullopt;
  const value::ArrayView fields = pattern->value.as_array();
  if (!place || *place < 0 || static_cast<std::size_t>(*place) >= fields.size()) return {};
  const Value& field = fields[static_cast<std::size_t>(*place)];
  if (!field.is_array() || field.as_array().size() < 2) return {};
  const value::ArrayView names = field.as_array().subspan(1);
  return std::ranges::all_of(names, &Value::is_string) ? names : value::ArrayView();
}

// Of a path, or a test of values at one; empty: it is another call, or has no names.
value::ArrayView names_in(const algebra::Call& call) {
  const auto* const names =
      call.args.size() < 2 ? nullptr : std::get_if<algebra::Const>(&call.args[1]->node);
  if (names == nullptr || !names->value.is_array()) return {};
  const value::ArrayView found = names->value.as_array();
  return std::ranges::all_of(found, &Value::is_string) ? found : value::ArrayView();
}

}  // namespace

std::span<const KernelRow> kernel_rows() {
  static const std::vector<KernelRow> kRows = make_rows();
  return kRows;
}

std::optional<function::FieldAccess> field_of(const algebra::Call& call) {
  if (call.function != function_id(op::kPath)) return std::nullopt;
  const value::ArrayView names = names_in(call);
  if (names.empty()) return std::nullopt;
  ExprPtr object = call.args.front();
  if (names.size() > 1) {
    const value::ArrayView before = names.first(names.size() - 1);
    object = mongodb::call(
        op::kPath, {std::move(object),
                    algebra::constant(Value::array(std::vector(before.begin(), before.end())))});
  }
  return function::FieldAccess{.object = std::move(object), .name = names.back().as_string()};
}

ExprPtr in_kernel_terms(const algebra::Call& call) {
  if (const value::ArrayView names = names_of_sort_key(call); !names.empty()) {
    const ExprPtr path = algebra::constant(Value::array({names.begin(), names.end()}));
    return mongodb::call(kSortKeyOfField, {mongodb::call(op::kPath, {call.args[0], path})});
  }
  const Predicate* const test = find_predicate(call.function.number);
  if (test == nullptr || call.args.size() != 3) return nullptr;
  if (names_in(call).empty()) return nullptr;
  return mongodb::call(static_cast<std::uint16_t>(test->number + kTestsOfFields),
                       {mongodb::call(op::kPath, {call.args[0], call.args[1]}), call.args[2]},
                       call.options);
}

}  // namespace octavo::mongodb
