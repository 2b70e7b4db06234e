// $redact.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

// The words are what the variables of their names are (expression/variables.h).
Result<Step> parse_redact(const Value& operand, StageContext& context) {
  const StageRowVariable row = row_of(context);
  const algebra::VarId part = context.variables.fresh();
  TRY(ExprPtr word,
      parse_expression(operand, row.variables.with("CURRENT", algebra::variable(part))));
  std::vector<ExprPtr> arguments{algebra::variable(row.row), row_lambda(part, std::move(word))};
  for (const std::string_view name : {"DESCEND", "PRUNE", "KEEP"}) {
    arguments.push_back(context.variables.find(name));
  }
  const ExprPtr function = row_lambda(row.row, call(op::kRedact, std::move(arguments)));
  Step step;
  step.plan = [function](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Unwind{std::move(input), function});
  };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$redact", .flags = stage_flag::kInChanges, .parse = parse_redact},
};

// --- Operation ---

class Redaction {
 public:
  Redaction(const OperationCall& call, LazyArguments& arguments)
      : context_(call.context), arguments_(arguments) {}

  Status prepare() {
    TRY(descend_, arguments_.evaluate(kDescendAt));
    TRY(prune_, arguments_.evaluate(kPruneAt));
    TRY(keep_, arguments_.evaluate(kKeepAt));
    return {};
  }

  // What is left of a document; nothing where all of it goes.
  Result<Item> document(const Value& document) {
    constexpr std::uint32_t kNoWord = 17053;
    TRY_STATUS(context_.check());
    Item part(document);
    TRY(const Item word, arguments_.apply(kExpressionAt, std::span(&part, 1)));
    if (is(word, keep_)) return part;
    if (is(word, prune_)) return Item();
    if (is(word, descend_)) return descend(document);
    return error(kNoWord,
                 "$redact's expression should not return anything aside from the variables "
                 "$$KEEP, $$DESCEND, and $$PRUNE, but returned {}",
                 print_operand(word));
  }

 private:
  static constexpr std::size_t kExpressionAt = 1;
  static constexpr std::size_t kDescendAt = 2;
  static constexpr std::size_t kPruneAt = 3;
  static constexpr std::size_t kKeepAt = 4;

  static bool is(const Item& word, const Item& meant) {
    return word && meant && equal(*word, *meant);
  }

  Result<Item> descend(const Value& document) {
    std::vector<value::Field> fields;
    for (const value::Field& field : document.as_object()) {
      TRY(Item left, part(field.value));
      if (left) fields.push_back({field.name, *std::move(left)});
    }
    return Item(Value::object(std::move(fields)));
  }
  Result<Item> part(const Value& value) {
    if (value.is_object()) return document(value);
    if (!value.is_array()) return Item(value);
    std::vector<Value> elements;
    for (const Value& element : value.as_array()) {
      TRY(Item left, part(element));
      if (left) elements.push_back(*std::move(left));
    }
    return Item(Value::array(std::move(elements)));
  }

  function::EvalContext& context_;
  LazyArguments& arguments_;
  Item descend_;
  Item prune_;
  Item keep_;
};

Result<Item> redact(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item document, arguments.evaluate(0));
  if (!document || !document->is_object()) {
    return fail(Code::type_mismatch, "$redact has no document");
  }
  Redaction redaction(call, arguments);
  TRY_STATUS(redaction.prepare());
  TRY(Item left, redaction.document(*document));
  std::vector<Value> rows;
  if (left) rows.push_back(*std::move(left));
  return Item(Value::array(std::move(rows)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kRedact, .name = "redact", .least = 5, .lazy = redact},
};

}  // namespace

std::span<const StageRow> redact_stages() { return kStages; }
std::span<const OperationRow> redact_operations() { return kOperations; }

}  // namespace octavo::mongodb
