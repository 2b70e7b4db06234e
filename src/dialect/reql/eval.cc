// The interpreter: expressions, calls, closures and arguments.

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"
#include "dialect/reql/context.h"
#include "dialect/reql/messages.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

using algebra::ExprPtr;

bool is_args(const ExprPtr& expression) { return is_call_of(expression, term::kArgs); }

// The elements of `r.args([…])`, when nothing is spliced into them in turn.
const std::vector<ExprPtr>* elements_of_args(const ExprPtr& expression) {
  const auto& call = std::get<algebra::Call>(expression->node);
  const auto* array = std::get_if<algebra::MakeArray>(&call.args.front()->node);
  if (array == nullptr || std::ranges::any_of(array->elements, is_args)) return nullptr;
  return &array->elements;
}

// Constants were built while the query was read, when its array limit was not known yet.
Status check_constant(const Value& constant, std::size_t limit) {
  if (constant.is_array()) {
    if (constant.as_array().size() > limit) return fail(array_too_large(limit));
    for (const Value& element : constant.as_array()) TRY_STATUS(check_constant(element, limit));
  } else if (constant.is_object()) {
    for (const Field& field : constant.as_object()) {
      TRY_STATUS(check_constant(field.value, limit));
    }
  }
  return {};
}

const Value* find_variable(const Env& env, algebra::VarId id) {
  for (const Scope* scope = env.scope(); scope != nullptr; scope = scope->outer) {
    for (std::size_t i = 0; i < scope->names.size(); ++i) {
      if (scope->names[i] == id) return &scope->values[i];
    }
    if (scope->captured != nullptr) {
      for (const auto& [name, value] : scope->captured->values) {
        if (name == id) return &value;
      }
    }
  }
  return nullptr;
}

// The datum that a constant or a variable stands for, as most arguments are: nothing has to be
// evaluated, and nothing can fail. Null for everything else.
const Value* find_leaf(const Env& env, const ExprPtr& expression) {
  if (const auto* constant = std::get_if<algebra::Const>(&expression->node)) {
    return env.query().check_constants ? nullptr : &constant->value;
  }
  if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
    return find_variable(env, variable->id);
  }
  return nullptr;
}

Result<Value> evaluate_datum(Env& env, const ExprPtr& expression) {
  TRY(const Val val, evaluate(env, expression));
  return to_datum(env, val);
}

Result<Val> make_array_of(Env& env, const std::vector<ExprPtr>& elements) {
  std::vector<Value> values;
  values.reserve(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const Place place{.outer = env.place(), .index = static_cast<std::int32_t>(i)};
    Env inner(env.query(), env.scope(), &place);
    Result<Value> value = evaluate_datum(inner, elements[i]);
    if (!value) {
      inner.note(place);
      return std::unexpected(std::move(value).error());
    }
    if (is_args(elements[i])) {
      const auto spliced = value->as_array();
      TRY_STATUS(env.spend(spliced.size()));
      values.insert(values.end(), spliced.begin(), spliced.end());
    } else {
      values.push_back(*std::move(value));
    }
  }
  TRY(Value array, make_array(std::move(values), env.array_limit()));
  return Val(std::move(array));
}

Result<Val> make_object_of(Env& env, const std::vector<algebra::Option>& options) {
  std::vector<Field> fields;
  fields.reserve(options.size());
  for (const algebra::Option& option : options) {
    const Place place{.outer = env.place(), .option = option.name};
    Env inner(env.query(), env.scope(), &place);
    inner.literal_ok = env.literal_ok;
    Result<Value> value = evaluate_datum(inner, option.value);
    if (!value) {
      inner.note(place);
      return std::unexpected(std::move(value).error());
    }
    fields.push_back({option.name, *std::move(value)});
  }
  TRY(Value object, from_fields(std::move(fields)));
  return Val(std::move(object));
}

Backtrace frames_of(const Place* place) {
  Backtrace frames;
  for (; place != nullptr; place = place->outer) {
    if (place->base != nullptr) {
      frames.insert(frames.end(), place->base->rbegin(), place->base->rend());
      break;
    }
    if (place->option.empty()) {
      frames.emplace_back(place->index);
    } else {
      frames.emplace_back(std::string(place->option));
    }
  }
  std::reverse(frames.begin(), frames.end());
  return frames;
}

Result<Val> make_function(Env& env, const ExprPtr& expression) {
  Function function{.lambda = expression, .captured = capture(env), .place = place_of(env)};
  // Each of the variables was looked for among the others.
  const std::size_t captured = function.captured.values.size();
  TRY_STATUS(env.spend(captured * captured / 32));
  function.place.emplace_back(std::int32_t{1});  // FUNC's arguments are its variables and body
  return Val::function(std::move(function));
}

// Calls a term once for each group and puts the results back together.
Result<Val> call_by_group(Env& env, const algebra::Call& call, const Term& term,
                          const std::map<Value, Value, DatumLess>& groups) {
  std::map<Value, Value, DatumLess> results;
  for (const auto& [group, value] : groups) {
    TRY_STATUS(env.check());
    Args args(env, call, term);
    TRY_STATUS(args.splice());
    args.set_first(Val(value));
    TRY(const Val result, term.kernel(env, args));
    TRY(Value datum, to_datum(env, result));
    results.emplace(group, std::move(datum));
  }
  return Val::grouped(std::move(results));
}

Result<Val> evaluate_call(Env& env, const algebra::Call& call) {
  const Term* term = find_term(call.function.number);
  if (term == nullptr || call.function.family != term::kFamily) {
    return fail(Code::internal, fmt::format("Unknown function {}.", call.function.number));
  }
  TRY_STATUS(env.check());
  Args args(env, call, *term);
  TRY_STATUS(args.splice());
  if (args.size() > 0 && (term->flags & kNotGrouped) == 0 && args.leaf(0) == nullptr) {
    TRY(Val first, args.val(0));
    if (first.kind() == Kind::grouped) return call_by_group(env, call, *term, first.groups());
    if (first.kind() == Kind::sequence && first.stream()->grouped() &&
        (term->flags & kGroupedSequence) == 0) {
      TRY(const auto groups, collect_groups(env, *first.stream()));
      return call_by_group(env, call, *term, groups);
    }
    args.set_first(std::move(first));
  }
  Result<Val> result = term->kernel(env, args);
  if (env.context().limited && result && result->is_datum() && (term->flags & kLight) == 0) {
    TRY_STATUS(env.spend_on(result->datum()));
  }
  return result;
}

Result<Val> evaluate_node(Env& env, const ExprPtr& expression) {
  return std::visit(
      Overloaded{
          [&](const algebra::Const& constant) -> Result<Val> {
            if (env.query().check_constants) {
              TRY_STATUS(check_constant(constant.value, env.array_limit()));
            }
            return Val(constant.value);
          },
          [&](const algebra::Var& variable) -> Result<Val> {
            const Value* value = find_variable(env, variable.id);
            if (value == nullptr) return fail(Code::internal, "Variable name not found.");
            return Val(*value);
          },
          [&](const algebra::Call& call) { return evaluate_call(env, call); },
          [&](const algebra::Lambda&) { return make_function(env, expression); },
          [&](const algebra::MakeArray& array) { return make_array_of(env, array.elements); },
          [&](const algebra::MakeObject& object) { return make_object_of(env, object.fields); },
          [](const algebra::Subplan&) -> Result<Val> {
            return fail(Code::internal, "A plan within an expression of ReQL.");
          },
      },
      expression->node);
}

}  // namespace

Captured capture(const Env& env) {
  Captured captured;
  const auto add = [&captured](algebra::VarId id, const Value& value) {
    for (const auto& [name, shadowing] : captured.values) {
      if (name == id) return;
    }
    captured.values.emplace_back(id, value);
  };
  for (const Scope* scope = env.scope(); scope != nullptr; scope = scope->outer) {
    for (std::size_t i = 0; i < scope->names.size(); ++i) add(scope->names[i], scope->values[i]);
    if (scope->captured != nullptr) {
      for (const auto& [name, value] : scope->captured->values) add(name, value);
    }
  }
  return captured;
}

Backtrace place_of(const Env& env) {
  return env.query().keep_trail ? frames_of(env.place()) : Backtrace();
}

Result<Val> evaluate(Env& env, const ExprPtr& expression) {
  Evaluation& query = env.query();
  TRY_STATUS(query.eval.spend(1));
  if (query.depth >= kMaxEvaluationDepth) {
    return fail_resource(
        fmt::format("Query exceeds the maximum nesting depth of {} terms.", kMaxEvaluationDepth));
  }
  ++query.depth;
  Result<Val> result = evaluate_node(env, expression);
  --query.depth;
  // Comparing, encoding and printing recurse over a datum and rely on this bound; a fold could
  // otherwise nest arrays without end.
  if (result && result->is_datum() && result->datum().depth() > kMaxNestingDepth) {
    result = fail_resource(
        fmt::format("Datum exceeds the maximum nesting depth of {}.", kMaxNestingDepth));
  }
  if (!result && query.keep_trail && !query.trail.noted) {
    query.trail.noted = true;
    query.trail.frames = frames_of(env.place());
  }
  return result;
}

Result<Val> call(Env& env, const Function& function, std::span<const Value> arguments) {
  const algebra::Lambda& lambda = function.node();
  if (!lambda.params.empty() && lambda.params.size() != arguments.size()) {
    return fail_logic(
        fmt::format("Expected function with {} argument{} but found function with {} argument{}.",
                    arguments.size(), arguments.size() == 1 ? "" : "s", lambda.params.size(),
                    lambda.params.size() == 1 ? "" : "s"));
  }
  const Scope scope{.names = lambda.params,
                    .values = arguments.first(lambda.params.size()),
                    .captured = &function.captured};
  const Place place{.base = &function.place};
  Env inner(env.query(), &scope, &place);
  inner.literal_ok = env.literal_ok;
  return evaluate(inner, lambda.body);
}

Result<Value> call_datum(Env& env, const Function& function, std::span<const Value> arguments) {
  TRY(const Val result, call(env, function, arguments));
  Result<Value> datum = to_datum(env, result);
  if (env.context().limited && datum) TRY_STATUS(env.spend_on(*datum));
  return datum;
}

function::EvalContext& Env::context() const { return query_.eval; }
Host* Env::host() const { return query_.host; }
std::size_t Env::array_limit() const { return query_.eval.array_limit; }
std::int64_t Env::now_ns() const { return query_.eval.now_ns; }
Status Env::check() const { return query_.eval.check(); }
Status Env::spend(std::uint64_t steps) const { return query_.eval.spend(steps); }
Status Env::spend_on(const Value& value, std::uint64_t times) const {
  return query_.eval.spend_on(value, times);
}

Result<Host*> Env::need_host() const {
  if (query_.host == nullptr) {
    return fail(Code::internal, "Stored data cannot be read in this function.");
  }
  return query_.host;
}

void Env::note(const Place& place) const {
  Trail& trail = query_.trail;
  if (!query_.keep_trail || trail.noted) return;
  trail.noted = true;
  trail.frames = frames_of(&place);
}

std::int32_t Args::frame(std::size_t i) const {
  return spliced_ ? items_[i].frame : static_cast<std::int32_t>(i);
}

Status Args::splice() {
  bool any = false;
  for (const ExprPtr& arg : call_.args) any = any || is_args(arg);
  if (!any || spliced_) return {};
  for (std::size_t i = 0; i < call_.args.size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    if (!is_args(call_.args[i])) {
      items_.push_back({.expression = &call_.args[i], .value = {}, .frame = index});
      continue;
    }
    const Place place{.outer = env_.place(), .index = index};
    Env inner(env_.query(), env_.scope(), &place);
    inner.literal_ok = (term_.flags & kLiteralOk) != 0;
    // Arrays hold no literals, but these elements are arguments of their own.
    if (const auto* elements = elements_of_args(call_.args[i]);
        elements != nullptr && inner.literal_ok) {
      for (const ExprPtr& element : *elements) {
        TRY(Value value, evaluate_datum(inner, element));
        items_.push_back({.expression = nullptr, .value = std::move(value), .frame = index});
      }
      continue;
    }
    TRY(const Value array, evaluate_datum(inner, call_.args[i]));
    TRY_STATUS(env_.spend(array.as_array().size()));
    for (const Value& element : array.as_array()) {
      items_.push_back({.expression = nullptr, .value = element, .frame = index});
    }
  }
  spliced_ = true;
  const auto count = static_cast<std::int64_t>(items_.size());
  if (count < term_.min_args || (term_.max_args >= 0 && count > term_.max_args)) {
    return fail_logic(fmt::format("Expected {} but found {}.", print_arity(term_), count));
  }
  return {};
}

Result<Val> Args::val(std::size_t i) {
  if (i == 0 && first_) return *std::exchange(first_, std::nullopt);
  ASSERT(i < size());
  Result<Val> val = evaluated(i);
  if (env_.context().limited && val && val->is_datum() && (term_.flags & kLight) == 0) {
    TRY_STATUS(env_.spend_on(val->datum()));
  }
  return val;
}

const Value* Args::leaf(std::size_t i) const {
  if (!spliced_) return find_leaf(env_, call_.args[i]);
  return items_[i].expression == nullptr ? &items_[i].value
                                         : find_leaf(env_, *items_[i].expression);
}

Result<Value> Args::datum(std::size_t i) {
  if (i != 0 || !first_) {
    // As `val` does, without the detour by a Val: it is what most arguments are.
    if (const Value* known = leaf(i)) {
      if (env_.context().limited) {
        TRY_STATUS(env_.spend(1));
        if ((term_.flags & kLight) == 0) TRY_STATUS(env_.spend_on(*known));
      }
      return *known;
    }
  }
  TRY(const Val value, val(i));
  Result<Value> datum = to_datum(env_, value);
  if (!datum) return at(i, std::unexpected(std::move(datum).error()));
  return datum;
}

Result<Val> Args::evaluated(std::size_t i) {
  if (spliced_ && items_[i].expression == nullptr) return Val(items_[i].value);
  const ExprPtr& expression = spliced_ ? *items_[i].expression : call_.args[i];
  const Place place{.outer = env_.place(), .index = frame(i)};
  // Internal functions were put around a part of the query and have no place of their own in it.
  const bool internal = term_.number >= term::kFirstInternal;
  Env inner(env_.query(), env_.scope(), internal ? env_.place() : &place);
  inner.literal_ok = (term_.flags & kLiteralOk) != 0;
  return evaluate(inner, expression);
}

std::unexpected<Error> Args::at(std::size_t i, std::unexpected<Error> error) {
  env_.note({.outer = env_.place(), .index = frame(i)});
  return error;
}

std::unexpected<Error> Args::at(std::string_view option, std::unexpected<Error> error) {
  env_.note({.outer = env_.place(), .option = option});
  return error;
}

}  // namespace octavo::reql
