// Group over filters over a scan that gives fields: programs compute what they can for a batch of
// rows at once; the rest is the interpreter's, row by row, on documents that are read for it.

#include <algorithm>
#include <optional>

#include "exec/accumulator.h"
#include "exec/operators.h"
#include "function/field_operands.h"
#include "value/batch.h"

namespace octavo::exec {
namespace {

using function::FieldList;
using function::Program;
using function::ProgramState;
using function::Shape;
using function::State;
using value::Value;

constexpr std::size_t kFirstRows = 64;  // of the first batch: most queries over an index are small
// After so many batches in a row of which a quarter was deferred the interpreter does all.
constexpr int kMaxDeferredBatches = 4;

// A lambda of the plan, with its program if there is one.
struct Evaluated {
  algebra::ExprPtr lambda;
  std::optional<ProgramState> program;
  Shape shape = Shape::any;  // of its result
  function::Operand result;  // of the batch
  int deferred_batches = 0;
};

struct Compiled {
  std::vector<std::shared_ptr<const Program>> programs;  // null: the interpreter's
  FieldList fields;
};

class FieldGroupOperator final : public Operator {
 public:
  FieldGroupOperator(const algebra::Group& group, const OperatorContext& context)
      : group_(group), context_(context), table_(group_, context.query) {}

  // `lambdas` are those of filters from the scan upwards, then keys, then arguments.
  Status start(std::unique_ptr<FieldCursor> cursor, std::size_t filters,
               const std::vector<algebra::ExprPtr>& lambdas, const Compiled& compiled) {
    cursor_ = std::move(cursor);
    filters_ = filters;
    TRY(auto operands,
        function::FieldOperands::make(compiled.fields.fields(), context_.query.evaluation));
    operands_.emplace(std::move(operands));
    for (std::size_t i = 0; i < lambdas.size(); ++i) {
      Evaluated& evaluated = evaluated_.emplace_back();
      evaluated.lambda = lambdas[i];
      if (compiled.programs[i] == nullptr) continue;
      evaluated.shape = compiled.programs[i]->shape();
      TRY(auto program, ProgramState::make(compiled.programs[i], context_.query.evaluation));
      evaluated.program.emplace(std::move(program));
    }
    cursor_->keep_documents(needs_documents());
    return {};
  }

  Status next(std::size_t max_rows, Rows& out) override {
    if (cursor_ != nullptr) TRY_STATUS(fill());
    table_.take(max_rows, out);
    return {};
  }

 private:
  // Whether some rows will need one for certain.
  bool needs_documents() const {
    return std::ranges::any_of(evaluated_, [](const Evaluated& evaluated) {
      return evaluated.lambda != nullptr && !evaluated.program;
    });
  }

  Status fill() {
    if (group_.keys.empty()) {
      TRY(all_, table_.find_or_add(Value()));
    }
    for (std::size_t wanted = kFirstRows;; wanted = std::min(2 * wanted, value::kBatchRows)) {
      TRY_STATUS(context_.query.check());
      TRY(rows_, cursor_->next(wanted));
      if (rows_ == 0) break;
      TRY_STATUS(add_batch());
    }
    cursor_.reset();
    return {};
  }

  Status add_batch() {
    TRY(fields_, operands_->set(cursor_->batch()));
    documents_.assign(rows_, std::nullopt);
    read_any_ = false;
    selected_.resize(rows_);
    for (std::size_t row = 0; row < rows_; ++row) selected_[row] = static_cast<std::uint16_t>(row);
    // An error of a filter counts only if no row before it fails in what comes above.
    std::optional<Error> failed;
    for (std::size_t i = 0; i < filters_; ++i) {
      if (Status kept = keep(evaluated_[i], failed); !kept) return kept;
    }
    TRY_STATUS(add_selected());
    cursor_->keep_documents(read_any_ || needs_documents());
    return failed ? Status(fail(*std::move(failed))) : Status();
  }

  // Runs the program for the batch and reads the documents of selected rows that need one.
  Status prepare(Evaluated& evaluated) {
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

  Status read_documents(std::vector<std::uint16_t> rows) {
    std::erase_if(rows, [this](std::uint16_t row) { return documents_[row].has_value(); });
    if (rows.empty()) return {};
    read_any_ = true;
    TRY(auto documents, cursor_->documents(rows));
    for (std::size_t i = 0; i < rows.size(); ++i) documents_[rows[i]] = std::move(documents[i]);
    return {};
  }

  Result<Value> interpret(const Evaluated& evaluated, std::uint16_t row) {
    if (!documents_[row]) TRY_STATUS(read_documents({row}));
    return function::evaluate_lambda(evaluated.lambda, std::span(&*documents_[row], 1),
                                     context_.query.evaluation);
  }

  // The selected rows for which the lambda is true. With an error the rows before it are left.
  Status keep(Evaluated& filter, std::optional<Error>& failed) {
    TRY_STATUS(prepare(filter));
    std::size_t kept = 0;
    for (const std::uint16_t row : selected_) {
      bool keeps = false;
      if (filter.program && filter.result.state(row) == function::kPresent) {
        keeps = filter.result.as<std::uint8_t>()[row] != 0;
      } else {
        const Result<Value> value = interpret(filter, row);
        if (!value) {
          failed = value.error();
          break;
        }
        keeps = value->type() == value::Type::boolean && value->as_boolean();
      }
      if (keeps) selected_[kept++] = row;
    }
    selected_.resize(kept);
    return {};
  }

  Status add_selected() {
    for (std::size_t i = filters_; i < evaluated_.size(); ++i) {
      if (evaluated_[i].lambda != nullptr) TRY_STATUS(prepare(evaluated_[i]));
    }
    if (all_ != nullptr && group_.aggregates.size() == 1 && add_at_once()) return {};
    for (const std::uint16_t row : selected_) TRY_STATUS(add(row));
    return {};
  }

  std::size_t argument_place(std::size_t aggregate) const {
    return filters_ + group_.keys.size() + aggregate;
  }

  // One aggregate without keys, if no row needs the interpreter.
  bool add_at_once() {
    const algebra::Aggregate& aggregate = group_.aggregates.front();
    Accumulator& into = all_->front();
    if (aggregate.argument == nullptr) {
      into.add_rows(selected_.size());
      return true;
    }
    const Evaluated& argument = evaluated_[argument_place(0)];
    if (!argument.program || argument.shape != Shape::number) return false;
    const function::Operand& result = argument.result;
    const auto needs_interpreter = [&](std::uint16_t row) {
      return result.state(row) == function::kDeferred || result.state(row) == function::kNull;
    };
    if (result.states != nullptr && std::ranges::any_of(selected_, needs_interpreter)) return false;
    const auto* const numbers = result.as<double>();
    for (const std::uint16_t row : selected_) {
      if (result.state(row) == function::kPresent) into.add_number(numbers[row]);
    }
    return true;
  }

  // Nothing where it is missing.
  Result<std::optional<Value>> value_of(const Evaluated& evaluated, std::uint16_t row) {
    if (evaluated.program) {
      if (auto value = function::value_of(evaluated.result, evaluated.shape, row)) return value;
      if (evaluated.result.state(row) == function::kMissing) return std::optional<Value>();
    }
    return unless_missing(interpret(evaluated, row));
  }

  Status add(std::uint16_t row) {
    return table_.add_row(
        [&](std::size_t i) { return value_of(evaluated_[filters_ + i], row); },
        [&](std::size_t i) { return value_of(evaluated_[argument_place(i)], row); });
  }

  algebra::Group group_;
  OperatorContext context_;
  GroupTable table_;
  GroupTable::Accumulators* all_ = nullptr;  // of the one group where there are no keys
  std::unique_ptr<FieldCursor> cursor_;
  std::size_t filters_ = 0;
  std::vector<Evaluated> evaluated_;  // filters, keys, arguments

  // Of the batch.
  std::size_t rows_ = 0;
  std::optional<function::FieldOperands> operands_;
  std::span<const function::Operand> fields_;
  std::vector<std::uint16_t> selected_;
  std::vector<std::optional<Value>> documents_;  // those that were needed
  bool read_any_ = false;                        // of them
};

std::optional<Shape> wanted_of(const algebra::Aggregate& aggregate) {
  switch (aggregate.kind) {
    case algebra::AggregateKind::sum:
    case algebra::AggregateKind::average: return Shape::number;
    case algebra::AggregateKind::count:
    case algebra::AggregateKind::minimum:
    case algebra::AggregateKind::maximum: return Shape::any;
  }
  return std::nullopt;
}

}  // namespace

Result<OperatorPtr> make_field_group(const algebra::Group& group, const OperatorContext& context) {
  std::vector<algebra::ExprPtr> lambdas;
  const algebra::Plan* below = group.input.get();
  while (const auto* filter = std::get_if<algebra::Filter>(&below->node)) {
    lambdas.push_back(filter->predicate);
    below = filter->input.get();
  }
  const auto* scan = std::get_if<algebra::Scan>(&below->node);
  if (scan == nullptr) return nullptr;
  std::ranges::reverse(lambdas);
  const std::size_t filters = lambdas.size();

  Compiled compiled;
  bool any = false;
  const auto compile = [&](const algebra::ExprPtr& lambda, std::optional<Shape> wanted) {
    auto program = lambda == nullptr ? nullptr : Program::compile(lambda, wanted, compiled.fields);
    any = any || program != nullptr;
    compiled.programs.push_back(std::move(program));
  };
  for (const algebra::ExprPtr& filter : lambdas) compile(filter, Shape::boolean);
  for (const algebra::ExprPtr& key : group.keys) {
    compile(key, Shape::any);
    lambdas.push_back(key);
  }
  for (const algebra::Aggregate& aggregate : group.aggregates) {
    compile(aggregate.argument, wanted_of(aggregate));
    lambdas.push_back(aggregate.argument);
  }
  if (!any) return nullptr;

  TRY(auto cursor, context.source.open_fields(
                       *scan, function::requests_of(compiled.fields.fields()), context.query));
  if (cursor == nullptr) return nullptr;
  auto made = std::make_unique<FieldGroupOperator>(group, context);
  TRY_STATUS(made->start(std::move(cursor), filters, lambdas, compiled));
  return made;
}

}  // namespace octavo::exec
