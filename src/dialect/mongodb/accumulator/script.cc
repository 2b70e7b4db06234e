#include "dialect/mongodb/accumulator/script.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/javascript/script.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::Aggregate;
using algebra::ExprPtr;
using value::Value;

// --- The operands of $accumulator ---

enum Part : std::uint8_t { kInit, kAccumulate, kMerge, kFinalize, kFunctions };

struct FunctionField {
  std::string_view name;
  std::uint32_t missing;  // the code of the error without it; 0: it may be left out
};
constexpr std::array<FunctionField, kFunctions> kFunctionFields{
    {{"init", 4544708}, {"accumulate", 4544709}, {"merge", 4544710}, {"finalize", 0}}};

struct AccumulatorSpec {
  std::array<const Value*, kFunctions> functions{};
  const Value* arguments = nullptr;
  const Value* first_arguments = nullptr;
  const Value* language = nullptr;
};

Result<AccumulatorSpec> read_spec(const Value& operand) {
  AccumulatorSpec spec;
  for (const value::Field& field : operand.as_object()) {
    const auto function = std::ranges::find(kFunctionFields, field.name, &FunctionField::name);
    if (function != kFunctionFields.end()) {
      spec.functions[static_cast<std::size_t>(function - kFunctionFields.begin())] = &field.value;
    } else if (field.name == "accumulateArgs") {
      spec.arguments = &field.value;
    } else if (field.name == "initArgs") {
      spec.first_arguments = &field.value;
    } else if (field.name == "lang") {
      spec.language = &field.value;
    } else {
      return error(4544706, "$accumulator got an unexpected field: {}", field.name);
    }
  }
  return spec;
}

Status check_language(const Value* language) {
  if (language == nullptr) return error(4544707, "$accumulator missing required argument 'lang'");
  if (!language->is_string()) {
    return error(4544705, "$accumulator lang must be a string; found: {}", type_alias(*language));
  }
  if (language->as_string() != "js") {
    return error(4544704, "$accumulator only supports lang: 'js'; found: {}",
                 language->as_string());
  }
  return {};
}

Result<std::string> read_code(const FunctionField& field, const Value& given,
                              const AccumulatorSite& site) {
  TRY(const ExprPtr parsed, parse_expression(given, site.variables));
  const Value* const code = constant_of(parsed);
  if (code == nullptr) return error(4544701, "$accumulator {} must be a constant", field.name);
  if (!is_code(*code)) {
    return error(4544702, "$accumulator {} must be a string or code, but found {}", field.name,
                 type_alias(*code));
  }
  return std::string(code_of(*code));
}

// A program of the functions, in their order; an empty text is none.
Result<Value> read_functions(const AccumulatorSpec& spec, const AccumulatorSite& site) {
  std::array<std::string, kFunctions> texts;
  for (std::size_t i = 0; i < kFunctions; ++i) {
    const FunctionField& field = kFunctionFields[i];
    if (spec.functions[i] != nullptr) {
      TRY(texts[i], read_code(field, *spec.functions[i], site));
    } else if (field.missing != 0) {
      return error(field.missing, "$accumulator missing required argument '{}'", field.name);
    }
  }
  std::array<std::string_view, kFunctions> codes;
  std::ranges::copy(texts, codes.begin());
  return make_script(Value(), codes);
}

Aggregate aggregate_of(AggregateNumber number, ExprPtr argument, Value program,
                       const AccumulatorSite& site) {
  Aggregate made;
  made.kind = algebra::AggregateKind::function;
  made.function = function_id(number);
  made.argument = row_lambda(site.row, std::move(argument));
  made.options.push_back({"program", algebra::constant(std::move(program))});
  return made;
}

// --- States ---

Result<Value> program_of(Options options) {
  const Value* const program = function::find_option(options, "program");
  if (program == nullptr) return fail(Code::type_mismatch, "an accumulator has no program");
  return *program;
}

class ScriptAccumulator final : public function::AggregateState {
 public:
  ScriptAccumulator(Value program, bool finalizes, function::EvalContext& context)
      : program_(std::move(program)), finalizes_(finalizes), context_(context) {}

  // [arguments of init, arguments of accumulate]
  Status add(const Value& argument) override {
    if (!argument.is_array() || argument.as_array().size() != 2) {
      return fail(Code::type_mismatch, "an accumulator of MongoDB has another argument");
    }
    const Value& first = argument.as_array()[0];
    const Value& next = argument.as_array()[1];
    if (!begun_) TRY_STATUS(begin(first));
    if (!next.is_array()) {
      return error(4544712, "$accumulator accumulateArgs must evaluate to an array: {}",
                   print_operand(next));
    }
    std::vector<Value> arguments{state_};
    arguments.insert(arguments.end(), next.as_array().begin(), next.as_array().end());
    TRY(state_, run(kAccumulate, arguments));
    return {};
  }

  Result<Value> result() override {
    if (!begun_) TRY_STATUS(begin(Value::array({})));
    if (!finalizes_) return state_;
    return run(kFinalize, {&state_, 1});
  }

 private:
  Status begin(const Value& arguments) {
    if (!arguments.is_array()) {
      return error(4544711, "$accumulator initArgs must evaluate to an array: {}",
                   print_operand(arguments));
    }
    TRY(state_, run(kInit, arguments.as_array()));
    begun_ = true;
    return {};
  }
  Result<Value> run(std::size_t function, std::span<const Value> arguments) {
    return call_script(program_, {.function = function, .arguments = arguments}, context_);
  }

  const Value program_;
  const bool finalizes_;
  function::EvalContext& context_;
  bool begun_ = false;
  Value state_;
};

// What was emitted for one key. It may be reduced several times, and is not where it is alone.
class ScriptReduce final : public function::AggregateState {
 public:
  ScriptReduce(Value program, function::EvalContext& context)
      : program_(std::move(program)), context_(context), held_("mapReduce", context) {}

  // {k, v}
  Status add(const Value& argument) override {
    constexpr std::size_t kMostHeld = 10'000;
    const Value* const key = argument.find("k");
    const Value* const given = argument.find("v");
    if (key == nullptr) return error(31251, "$_internalJsReduce requires a field 'k' of 'data'");
    if (values_.empty()) key_ = *key;
    if (values_.size() >= kMostHeld) TRY_STATUS(reduce());
    const Value& content = given == nullptr ? kNothing : *given;
    TRY_STATUS(held_.add(content));
    values_.push_back(content);
    return {};
  }

  Result<Value> result() override {
    if (values_.size() > 1) TRY_STATUS(reduce());
    return values_.empty() ? Value() : values_.front();
  }

 private:
  Status reduce() {
    const std::array<Value, 2> arguments{key_, Value::array(values_)};
    TRY(Value one, call_script(program_, {.arguments = arguments}, context_));
    for (const Value& value : values_) held_.remove(value);
    values_.clear();
    values_.push_back(std::move(one));
    return held_.add(values_.front());
  }

  static inline const Value kNothing = Value::undefined();

  const Value program_;
  function::EvalContext& context_;
  Held held_;
  Value key_;
  std::vector<Value> values_;
};

}  // namespace

Result<Aggregate> parse_script_accumulator(const Value& operand, const AccumulatorSite& site) {
  if (!operand.is_object()) {
    return error(4544703, "$accumulator expects an object as an argument; found: {}",
                 type_alias(operand));
  }
  if (site.in_window) {
    return error(ErrorCode::failed_to_parse, "Unrecognized window function, $accumulator");
  }
  TRY(const AccumulatorSpec spec, read_spec(operand));
  TRY_STATUS(check_language(spec.language));
  TRY(Value program, read_functions(spec, site));
  if (spec.arguments == nullptr) {
    return error(4544710, "$accumulator missing required argument 'accumulateArgs'");
  }
  TRY(ExprPtr next, parse_expression(*spec.arguments, site.variables));
  ExprPtr first = algebra::constant(Value::array({}));
  if (spec.first_arguments != nullptr) {
    Variables variables = site.variables;
    if (site.group != nullptr) {
      variables = variables.with(variable_name::kRoot, site.group)
                      .with(variable_name::kCurrent, site.group);
    }
    TRY(first, parse_expression(*spec.first_arguments, variables));
  }
  Aggregate made = aggregate_of(AggregateNumber::script,
                                algebra::make_array({std::move(first), std::move(next)}),
                                std::move(program), site);
  const bool finalizes = spec.functions[kFinalize] != nullptr;
  made.options.push_back({"finalizes", algebra::constant(Value::boolean(finalizes))});
  return made;
}

Result<Aggregate> parse_script_reduce(const Value& operand, const AccumulatorSite& site) {
  constexpr std::string_view kName = "$_internalJsReduce";
  if (!operand.is_object()) {
    return error(31326, "{} requires an object argument, but found {}", kName, type_alias(operand));
  }
  const Value* const data = operand.find("data");
  if (data == nullptr) return error(31349, "{} requires a 'data' argument", kName);
  const Value* const code = operand.find("eval");
  if (code == nullptr || !is_code(*code)) {
    return error(31243, "{} requires an 'eval' argument of string or code", kName);
  }
  const Value* const scope = operand.find("_internalScope");
  TRY(ExprPtr argument, parse_expression(*data, site.variables));
  const std::array codes{code_of(*code)};
  Value program = make_script(scope != nullptr && scope->is_object() ? *scope : Value(), codes);
  return aggregate_of(AggregateNumber::script_reduce, std::move(argument), std::move(program),
                      site);
}

MadeState make_script_accumulator(Options options, function::EvalContext& context) {
  TRY(Value program, program_of(options));
  return std::make_unique<ScriptAccumulator>(std::move(program), is_set(options, "finalizes"),
                                             context);
}

MadeState make_script_reduce(Options options, function::EvalContext& context) {
  TRY(Value program, program_of(options));
  return std::make_unique<ScriptReduce>(std::move(program), context);
}

}  // namespace octavo::mongodb
