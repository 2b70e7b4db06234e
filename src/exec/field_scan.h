#pragma once

// Filters over a scan that gives fields, and lambdas over the rows that pass them: programs compute
// what they can for a batch of rows at once; the rest is the interpreter's, row by row, on
// documents that are read for it. One thread at a time uses it.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "exec/operators.h"
#include "function/field_operands.h"
#include "value/batch.h"

namespace octavo::exec {

class FieldScan {
 public:
  // What is wanted of a scan beside the filters.
  struct Lambda {
    algebra::ExprPtr function;             // row → value
    std::optional<function::Shape> shape;  // of what a program gives; unset: whichever it has
  };
  struct Wanted {
    std::vector<Lambda> lambdas;
    std::vector<std::string> columns;  // fields, as vectors
    bool documents = false;            // of most rows that pass; otherwise programs or nothing
  };
  // Null when `input` is something else than filters over a scan, or its rows are not kept as
  // documents; also when no document, field or program is wanted, so that rows would do as well.
  static Result<std::unique_ptr<FieldScan>> make(const algebra::PlanPtr& input,
                                                 const Wanted& wanted,
                                                 const OperatorContext& context);

  // Reads a batch and filters it; false at the end, once. An error of a filter comes with the next
  // call, after the rows before it.
  Result<bool> next();
  // Of the batch: its rows that pass, ascending. They may be none.
  std::span<const std::uint16_t> rows() const { return selected_; }

  // A field of Wanted::columns.
  const value::Vector& column(std::size_t i) const { return cursor_->batch().column(columns_ + i); }
  // What the program of a lambda of Wanted gives for the batch; null: it has none.
  const function::Operand* result_of(std::size_t lambda) const {
    const Evaluated& evaluated = evaluated_[filters_ + lambda];
    return evaluated.program ? &evaluated.result : nullptr;
  }
  // What the lambda gives for a row; nothing where it is missing.
  Result<std::optional<value::Value>> value_of(std::size_t lambda, std::uint16_t row);
  // The row as it lies. Good until the next call of this or `next`.
  Result<BytesView> encoded(std::uint16_t row) {
    ++documents_used_;
    return cursor_->encoded(row);
  }
  // An encoded document of an earlier batch, decoded. What is wrong with one that cannot be is said
  // as the scan says it.
  Result<value::Value> decode(BytesView document) const;

 private:
  // A lambda with its program if there is one.
  struct Evaluated {
    algebra::ExprPtr lambda;
    std::optional<function::ProgramState> program;
    function::Shape shape = function::Shape::any;  // of its result
    function::Operand result;                      // of the batch
    int deferred_batches = 0;
  };

  FieldScan(const algebra::Scan& scan, const OperatorContext& context)
      : scan_(scan), context_(context) {}
  Status start(const std::vector<Lambda>& lambdas, const Wanted& wanted);
  bool needs_documents() const;
  Status prepare(Evaluated& evaluated);
  Status read_documents(std::vector<std::uint16_t> rows);
  Result<value::Value> interpret(const Evaluated& evaluated, std::uint16_t row);
  Status keep(Evaluated& filter);

  algebra::Scan scan_;
  OperatorContext context_;
  std::unique_ptr<FieldCursor> cursor_;
  std::size_t filters_ = 0;
  std::vector<Evaluated> evaluated_;  // filters from the scan upwards, then Wanted::lambdas
  std::size_t columns_ = 0;           // the place of the first of Wanted::columns
  std::size_t rows_wanted_ = 0;       // of the next batch

  // Of the batch.
  std::optional<function::FieldOperands> operands_;
  std::span<const function::Operand> fields_;
  std::size_t rows_ = 0;
  std::vector<std::uint16_t> selected_;
  std::optional<Error> failed_;                         // what a filter said after those
  std::vector<std::optional<value::Value>> documents_;  // those that were needed
  std::size_t documents_used_ = 0;
};

}  // namespace octavo::exec
