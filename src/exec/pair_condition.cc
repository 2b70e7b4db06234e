#include "exec/pair_condition.h"

#include <utility>

#include "exec/needed_fields.h"

namespace octavo::exec {

using value::Value;

Result<std::unique_ptr<PairCondition>> PairCondition::make(const algebra::Join& join,
                                                           const OperatorContext& context) {
  const std::optional<Need> need = plain_uses_of(join.condition);
  if (!need) return nullptr;
  // It is over pairs, whatever the join makes of those for which it holds.
  algebra::Join pairs = join;
  pairs.kind = algebra::JoinKind::inner;
  const auto paths = paths_of(*need, algebra::Plan{std::move(pairs)});
  std::unique_ptr<PairCondition> made(new PairCondition(join.condition, paths, context.query));
  made->row_places_ = places_of(paths, made->requests_);

  function::EvalContext& evaluation = context.query.evaluation;
  function::FieldList fields;
  auto program = function::Program::compile(join.condition, function::Shape::boolean, fields);
  if (program == nullptr) return made;
  for (const value::FieldRequest& field : function::requests_of(fields.fields())) {
    made->field_places_.push_back(place_of(field, made->requests_));
  }
  TRY(auto operands, function::FieldOperands::make(fields.fields(), evaluation));
  made->operands_.emplace(std::move(operands));
  TRY(auto state, function::ProgramState::make(std::move(program), evaluation));
  made->program_.emplace(std::move(state));
  return made;
}

Status PairCondition::begin(const value::Batch& pairs) {
  pairs_ = &pairs;
  if (!program_) return {};
  TRY(const auto fields, operands_->set(pairs, field_places_));
  result_ = program_->run(fields, pairs.rows());
  return {};
}

Result<bool> PairCondition::holds(std::uint16_t pair) {
  const function::State state = program_ ? result_.state(pair) : function::kDeferred;
  if (state == function::kPresent) return result_.as<std::uint8_t>()[pair] != 0;
  if (state == function::kNull) return false;
  TRY(const Value row, row_.make(*pairs_, row_places_, pair));
  TRY(const Value holds, function::evaluate_lambda(lambda_, std::span(&row, 1), query_.evaluation));
  return holds == Value::boolean(true);
}

}  // namespace octavo::exec
