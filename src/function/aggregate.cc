#include "function/aggregate.h"

#include "function/family.h"
#include "function/grouped_states.h"
#include "function/program.h"

namespace octavo::function {

Status AggregateState::add_rows(const Operand& arguments, Shape shape,
                                std::span<const std::uint16_t> rows) {
  for (const std::uint16_t row : rows) {
    const auto value = value_of(arguments, shape, row);
    if (value) TRY_STATUS(add(*value));
  }
  return {};
}

Status GroupedStates::add_rows(const Operand& arguments, Shape shape,
                               std::span<const std::uint16_t> rows, std::span<const Group> groups) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto value = value_of(arguments, shape, rows[i]);
    if (value) TRY_STATUS(add(groups[i], *value));
  }
  return {};
}

Status AggregateState::remove(const value::Value&) {
  return fail(Code::unsupported, "The aggregate takes nothing out again.");
}

const value::Value* find_option(std::span<const algebra::Option> options, std::string_view name) {
  for (const algebra::Option& option : options) {
    if (option.name != name) continue;
    const auto* constant = std::get_if<algebra::Const>(&option.value->node);
    return constant == nullptr ? nullptr : &constant->value;
  }
  return nullptr;
}

const AggregateRow* find_aggregate(algebra::FunctionId function) {
  const Family* family = find_family(function.family);
  if (family == nullptr || family->aggregates == nullptr) return nullptr;
  for (const AggregateRow& row : family->aggregates()) {
    if (row.number == function.number) return &row;
  }
  return nullptr;
}

}  // namespace octavo::function
