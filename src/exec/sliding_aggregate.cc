#include "exec/sliding_aggregate.h"

namespace octavo::exec {

using value::Value;

Status SlidingAggregate::prepare() {
  TRY_STATUS(memory_.add(partition_.size() * sizeof(arguments_[0])));
  arguments_.reserve(partition_.size());
  for (std::size_t i = 0; i < partition_.size(); ++i) {
    if (aggregate_.argument == nullptr) {
      arguments_.emplace_back(std::in_place);
      continue;
    }
    TRY_STATUS(query_.check());
    TRY(auto argument,
        unless_missing(function::evaluate_lambda(
            aggregate_.argument, std::span(&partition_.row(i), 1), query_.evaluation)));
    arguments_.push_back(std::move(argument));
  }
  return {};
}

Result<Value> SlidingAggregate::over(const RowSpan& frame) {
  if (result_ && frame == rows_) return *result_;
  result_.reset();
  const bool goes_on =
      held_ && frame.begin >= rows_.begin && frame.end >= rows_.end &&
      (frame.begin == rows_.begin || (frame.begin < rows_.end && held_->removes()));
  if (!goes_on) TRY_STATUS(restart(frame.begin));
  TRY_STATUS(remove_until(frame.begin));
  TRY_STATUS(add_until(frame.end));
  TRY(result_, held_->result());
  return *result_;
}

Status SlidingAggregate::restart(std::size_t begin) {
  held_.reset();
  state_memory_.emplace(query_);
  TRY(held_, make_accumulator(aggregate_, value::Order::native, query_, *state_memory_));
  rows_ = {begin, begin};
  return {};
}

Status SlidingAggregate::add_until(std::size_t end) {
  for (; rows_.end < end; ++rows_.end) {
    TRY_STATUS(query_.check());
    const auto& argument = arguments_[rows_.end];
    if (argument) TRY_STATUS(held_->add(*argument));
  }
  return {};
}

Status SlidingAggregate::remove_until(std::size_t begin) {
  for (; rows_.begin < begin; ++rows_.begin) {
    const auto& argument = arguments_[rows_.begin];
    if (argument) TRY_STATUS(held_->remove(*argument));
  }
  return {};
}

}  // namespace octavo::exec
