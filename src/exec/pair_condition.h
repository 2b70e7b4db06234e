#pragma once

// The condition of a join over columns of pairs of rows: a program says of a batch at once what it
// can, the interpreter says the rest of a pair when that is asked for. One thread at a time uses
// it.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "exec/operators.h"
#include "exec/row_paths.h"
#include "function/field_operands.h"
#include "value/batch.h"

namespace octavo::exec {

class PairCondition {
 public:
  // Of a join of whatever kind that has one. Null: it may see more of rows than fields that it
  // names.
  static Result<std::unique_ptr<PairCondition>> make(const algebra::Join& join,
                                                     const OperatorContext& context);

  // The fields of {left, right} that it looks at.
  std::span<const value::FieldRequest> requests() const { return requests_; }

  // Of these pairs, with the columns of `requests`, until the next call.
  Status begin(const value::Batch& pairs);
  // What is told of a pair, and an error, come when it is asked for it.
  Result<bool> holds(std::uint16_t pair);

 private:
  PairCondition(algebra::ExprPtr lambda, std::span<const value::Path> paths, QueryContext& query)
      : lambda_(std::move(lambda)), row_(paths), query_(query) {}

  algebra::ExprPtr lambda_;
  RowOfPaths row_;
  QueryContext& query_;
  std::vector<value::FieldRequest> requests_;
  std::vector<std::size_t> row_places_;    // of the paths of `row_` among those
  std::vector<std::size_t> field_places_;  // of what the program reads
  std::optional<function::FieldOperands> operands_;
  std::optional<function::ProgramState> program_;  // nothing: the interpreter says all

  const value::Batch* pairs_ = nullptr;
  function::Operand result_;
};

}  // namespace octavo::exec
