#include "exec/field_scan.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "exec/accumulator.h"
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

// The fields that a lambda reads; nothing: it may see more of a document.
std::optional<std::vector<std::string>> names_read(const algebra::ExprPtr& lambda) {
  const auto* const node = std::get_if<algebra::Lambda>(&lambda->node);
  if (node == nullptr) return std::nullopt;
  if (std::holds_alternative<algebra::Const>(node->body->node)) return std::vector<std::string>();
  const function::Family* const family = function::find_family(function::family_of(lambda));
  if (family == nullptr || !family->reads_plainly) return std::nullopt;
  return family->fields_read(lambda);
}

}  // namespace

// What lies between a scan and the wanted, from the scan upwards.
struct FieldScan::Stages {
  struct Stage {
    Kind kind;
    algebra::ExprPtr lambda;    // for the interpreter
    algebra::ExprPtr computed;  // for programs
    const algebra::Plan* node;
  };

  // False where `plan` is something else.
  bool find(const algebra::PlanPtr& plan, bool functions) {
    const algebra::Plan* below = plan.get();
    for (;;) {
      if (const auto* filter = std::get_if<algebra::Filter>(&below->node)) {
        stages.push_back({Kind::filter, filter->predicate, filter->predicate, below});
        below = filter->input.get();
        continue;
      }
      const auto* map = std::get_if<algebra::Map>(&below->node);
      if (map != nullptr && functions) {
        stages.push_back({Kind::map, map->function, map->function, below});
        below = map->input.get();
        continue;
      }
      const auto* unwind = std::get_if<algebra::Unwind>(&below->node);
      const auto value = unwind != nullptr && functions ? dropped_value(unwind->function) : nullptr;
      if (value == nullptr) break;
      stages.push_back({Kind::drop, unwind->function, value, below});
      below = unwind->input.get();
    }
    std::ranges::reverse(stages);
    scan = std::get_if<algebra::Scan>(&below->node);
    return scan != nullptr;
  }

  std::vector<Stage> stages;
  const algebra::Scan* scan = nullptr;
};

Result<std::unique_ptr<FieldScan>> FieldScan::make(const algebra::PlanPtr& input,
                                                   const Wanted& wanted,
                                                   const OperatorContext& context) {
  Stages stages;
  if (!stages.find(input, wanted.functions)) return nullptr;
  const algebra::Scan& scan = *stages.scan;
  const bool by_keys = !scan.index && std::holds_alternative<algebra::KeySet>(scan.keys);
  if (wanted.many_rows && by_keys) return nullptr;
  std::unique_ptr<FieldScan> made(new FieldScan(scan, context));
  TRY_STATUS(made->start(stages, wanted));
  if (made->cursor_ == nullptr) return nullptr;
  return made;
}

Status FieldScan::start(const Stages& stages, const Wanted& wanted) {
  function::EvalContext& evaluation = context_.query.evaluation;
  function::FieldList fields;
  std::vector<std::shared_ptr<const Program>> programs;  // null: the interpreter's
  std::vector<algebra::ExprPtr> chain;                   // maps and drops, then who is above them
  const auto add = [&](Kind kind, const algebra::ExprPtr& lambda, const algebra::ExprPtr& computed,
                       std::optional<Shape> shape) {
    Evaluated& evaluated = evaluated_.emplace_back();
    evaluated.kind = kind;
    evaluated.lambda = lambda;
    evaluated.level = chain.size();
    chain.push_back(computed);
    programs.push_back(Program::compile(chain, shape, fields));
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
  plain_ = find_row_fields(stages, wanted);
  const bool any = std::ranges::any_of(programs, [&](const auto& program) {
    return program != nullptr && (wanted.needs == Wanted::Needs::program || program->computes());
  });
  const bool all =
      std::ranges::none_of(programs, [](const auto& program) { return program == nullptr; });
  const bool enough = wanted.needs == Wanted::Needs::programs ? all : any;
  if (!enough && wanted.needs != Wanted::Needs::nothing) return {};

  std::vector<value::FieldRequest> requests =
      plain_ ? place_fields(fields) : function::requests_of(fields.fields());
  columns_ = requests.size();
  for (const std::string& column : wanted.columns) {
    requests.push_back({.path = value::Path(std::vector<std::string>{column})});
  }
  TRY(cursor_, context_.source.open_fields(scan_, requests, context_.query));
  if (cursor_ == nullptr) return {};

  TRY(auto operands, function::FieldOperands::make(fields.fields(), evaluation));
  operands_.emplace(std::move(operands));
  for (std::size_t i = 0; i < evaluated_.size(); ++i) {
    if (programs[i] == nullptr) continue;
    evaluated_[i].shape = programs[i]->shape();
    TRY(auto program, ProgramState::make(programs[i], evaluation));
    evaluated_[i].program.emplace(std::move(program));
  }
  if (context_.profiled != nullptr) begin_profile(stages);
  values_.resize(1 + makers_.size());
  cursor_->keep_documents(!plain_ && (wanted.documents || needs_documents()));
  rows_wanted_ = kFirstRows;
  return {};
}

void FieldScan::begin_profile(const Stages& stages) {
  const auto begun = [this](const auto& node) -> NodeWork* {
    const auto* const profiled = context_.profiled->find(node);
    if (profiled == nullptr) return nullptr;
    ++profiled->work->loops_within;
    return profiled->work;
  };
  work_ = begun(*stages.scan);
  for (std::size_t i = 0; i < stages.stages.size(); ++i) {
    evaluated_[i].work = begun(*stages.stages[i].node);
  }
}

// Whether documents can be made of fields: which those are.
bool FieldScan::find_row_fields(const Stages& stages, const Wanted& wanted) {
  if (!wanted.row_fields || !wanted.columns.empty()) return false;
  names_ = *wanted.row_fields;
  row_names_ = names_.size();
  bool documents = true;  // what the lambdas are over
  const auto add = [&](const algebra::ExprPtr& lambda) {
    if (!documents) return true;
    const auto names = names_read(lambda);
    if (!names) return false;
    for (const std::string& name : *names) {
      if (std::ranges::find(names_, name) == names_.end()) names_.push_back(name);
    }
    return true;
  };
  for (const Stages::Stage& stage : stages.stages) {
    if (!add(stage.lambda)) return false;
    documents = documents && stage.kind == Kind::filter;
  }
  return std::ranges::all_of(wanted.lambdas,
                             [&](const Lambda& lambda) { return add(lambda.function); });
}

// A column for each name, of which programs read those that lie as they want them.
std::vector<value::FieldRequest> FieldScan::place_fields(const function::FieldList& fields) {
  std::vector<value::FieldRequest> requests;
  for (const std::string& name : names_) {
    requests.push_back({.path = value::Path(std::vector<std::string>{name})});
  }
  const auto others = function::requests_of(fields.fields());
  for (std::size_t i = 0; i < others.size(); ++i) {
    const function::FieldList::Field& field = fields.fields()[i];
    const auto known = field.path.size() == 1 && others[i].want == value::Want::exact
                           ? std::ranges::find(names_, field.path.front())
                           : names_.end();
    places_.push_back(known == names_.end() ? requests.size()
                                            : static_cast<std::size_t>(known - names_.begin()));
    if (known == names_.end()) requests.push_back(others[i]);
  }
  return requests;
}

// An object of the first fields that the row has.
Result<Value> FieldScan::object_of(std::uint16_t row, std::size_t fields) const {
  const value::Batch& batch = cursor_->batch();
  const auto is_there = [&](std::size_t i) {
    return batch.column(i).absence(row) != value::Absence::missing;
  };
  const auto places = std::views::iota(std::size_t{0}, fields);
  value::ObjectMaker object(static_cast<std::size_t>(std::ranges::count_if(places, is_there)));
  for (const std::size_t i : places) {
    if (!is_there(i)) continue;
    const value::Vector& column = batch.column(i);
    auto value = column.at(row);
    if (!value) {
      // What cannot be read is named by who has the document.
      TRY_STATUS(cursor_->documents(std::span(&row, 1)));
      return fail(std::move(value).error());
    }
    object.append(names_[i], *std::move(value));
  }
  return std::move(object).finish();
}

// Whether some rows will need one for certain.
bool FieldScan::needs_documents() const {
  if (plain_) return false;
  return std::ranges::any_of(evaluated_,
                             [](const Evaluated& evaluated) { return !evaluated.program; });
}

Result<bool> FieldScan::next() {
  if (failed_) return fail(*std::exchange(failed_, std::nullopt));
  TRY_STATUS(context_.query.check());
  if (rows_ > 0 && !plain_) {
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
  for (auto& of_level : values_) of_level.assign(rows_, std::nullopt);
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
    for (const std::uint16_t row : selected_) {
      if (evaluated.result.state(row) == function::kDeferred) needed.push_back(row);
    }
    evaluated.deferred_batches =
        4 * needed.size() > selected_.size() ? evaluated.deferred_batches + 1 : 0;
    if (evaluated.deferred_batches == kMaxDeferredBatches) evaluated.program.reset();
  }
  if (!evaluated.program) needed = selected_;
  return evaluated.level == 0 ? read_documents(std::move(needed)) : Status();
}

Status FieldScan::read_documents(std::vector<std::uint16_t> rows) {
  auto& documents = values_.front();
  std::erase_if(rows, [&](std::uint16_t row) { return documents[row].has_value(); });
  if (rows.empty()) return {};
  if (plain_) {
    for (const std::uint16_t row : rows) {
      TRY(documents[row], object_of(row, names_.size()));
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
    if (plain_) return object_of(row, row_names_);
    TRY(const BytesView document, encoded(row));
    return decode(document);
  }
  TRY_STATUS(row_at(makers_.size(), row));
  return *std::exchange(values_.back()[row], std::nullopt);
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
