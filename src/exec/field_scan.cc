#include "exec/field_scan.h"

#include <algorithm>
#include <utility>

#include "exec/accumulator.h"
#include "value/document.h"

namespace octavo::exec {
namespace {

using function::Program;
using function::ProgramState;
using value::Value;

constexpr std::size_t kFirstRows = 64;  // of the first batch: most queries over an index are small
// After so many batches in a row of which a quarter was deferred the interpreter does all.
constexpr int kMaxDeferredBatches = 4;
// A document that is read again by its key costs as much as so many that are kept while the scan
// goes by.
constexpr std::size_t kKeptForOneReadAgain = 64;

}  // namespace

Result<std::unique_ptr<FieldScan>> FieldScan::make(const algebra::PlanPtr& input,
                                                   const Wanted& wanted,
                                                   const OperatorContext& context) {
  std::vector<Lambda> lambdas;
  const algebra::Plan* below = input.get();
  while (const auto* filter = std::get_if<algebra::Filter>(&below->node)) {
    lambdas.push_back({.function = filter->predicate, .shape = function::Shape::boolean});
    below = filter->input.get();
  }
  const auto* scan = std::get_if<algebra::Scan>(&below->node);
  if (scan == nullptr) return nullptr;
  std::ranges::reverse(lambdas);
  std::unique_ptr<FieldScan> made(new FieldScan(*scan, context));
  made->filters_ = lambdas.size();
  lambdas.insert(lambdas.end(), wanted.lambdas.begin(), wanted.lambdas.end());
  TRY_STATUS(made->start(lambdas, wanted));
  if (made->cursor_ == nullptr) return nullptr;
  return made;
}

Status FieldScan::start(const std::vector<Lambda>& lambdas, const Wanted& wanted) {
  function::EvalContext& evaluation = context_.query.evaluation;
  function::FieldList fields;
  std::vector<std::shared_ptr<const Program>> programs;  // null: the interpreter's
  bool any = wanted.documents || !wanted.columns.empty();
  for (const Lambda& lambda : lambdas) {
    programs.push_back(Program::compile(lambda.function, lambda.shape, fields));
    any = any || programs.back() != nullptr;
  }
  if (!any) return {};
  std::vector<value::FieldRequest> requests = function::requests_of(fields.fields());
  columns_ = requests.size();
  for (const std::string& column : wanted.columns) {
    requests.push_back({.path = value::Path(std::vector<std::string>{column})});
  }
  TRY(cursor_, context_.source.open_fields(scan_, requests, context_.query));
  if (cursor_ == nullptr) return {};

  TRY(auto operands, function::FieldOperands::make(fields.fields(), evaluation));
  operands_.emplace(std::move(operands));
  for (std::size_t i = 0; i < lambdas.size(); ++i) {
    Evaluated& evaluated = evaluated_.emplace_back();
    evaluated.lambda = lambdas[i].function;
    if (programs[i] == nullptr) continue;
    evaluated.shape = programs[i]->shape();
    TRY(auto program, ProgramState::make(programs[i], evaluation));
    evaluated.program.emplace(std::move(program));
  }
  cursor_->keep_documents(wanted.documents || needs_documents());
  rows_wanted_ = kFirstRows;
  return {};
}

// Whether some rows will need one for certain.
bool FieldScan::needs_documents() const {
  return std::ranges::any_of(evaluated_,
                             [](const Evaluated& evaluated) { return !evaluated.program; });
}

Result<bool> FieldScan::next() {
  if (failed_) return fail(*std::exchange(failed_, std::nullopt));
  TRY_STATUS(context_.query.check());
  if (rows_ > 0) {
    cursor_->keep_documents(kKeptForOneReadAgain * documents_used_ >= rows_ || needs_documents());
  }
  TRY(rows_, cursor_->next(rows_wanted_));
  if (rows_ == 0) {
    cursor_.reset();
    return false;
  }
  rows_wanted_ = std::min(2 * rows_wanted_, value::kBatchRows);
  TRY(fields_, operands_->set(cursor_->batch()));
  documents_.assign(rows_, std::nullopt);
  documents_used_ = 0;
  selected_.resize(rows_);
  for (std::size_t row = 0; row < rows_; ++row) selected_[row] = static_cast<std::uint16_t>(row);
  for (std::size_t i = 0; i < filters_; ++i) TRY_STATUS(keep(evaluated_[i]));
  for (std::size_t i = filters_; i < evaluated_.size(); ++i) TRY_STATUS(prepare(evaluated_[i]));
  return true;
}

// Runs the program for the batch and reads the documents of selected rows that need one.
Status FieldScan::prepare(Evaluated& evaluated) {
  std::vector<std::uint16_t> needed;
  if (evaluated.program) {
    evaluated.result = evaluated.program->run(fields_, rows_);
    for (const std::uint16_t row : selected_) {
      if (evaluated.result.state(row) == function::kDeferred) needed.push_back(row);
    }
    evaluated.deferred_batches =
        4 * needed.size() > selected_.size() ? evaluated.deferred_batches + 1 : 0;
    if (evaluated.deferred_batches == kMaxDeferredBatches) evaluated.program.reset();
  }
  if (!evaluated.program) needed = selected_;
  return read_documents(std::move(needed));
}

Status FieldScan::read_documents(std::vector<std::uint16_t> rows) {
  std::erase_if(rows, [this](std::uint16_t row) { return documents_[row].has_value(); });
  if (rows.empty()) return {};
  documents_used_ += rows.size();
  TRY(auto documents, cursor_->documents(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) documents_[rows[i]] = std::move(documents[i]);
  return {};
}

Result<Value> FieldScan::interpret(const Evaluated& evaluated, std::uint16_t row) {
  if (!documents_[row]) TRY_STATUS(read_documents({row}));
  return function::evaluate_lambda(evaluated.lambda, std::span(&*documents_[row], 1),
                                   context_.query.evaluation);
}

// Leaves the selected rows for which the lambda is true. With an error those before it are left.
Status FieldScan::keep(Evaluated& filter) {
  TRY_STATUS(prepare(filter));
  std::size_t kept = 0;
  for (const std::uint16_t row : selected_) {
    bool keeps = false;
    if (filter.program && filter.result.state(row) == function::kPresent) {
      keeps = filter.result.as<std::uint8_t>()[row] != 0;
    } else {
      const Result<Value> value = interpret(filter, row);
      if (!value) {
        failed_ = value.error();
        break;
      }
      keeps = value->type() == value::Type::boolean && value->as_boolean();
    }
    if (keeps) selected_[kept++] = row;
  }
  selected_.resize(kept);
  return {};
}

Result<std::optional<Value>> FieldScan::value_of(std::size_t lambda, std::uint16_t row) {
  const Evaluated& evaluated = evaluated_[filters_ + lambda];
  if (evaluated.program) {
    if (auto value = function::value_of(evaluated.result, evaluated.shape, row)) return value;
    if (evaluated.result.state(row) == function::kMissing) return std::optional<Value>();
  }
  return unless_missing(interpret(evaluated, row));
}

Result<Value> FieldScan::decode(BytesView document) const {
  auto row = value::decode_document(document);
  if (row) return row;
  TRY(const auto again, context_.source.open(scan_, context_.query));
  Rows rows;
  do {
    TRY_STATUS(context_.query.check());
    rows.clear();
    TRY_STATUS(again->next(kBatchRows, rows));
  } while (!rows.empty());
  return row;
}

}  // namespace octavo::exec
