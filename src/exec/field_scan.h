#pragma once

// Filters and functions of single rows over a scan or a join that gives fields, and lambdas over
// the rows that pass: programs compute what they can for a batch of rows at once; the rest is the
// interpreter's, row by row, on documents that are read for it, or rows that are made of fields.
// One thread at a time uses it.

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "exec/operators.h"
#include "exec/row_paths.h"
#include "function/field_operands.h"
#include "value/batch.h"

namespace octavo::exec {

struct NodeWork;  // exec/profile.h

class FieldScan {
 public:
  struct Lambda {
    algebra::ExprPtr function;             // row → value
    std::optional<function::Shape> shape;  // of what a program gives; unset: whichever it has
  };
  // What is wanted of a scan beside the filters.
  struct Wanted {
    std::vector<Lambda> lambdas;
    std::vector<value::FieldRequest> columns;  // fields of rows, as vectors
    bool documents = false;                    // of most rows that pass
    // What is looked at of a row that passes, where all lambdas see nothing else of a document than
    // fields that they name (function::Family::reads_plainly): rows are then made of such fields.
    // Unset: of all that there is. Joins give nothing else.
    std::optional<Need> row_fields;
    // Rows of any plan, whose fields are then made into columns. With `row_fields`.
    bool any_rows = false;
    // Maps, and functions that give a row or none, may be among the filters: then rows are what
    // the uppermost of them gives, and neither `columns` nor `encoded` is for them.
    bool functions = false;
    // Rows that are read by their primary keys are few, and better had one by one.
    bool many_rows = false;
    // Without what there is no use in fields: a program, or one that does more than to read a
    // field, or one for each filter and lambda.
    enum class Needs : std::uint8_t { nothing, program, computation, programs };
    Needs needs = Needs::nothing;
  };
  // Null when `input` is something else, or its rows can be had in no such way.
  static Result<std::unique_ptr<FieldScan>> make(const algebra::PlanPtr& input,
                                                 const Wanted& wanted,
                                                 const OperatorContext& context);

  // Reads a batch and filters it; false at the end, once. An error of a filter or function comes
  // with the next call, after the rows before it.
  Result<bool> next();
  // Who looks at a few rows alone does not want to know of others: the next batch has no more.
  void at_most(std::size_t rows) { most_rows_ = rows; }
  // Before the first batch: all rows will be read, so that others may read ahead.
  void read_ahead();
  // Of the batch: its rows that pass, ascending. They may be none.
  std::span<const std::uint16_t> rows() const { return selected_; }

  // Whether rows are made of Wanted::row_fields.
  bool reads_plainly() const { return seen_.has_value(); }

  // A field of Wanted::columns.
  const value::Vector& column(std::size_t i) const { return cursor_->batch().column(columns_[i]); }
  // What the lambda gives for a row; nothing where it is missing.
  Result<std::optional<value::Value>> value_of(std::size_t lambda, std::uint16_t row);
  // The same for the batch; null where the interpreter is to say all.
  const function::Operand* result(std::size_t lambda) const;
  function::Shape shape(std::size_t lambda) const { return evaluated_[lambdas_ + lambda].shape; }
  // The row itself, once: a document, or what the uppermost function gives.
  Result<value::Value> take(std::uint16_t row);
  // The document as it lies. Good until the next call of this or `next`.
  Result<BytesView> encoded(std::uint16_t row) {
    ++documents_used_;
    return cursor_->encoded(row);
  }
  // An encoded document of an earlier batch, decoded. What is wrong with one that cannot be is said
  // as the scan says it.
  Result<value::Value> decode(BytesView document) const;

 private:
  enum class Kind : std::uint8_t {
    filter,
    map,
    drop,  // an unwind that gives a row or none
    wanted,
  };
  // A lambda of the plan, with its program if there is one.
  struct Evaluated {
    Kind kind = Kind::wanted;
    algebra::ExprPtr lambda;
    std::size_t level = 0;  // how many maps and drops are below: what it is given
    std::optional<function::ProgramState> program;
    function::Shape shape = function::Shape::any;  // of its result
    function::Operand result;                      // of the batch
    int deferred_batches = 0;
    NodeWork* work = nullptr;  // of the node; null: it is not noted
  };
  struct Stages;
  struct Programs;
  enum class States : std::uint8_t { present, present_or_null, others };

  // Fields of a row, of which field i is column places[i] of the batch.
  struct RowFields {
    RowOfPaths row;
    std::vector<std::size_t> places;
  };

  FieldScan(algebra::PlanPtr source, const OperatorContext& context)
      : source_(std::move(source)), context_(context) {}
  Status start(const Stages& stages, const Wanted& wanted);
  Programs compile(const Stages& stages, const Wanted& wanted);
  std::vector<value::FieldRequest> place_fields(const function::FieldList& fields,
                                                const std::optional<Need>& seen,
                                                const Wanted& wanted);
  Result<std::unique_ptr<FieldCursor>> open(const std::vector<value::FieldRequest>& requests,
                                            const Need& rows, bool any_rows) const;
  void begin_profile(const Stages& stages);
  std::optional<Need> seen_fields(const Stages& stages, const Wanted& wanted) const;
  Result<value::Value> row_of(std::uint16_t row, const RowFields& fields) const;
  bool needs_documents() const;
  Status prepare(Evaluated& evaluated);
  Status read_documents(std::vector<std::uint16_t> rows);
  Result<const value::Value*> row_at(std::size_t level, std::uint16_t row);
  Result<value::Value> interpret(const Evaluated& evaluated, std::uint16_t row);
  Status run(Evaluated& stage);
  Result<bool> passes(Evaluated& stage, std::uint16_t row);
  States states_of(const function::Operand& result) const;
  bool filter_computed(const Evaluated& stage);

  algebra::PlanPtr source_;  // of the rows that the stages are over
  OperatorContext context_;
  NodeWork* work_ = nullptr;  // of the source
  std::unique_ptr<FieldCursor> cursor_;
  std::vector<Evaluated> evaluated_;  // stages from the scan upwards, then Wanted::lambdas
  std::size_t lambdas_ = 0;           // the place of the first of those
  std::vector<std::size_t> makers_;   // of level i + 1: the places of maps and drops
  std::vector<std::size_t> columns_;  // places of Wanted::columns in the batch
  std::size_t rows_wanted_ = 0;       // of the next batch
  std::size_t most_rows_ = value::kBatchRows;
  // Where rows are made of fields: what is taken, and what lambdas see.
  std::optional<RowFields> taken_;
  std::optional<RowFields> seen_;
  std::vector<std::size_t> places_;  // of the operands' fields in the batch

  // Of the batch.
  std::optional<function::FieldOperands> operands_;
  std::span<const function::Operand> fields_;
  std::size_t rows_ = 0;
  std::vector<std::uint16_t> selected_;
  std::optional<Error> failed_;  // what a stage said after those
  // Rows of each level as values, the documents first: those that were needed.
  std::vector<std::vector<std::optional<value::Value>>> values_;
  bool has_values_ = false;  // some were
  std::size_t documents_used_ = 0;
};

}  // namespace octavo::exec
