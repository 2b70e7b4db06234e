#include "dialect/mongodb/match/predicate.h"

#include <array>
#include <utility>

#include "base/assert.h"
#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/operations.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Value;

constexpr std::size_t kCount = op::kTestsEnd - op::kFirstTest;

using Rows = std::array<const Predicate*, kCount>;

Rows make_rows() {
  Rows rows{};
  constexpr std::span<const Predicate> (*kTables[])() = {
      comparison_predicates, kind_predicates,     bit_predicates,
      schema_predicates,     geometry_predicates,
  };
  for (const auto table : kTables) {
    for (const Predicate& row : table()) {
      const std::size_t at = row.number - std::size_t{op::kFirstTest};
      ASSERT(at < kCount && rows[at] == nullptr);
      ASSERT((row.holds != nullptr) != (row.compares != nullptr));
      rows[at] = &row;
    }
  }
  return rows;
}

Result<Item> test_path(const OperationCall& call, LazyArguments& arguments) {
  const Predicate* predicate = find_predicate(call.call.function.number);
  TRY(const Item object, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  TRY(const Value* const operand, operand_of(arguments.expression(2)));
  TRY(CollatedOrder order, collated_order(call));
  const PathTest test{.object = object ? &*object : nullptr,
                      .names = names,
                      .operand = operand,
                      .order = std::move(order)};
  TRY(const auto match, first_match(*predicate, test, call.context));
  return Item(Value::boolean(match.has_value()));
}

std::array<OperationRow, kCount> make_operations() {
  std::array<OperationRow, kCount> rows{};
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto number = static_cast<std::uint16_t>(op::kFirstTest + i);
    const Predicate* predicate = find_predicate(number);
    ASSERT(predicate != nullptr);
    rows[i] = {.number = number,
               .name = predicate->name,
               .least = 3,
               .flags = static_cast<std::uint16_t>(
                   operation_flag::kReadsPath |
                   (predicate->compares != nullptr ? operation_flag::kCompares : 0)),
               .lazy = test_path};
  }
  return rows;
}

// Elements between two looks at whether the query was cancelled.
constexpr std::size_t kElementsPerCheck = 256;

}  // namespace

const Predicate* find_predicate(std::uint16_t number) {
  static const Rows kRows = make_rows();
  const std::size_t at = number - std::size_t{op::kFirstTest};
  return number >= op::kFirstTest && at < kCount ? kRows[at] : nullptr;
}

std::span<const OperationRow> test_operations() {
  static const std::array<OperationRow, kCount> kRows = make_operations();
  return kRows;
}

Result<std::optional<std::size_t>> first_match(const Predicate& predicate, const PathTest& test,
                                               function::EvalContext& context) {
  Status problem;
  std::size_t seen = 0;
  std::optional<std::size_t> match;
  auto visit = [&](const Value* found, std::size_t position) {
    if (++seen % kElementsPerCheck == 0) problem = context.check();
    if (!problem) return true;
    Result<bool> holds = predicate.of(found, *test.operand, test.order);
    if (!holds) {
      problem = std::unexpected(std::move(holds).error());
      return true;
    }
    if (*holds) match = position;
    return *holds;
  };
  Walk<decltype(visit)>(predicate.leaf, visit).from(test.object, test.names);
  TRY_STATUS(std::move(problem));
  TRY_STATUS(context.spend(seen));
  return match;
}

Result<value::ArrayView> names_of(const ExprPtr& argument) {
  const auto* constant = std::get_if<algebra::Const>(&argument->node);
  if (constant == nullptr || !constant->value.is_array()) return wrong_operand();
  const value::ArrayView names = constant->value.as_array();
  for (const Value& name : names) {
    if (!name.is_string()) return wrong_operand();
  }
  return names;
}

Result<const Value*> operand_of(const ExprPtr& argument) {
  const auto* constant = std::get_if<algebra::Const>(&argument->node);
  if (constant == nullptr) return wrong_operand();
  return &constant->value;
}

std::unexpected<Error> wrong_operand() {
  return fail(Code::type_mismatch, "a filter has an operand of another form than its test takes");
}

}  // namespace octavo::mongodb
