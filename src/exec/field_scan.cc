#include "exec/field_scan.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "exec/accumulator.h"
#include "exec/join_fields.h"
#include "exec/keyed_columns.h"
#include "exec/lookup_fields.h"
#include "exec/operator_fields.h"
#include "exec/profile.h"
#include "function/kernel_terms.h"
#include "value/document.h"
#include "value/maker.h"

namespace octavo::exec {
namespace {

using function::Program;
using function::ProgramState;
using function::Shape;
using value::Value;

constexpr std::size_t kFirstRows = 64;  // of the first batch: most queries over an index are small
// After so many batches in a row of which a quarter was deferred the interpreter does all.
constexpr int kMaxDeferredBatches = 4;
// A document that is read again by its key costs as much as so many that are kept while the scan
// goes by.
constexpr std::size_t kKeptForOneReadAgain = 64;

// The value of which an unwind gives a row, or none where it is missing; null: it gives others.
algebra::ExprPtr dropped_value(const algebra::ExprPtr& unwind) {
  const auto* lambda = std::get_if<algebra::Lambda>(&unwind->node);
  const auto* call = lambda == nullptr ? nullptr : std::get_if<algebra::Call>(&lambda->body->node);
  const algebra::ExprPtr value = call == nullptr ? nullptr : function::value_or_nothing(*call);
  return value == nullptr ? nullptr : algebra::lambda(lambda->params, value);
}

}  // namespace

// What lies between a source of rows and the wanted, from the source upwards.
struct FieldScan::Stages {
  struct Stage {
    Kind kind;
    algebra::ExprPtr lambda;    // for the interpreter
    algebra::ExprPtr computed;  // for programs
    const algebra::Plan* node;
  };

  Stages(const algebra::PlanPtr& plan, bool functions) : source(plan) {
    for (;;) {
      const algebra::Plan* const below = source.get();
      if (const auto* filter = std::get_if<algebra::Filter>(&below->node)) {
        add(Kind::filter, filter->predicate, filter->predicate, filter->input);
        continue;
      }
      const auto* map = std::get_if<algebra::Map>(&below->node);
      if (map != nullptr && functions) {
        add(Kind::map, map->function, map->function, map->input);
        continue;
      }
      const auto* unwind = std::get_if<algebra::Unwind>(&below->node);
      const auto value = unwind != nullptr && functions ? dropped_value(unwind->function) : nullptr;
      if (value == nullptr) break;
      add(Kind::drop, unwind->function, value, unwind->input);
    }
    // A condition of pairs is a filter above them.
    const auto* const join = std::get_if<algebra::Join>(&source->node);
    if (join != nullptr && join->kind == algebra::JoinKind::inner && join->condition != nullptr) {
      stages.push_back({Kind::filter, join->condition, join->condition, source.get()});
    }
    std::ranges::reverse(stages);
  }

  std::vector<Stage> stages;
  algebra::PlanPtr source;

 private:
  void add(Kind kind, const algebra::ExprPtr& lambda, const algebra::ExprPtr& computed,
           const algebra::PlanPtr& input) {
    stages.push_back({kind, lambda, computed, source.get()});
    source = algebra::PlanPtr(input);
  }
};

Result<std::unique_ptr<FieldScan>> FieldScan::make(const algebra::PlanPtr& input,
                                                   const Wanted& wanted,
                                                   const OperatorContext& context) {
  const Stages stages(input, wanted.functions);
  const auto* const scan = std::get_if<algebra::Scan>(&stages.source->node);
  const bool is_join = std::holds_alternative<algebra::Join>(stages.source->node) ||
                       std::holds_alternative<algebra::LookupJoin>(stages.source->node);
  const bool gives = is_join && gives_columns(*stages.source);
  const bool other = wanted.row_fields && !wanted.documents && (gives || wanted.any_rows);
  if (scan == nullptr && !other) return nullptr;
  const bool by_keys =
      scan != nullptr && !scan->index && std::holds_alternative<algebra::KeySet>(scan->keys);
  if (wanted.many_rows && by_keys) return nullptr;
  std::unique_ptr<FieldScan> made(new FieldScan(stages.source, context));
  TRY_STATUS(made->start(stages, wanted));
  if (made->cursor_ == nullptr) return nullptr;
  return made;
}

// The program of each of `evaluated_`, null where the interpreter is to do all, and the fields that
// they read.
struct FieldScan::Programs {
  std::vector<std::shared_ptr<const Program>> of;
  function::FieldList fields;

  // Whether they make it worth reading fields.
  bool enough(Wanted::Needs needs) const {
    const auto is_there = [](const auto& program) { return program != nullptr; };
    const auto computes = [](const auto& program) {
      return program != nullptr && program->computes();
    };
    switch (needs) {
      case Wanted::Needs::nothing: return true;
      case Wanted::Needs::program: return std::ranges::any_of(of, is_there);
      case Wanted::Needs::computation: return std::ranges::any_of(of, computes);
      case Wanted::Needs::programs: return std::ranges::all_of(of, is_there);
    }
    return false;
  }
};

FieldScan::Programs FieldScan::compile(const Stages& stages, const Wanted& wanted) {
  Programs programs;
  std::vector<algebra::ExprPtr> chain;  // maps and drops, then who is above them
  const auto add = [&](Kind kind, const algebra::ExprPtr& lambda, const algebra::ExprPtr& computed,
                       std::optional<Shape> shape) {
    Evaluated& evaluated = evaluated_.emplace_back();
    evaluated.kind = kind;
    evaluated.lambda = lambda;
    evaluated.level = chain.size();
    chain.push_back(computed);
    programs.of.push_back(Program::compile(chain, shape, programs.fields));
    if (kind != Kind::map && kind != Kind::drop) chain.pop_back();
  };
  // What the only one above reads as a number is best found out as a number.
  std::optional<Shape> shape;
  if (wanted.lambdas.size() == 1) shape = wanted.lambdas.front().shape;
  for (const Stages::Stage& stage : stages.stages) {
    if (stage.kind != Kind::filter) makers_.push_back(evaluated_.size());
    add(stage.kind, stage.lambda, stage.computed,
        stage.kind == Kind::filter ? Shape::boolean : shape);
  }
  lambdas_ = evaluated_.size();
  for (const Lambda& lambda : wanted.lambdas) {
    add(Kind::wanted, lambda.function, lambda.function, lambda.shape);
  }
  return programs;
}

// What is read of each row, and where it is in a batch. `seen`: what lambdas see of rows that are
// made of fields; nothing: documents.
std::vector<value::FieldRequest> FieldScan::place_fields(const function::FieldList& fields,
                                                         const std::optional<Need>& seen,
                                                         const Wanted& wanted) {
  std::vector<value::FieldRequest> requests;
  if (seen) {
    const auto taken = paths_of(*wanted.row_fields, *source_);
    taken_.emplace(RowFields{RowOfPaths(taken), places_of(taken, requests)});
    const auto paths = paths_of(*seen, *source_);
    seen_.emplace(RowFields{RowOfPaths(paths), places_of(paths, requests)});
  }
  for (const value::FieldRequest& field : function::requests_of(fields.fields())) {
    places_.push_back(place_of(field, requests));
  }
  for (const value::FieldRequest& column : wanted.columns) {
    columns_.push_back(place_of(column, requests));
  }
  return requests;
}

Status FieldScan::start(const Stages& stages, const Wanted& wanted) {
  const Programs programs = compile(stages, wanted);
  const bool is_scan = std::holds_alternative<algebra::Scan>(source_->node);
  const std::optional<Need> seen = seen_fields(stages, wanted);
  const bool worth_it = is_scan ? programs.enough(wanted.needs) : seen.has_value();
  if (!worth_it) return {};
  const auto requests = place_fields(programs.fields, seen, wanted);
  TRY(cursor_, open(requests, seen.value_or(Need()), wanted.any_rows));
  if (cursor_ == nullptr) return {};

  function::EvalContext& evaluation = context_.query.evaluation;
  TRY(auto operands, function::FieldOperands::make(programs.fields.fields(), evaluation));
  operands_.emplace(std::move(operands));
  for (std::size_t i = 0; i < evaluated_.size(); ++i) {
    if (programs.of[i] == nullptr) continue;
    evaluated_[i].shape = programs.of[i]->shape();
    TRY(auto program, ProgramState::make(programs.of[i], evaluation));
    evaluated_[i].program.emplace(std::move(program));
  }
  if (context_.profiled != nullptr) begin_profile(stages);
  values_.resize(1 + makers_.size());
  cursor_->keep_documents(!seen_ && (wanted.documents || needs_documents()));
  rows_wanted_ = kFirstRows;
  return {};
}

Result<std::unique_ptr<FieldCursor>> FieldScan::open(
    const std::vector<value::FieldRequest>& requests, const Need& rows, bool any_rows) const {
  if (const auto* const scan = std::get_if<algebra::Scan>(&source_->node)) {
    TRY(auto cursor, context_.source.open_fields(*scan, requests, context_.query));
    if (cursor != nullptr || !any_rows) return cursor;
  }
  if (std::holds_alternative<algebra::Join>(source_->node)) {
    TRY(auto cursor, join_fields(source_, requests, context_));
    if (cursor != nullptr || !any_rows) return cursor;
  }
  if (std::holds_alternative<algebra::LookupJoin>(source_->node)) {
    TRY(auto cursor, lookup_fields(source_, requests, context_));
    if (cursor != nullptr || !any_rows) return cursor;
  }
  // Of rows that have no columns of their own.
  Need need = rows;
  for (const value::FieldRequest& request : requests) need.merge(need_of(request.path));
  TRY(auto input, build_rows(source_, need, context_));
  return operator_fields(std::move(input), requests);
}

void FieldScan::begin_profile(const Stages& stages) {
  const auto begun = [this](const auto& node) -> NodeWork* {
    const auto* const profiled = context_.profiled->find(node);
    if (profiled == nullptr) return nullptr;
    ++profiled->work->loops_within;
    return profiled->work;
  };
  work_ = begun(*source_);
  for (std::size_t i = 0; i < stages.stages.size(); ++i) {
    const algebra::Plan* const node = stages.stages[i].node;
    // What passes the condition of a join is what the join gives.
    evaluated_[i].work = node == source_.get() ? std::exchange(work_, nullptr) : begun(*node);
  }
}

// What all that is given rows looks at of them, and what is taken; nothing: rows cannot be made of
// fields.
std::optional<Need> FieldScan::seen_fields(const Stages& stages, const Wanted& wanted) const {
  if (!wanted.row_fields) return std::nullopt;
  Need need = *wanted.row_fields;
  bool of_rows = true;  // what the lambdas are over
  const auto add = [&](const algebra::ExprPtr& lambda) {
    const auto fields = of_rows ? plain_uses_of(lambda) : Need();
    if (fields) need.merge(*fields);
    return fields.has_value();
  };
  for (const Stages::Stage& stage : stages.stages) {
    if (!add(stage.lambda)) return std::nullopt;
    of_rows = of_rows && stage.kind == Kind::filter;
  }
  if (!std::ranges::all_of(wanted.lambdas,
                           [&](const Lambda& lambda) { return add(lambda.function); })) {
    return std::nullopt;
  }
  // A whole document is better had as it lies.
  const bool is_scan = std::holds_alternative<algebra::Scan>(source_->node);
  return need.all && is_scan && !wanted.any_rows ? std::nullopt : std::optional(std::move(need));
}

Result<Value> FieldScan::row_of(std::uint16_t row, const RowFields& fields) const {
  auto made = fields.row.make(cursor_->batch(), fields.places, row);
  // What cannot be read is named by who has the document.
  if (!made) TRY_STATUS(cursor_->documents(std::span(&row, 1)));
  return made;
}

// Whether some rows will need one for certain.
bool FieldScan::needs_documents() const {
  if (seen_) return false;
  return std::ranges::any_of(evaluated_,
                             [](const Evaluated& evaluated) { return !evaluated.program; });
}

void FieldScan::read_ahead() {
  cursor_->read_ahead();
  rows_wanted_ = value::kBatchRows;
}

Result<bool> FieldScan::next() {
  if (failed_) return fail(*std::exchange(failed_, std::nullopt));
  TRY_STATUS(context_.query.check());
  if (rows_ > 0 && !seen_) {
    cursor_->keep_documents(kKeptForOneReadAgain * documents_used_ >= rows_ || needs_documents());
  }
  TRY(rows_, cursor_->next(std::min(rows_wanted_, most_rows_)));
  if (rows_ == 0) {
    cursor_.reset();
    return false;
  }
  if (work_ != nullptr) work_->rows_within += rows_;
  rows_wanted_ = std::min(2 * rows_wanted_, value::kBatchRows);
  TRY(fields_, operands_->set(cursor_->batch(), places_));
  const bool had_values = std::exchange(has_values_, false);
  for (auto& of_level : values_) {
    if (had_values || of_level.size() < rows_) of_level.assign(rows_, std::nullopt);
  }
  documents_used_ = 0;
  selected_.resize(rows_);
  for (std::size_t row = 0; row < rows_; ++row) selected_[row] = static_cast<std::uint16_t>(row);
  for (std::size_t i = 0; i < lambdas_; ++i) TRY_STATUS(run(evaluated_[i]));
  for (std::size_t i = lambdas_; i < evaluated_.size(); ++i) TRY_STATUS(prepare(evaluated_[i]));
  return true;
}

// Runs the program for the batch and reads the documents of selected rows that need one.
Status FieldScan::prepare(Evaluated& evaluated) {
  std::vector<std::uint16_t> needed;
  if (evaluated.program) {
    evaluated.result = evaluated.program->run(fields_, rows_);
    if (states_of(evaluated.result) == States::others) {
      for (const std::uint16_t row : selected_) {
        if (evaluated.result.state(row) == function::kDeferred) needed.push_back(row);
      }
    }
    evaluated.deferred_batches =
        4 * needed.size() > selected_.size() ? evaluated.deferred_batches + 1 : 0;
    if (evaluated.deferred_batches == kMaxDeferredBatches) evaluated.program.reset();
  }
  if (!evaluated.program) needed = selected_;
  return evaluated.level == 0 ? read_documents(std::move(needed)) : Status();
}

// What the selected rows have.
FieldScan::States FieldScan::states_of(const function::Operand& result) const {
  if (result.states == nullptr) return States::present;
  static_assert(function::kPresent == 0 && function::kNull == 1 && function::kMissing >= 2 &&
                function::kDeferred >= 2);
  unsigned all = 0;
  for (const std::uint16_t row : selected_) all |= result.states[row];
  return all == 0 ? States::present : all == 1 ? States::present_or_null : States::others;
}

Status FieldScan::read_documents(std::vector<std::uint16_t> rows) {
  if (rows.empty()) return {};
  auto& documents = values_.front();
  std::erase_if(rows, [&](std::uint16_t row) { return documents[row].has_value(); });
  if (rows.empty()) return {};
  has_values_ = true;
  if (seen_) {
    for (const std::uint16_t row : rows) {
      TRY(documents[row], row_of(row, *seen_));
    }
    return {};
  }
  documents_used_ += rows.size();
  TRY(auto read, cursor_->documents(rows));
  for (std::size_t i = 0; i < rows.size(); ++i) documents[rows[i]] = std::move(read[i]);
  return {};
}

// What lambdas of a level are given. Good until the next batch.
Result<const Value*> FieldScan::row_at(std::size_t level, std::uint16_t row) {
  std::optional<Value>& value = values_[level][row];
  if (!value && level == 0) TRY_STATUS(read_documents({row}));
  if (!value) {
    // The stage that made it was not asked for a value where its program has one.
    const Evaluated& maker = evaluated_[makers_[level - 1]];
    has_values_ = true;
    value = function::value_of(maker.result, maker.shape, row);
    ASSERT(value.has_value());
  }
  return &*value;
}

Result<Value> FieldScan::interpret(const Evaluated& evaluated, std::uint16_t row) {
  TRY(const Value* const given, row_at(evaluated.level, row));
  return function::evaluate_lambda(evaluated.lambda, std::span(given, 1),
                                   context_.query.evaluation);
}

// Leaves the selected rows that get past the stage. With an error those before it are left.
Status FieldScan::run(Evaluated& stage) {
  TRY_STATUS(prepare(stage));
  if (filter_computed(stage)) return {};
  std::size_t kept = 0;
  for (const std::uint16_t row : selected_) {
    const Result<bool> passed = passes(stage, row);
    if (!passed) {
      failed_ = passed.error();
      break;
    }
    if (*passed) selected_[kept++] = row;
  }
  selected_.resize(kept);
  if (stage.work != nullptr) stage.work->rows_within += kept;
  return {};
}

// A filter of which the interpreter is to say nothing. False: it is something else.
bool FieldScan::filter_computed(const Evaluated& stage) {
  if (stage.kind != Kind::filter || !stage.program) return false;
  const States has = states_of(stage.result);
  if (has == States::others) return false;
  const auto* const truths = stage.result.as<std::uint8_t>();
  const std::uint8_t* const states = stage.result.states;
  std::size_t kept = 0;
  const auto keep = [&](const auto& passes) {
    for (const std::uint16_t row : selected_) {
      selected_[kept] = row;
      kept += passes(row) ? 1 : 0;
    }
  };
  if (has == States::present) {
    keep([&](std::uint16_t row) { return truths[row] != 0; });
  } else {
    keep([&](std::uint16_t row) { return truths[row] != 0 && states[row] == function::kPresent; });
  }
  selected_.resize(kept);
  if (stage.work != nullptr) stage.work->rows_within += kept;
  return true;
}

Result<bool> FieldScan::passes(Evaluated& stage, std::uint16_t row) {
  const bool computed = stage.program && stage.result.state(row) != function::kDeferred;
  const function::State state = computed ? stage.result.state(row) : function::kDeferred;
  if (stage.kind == Kind::filter) {
    if (state == function::kPresent) return stage.result.as<std::uint8_t>()[row] != 0;
    if (state == function::kNull) return false;
    TRY(const Value value, interpret(stage, row));
    return value.type() == value::Type::boolean && value.as_boolean();
  }
  if (state == function::kPresent || state == function::kNull) return true;
  if (state == function::kMissing && stage.kind == Kind::drop) return false;
  TRY(Value value, interpret(stage, row));
  std::optional<Value>& made = values_[stage.level + 1][row];
  has_values_ = true;
  if (stage.kind == Kind::map) {
    made = std::move(value);
    return true;
  }
  const value::ArrayView one = value.as_array();
  if (!one.empty()) made = one[0];
  return !one.empty();
}

const function::Operand* FieldScan::result(std::size_t lambda) const {
  const Evaluated& evaluated = evaluated_[lambdas_ + lambda];
  return evaluated.program ? &evaluated.result : nullptr;
}

Result<std::optional<Value>> FieldScan::value_of(std::size_t lambda, std::uint16_t row) {
  const Evaluated& evaluated = evaluated_[lambdas_ + lambda];
  if (evaluated.program) {
    if (auto value = function::value_of(evaluated.result, evaluated.shape, row)) return value;
    if (evaluated.result.state(row) == function::kMissing) return std::optional<Value>();
  }
  return unless_missing(interpret(evaluated, row));
}

Result<Value> FieldScan::take(std::uint16_t row) {
  if (makers_.empty() && !values_.front()[row]) {
    if (taken_) return row_of(row, *taken_);
    TRY(const BytesView document, encoded(row));
    return decode(document);
  }
  TRY_STATUS(row_at(makers_.size(), row));
  return *std::exchange(values_.back()[row], std::nullopt);
}

Result<Value> FieldScan::decode(BytesView document) const {
  auto row = value::decode_document(document);
  if (row) return row;
  const auto& scan = std::get<algebra::Scan>(source_->node);  // nothing else has documents
  TRY(const auto again, context_.source.open(scan, context_.query));
  Rows rows;
  do {
    TRY_STATUS(context_.query.check());
    rows.clear();
    TRY_STATUS(again->next(kBatchRows, rows));
  } while (!rows.empty());
  return row;
}

}  // namespace octavo::exec
