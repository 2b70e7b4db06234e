#include "dialect/reql/purity.h"

#include <algorithm>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"

namespace octavo::reql {
namespace {

using algebra::Expr;
using algebra::ExprPtr;
using algebra::VarId;

ExprPtr make(Expr expression) { return std::make_shared<const Expr>(std::move(expression)); }

bool all_options(const std::vector<algebra::Option>& options, Now now) {
  return std::all_of(options.begin(), options.end(), [now](const algebra::Option& option) {
    return is_deterministic(option.value, now);
  });
}

bool all_of(const std::vector<ExprPtr>& expressions, Now now) {
  return std::all_of(expressions.begin(), expressions.end(), [now](const ExprPtr& expression) {
    return is_deterministic(expression, now);
  });
}

// Rewrites a tree, sharing the parts that stay as they are.
class Closer {
 public:
  Closer(const Captured& captured, const Value& now) : captured_(captured), now_(now) {}

  ExprPtr close(const ExprPtr& expression) {
    switch (expression->node.index()) {
      case 0: return expression;
      case 1: return close_variable(expression);
      case 2: return close_call(expression);
      case 3: {
        const auto& lambda = std::get<algebra::Lambda>(expression->node);
        const std::size_t bound = bound_.size();
        bound_.insert(bound_.end(), lambda.params.begin(), lambda.params.end());
        ExprPtr body = close(lambda.body);
        bound_.resize(bound);
        if (body == lambda.body) return expression;
        return make({algebra::Lambda{.params = lambda.params, .body = std::move(body)}});
      }
      case 4: {
        const auto& array = std::get<algebra::MakeArray>(expression->node);
        auto elements = close_all(array.elements);
        if (elements == array.elements) return expression;
        return make({algebra::MakeArray{.elements = std::move(elements)}});
      }
      default: {
        const auto& object = std::get<algebra::MakeObject>(expression->node);
        auto [fields, changed] = close_options(object.fields);
        if (!changed) return expression;
        return make({algebra::MakeObject{.fields = std::move(fields)}});
      }
    }
  }

 private:
  ExprPtr close_variable(const ExprPtr& expression) {
    const VarId id = std::get<algebra::Var>(expression->node).id;
    if (std::find(bound_.begin(), bound_.end(), id) != bound_.end()) return expression;
    for (const auto& [name, value] : captured_.values) {
      if (name == id) return constant(value);
    }
    return expression;
  }

  ExprPtr close_call(const ExprPtr& expression) {
    const auto& call = std::get<algebra::Call>(expression->node);
    if (call.function.number == term::kNow && call.args.empty()) return constant(now_);
    auto args = close_all(call.args);
    auto [options, changed] = close_options(call.options);
    if (!changed && args == call.args) return expression;
    return make({algebra::Call{
        .function = call.function, .args = std::move(args), .options = std::move(options)}});
  }

  std::vector<ExprPtr> close_all(const std::vector<ExprPtr>& expressions) {
    std::vector<ExprPtr> closed;
    closed.reserve(expressions.size());
    for (const ExprPtr& expression : expressions) closed.push_back(close(expression));
    return closed;
  }

  std::pair<std::vector<algebra::Option>, bool> close_options(
      const std::vector<algebra::Option>& options) {
    std::vector<algebra::Option> closed;
    closed.reserve(options.size());
    bool changed = false;
    for (const algebra::Option& option : options) {
      closed.push_back({option.name, close(option.value)});
      changed = changed || closed.back().value != option.value;
    }
    return {std::move(closed), changed};
  }

  const Captured& captured_;
  const Value& now_;
  std::vector<VarId> bound_;
};

// The parameters of a function that is about to be given a row, and the row among them.
std::pair<std::vector<VarId>, ExprPtr> row_parameter(const Function& function) {
  std::vector<VarId> params = function.node().params;
  if (params.empty()) params.push_back(own_variable(0));
  return {params, var(params.front())};
}

}  // namespace

bool is_call_of(const ExprPtr& expression, std::uint16_t number) {
  const auto* call = std::get_if<algebra::Call>(&expression->node);
  return call != nullptr && call->function.number == number;
}

Value now_value(const Env& env) {
  constexpr std::int64_t kMillisecond = 1'000'000;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t at = env.now_ns();
  return Value::timestamp(
      {.seconds = at / kSecond,
       .nanoseconds = static_cast<std::uint32_t>(at % kSecond / kMillisecond * kMillisecond),
       .zone_minutes = 0});
}

bool is_deterministic(const ExprPtr& expression, Now now) {
  switch (expression->node.index()) {
    case 0:
    case 1: return true;
    case 2: {
      const auto& call = std::get<algebra::Call>(expression->node);
      const Term* term = find_term(call.function.number);
      if (term == nullptr) return false;
      if ((term->flags & (kNotDeterministic | kReadsData | kWrites)) != 0) return false;
      if ((term->flags & kNow) != 0 && now == Now::varies) return false;
      return all_of(call.args, now) && all_options(call.options, now);
    }
    case 3: return is_deterministic(std::get<algebra::Lambda>(expression->node).body, now);
    case 4: return all_of(std::get<algebra::MakeArray>(expression->node).elements, now);
    default: return all_options(std::get<algebra::MakeObject>(expression->node).fields, now);
  }
}

bool uses_data_per_change(const ExprPtr& query) {
  const auto in_options = [](const std::vector<algebra::Option>& options) {
    return std::any_of(options.begin(), options.end(), [](const algebra::Option& option) {
      return uses_data_per_change(option.value);
    });
  };
  switch (query->node.index()) {
    case 0:
    case 1: return false;
    case 2: {
      const auto& call = std::get<algebra::Call>(query->node);
      // What is watched was read when the feed began, and is followed in the engine.
      if (call.function.number == term::kChanges) return false;
      // An ordered union waits for each of its sources.
      if (call.function.number == term::kUnion && !call.options.empty()) return true;
      const Term* term = find_term(call.function.number);
      if (term == nullptr || (term->flags & (kReadsData | kWrites)) != 0) return true;
      return std::any_of(call.args.begin(), call.args.end(), uses_data_per_change) ||
             in_options(call.options);
    }
    // A lambda is called with each change: whatever it subscribes to, it then waits for.
    case 3: return !is_deterministic(std::get<algebra::Lambda>(query->node).body, Now::constant);
    case 4: {
      const auto& elements = std::get<algebra::MakeArray>(query->node).elements;
      return std::any_of(elements.begin(), elements.end(), uses_data_per_change);
    }
    default: return in_options(std::get<algebra::MakeObject>(query->node).fields);
  }
}

ExprPtr close(const Env& env, const Function& function) {
  return Closer(function.captured, now_value(env)).close(function.lambda);
}

VarId own_variable(std::uint32_t n) { return VarId{(std::uint64_t{1} << 63) | n}; }

ExprPtr var(VarId id) { return make({algebra::Var{.id = id}}); }
ExprPtr constant(Value value) { return make({algebra::Const{.value = std::move(value)}}); }

ExprPtr call(std::uint16_t number, std::vector<ExprPtr> args,
             std::vector<algebra::Option> options) {
  return make({algebra::Call{
      .function = term::id(number), .args = std::move(args), .options = std::move(options)}});
}

Function make_lambda(std::vector<VarId> params, ExprPtr body, Captured captured, Backtrace place) {
  return {.lambda = make({algebra::Lambda{.params = std::move(params), .body = std::move(body)}}),
          .captured = std::move(captured),
          .place = std::move(place)};
}

Function filter_function(const Env& env, const Function& predicate, const ExprPtr& default_value) {
  auto [params, row] = row_parameter(predicate);
  const ExprPtr& body = predicate.node().body;
  const auto* fixed = std::get_if<algebra::Const>(&body->node);
  const bool is_object = std::holds_alternative<algebra::MakeObject>(body->node) ||
                         (fixed != nullptr && fixed->value.is_object());
  Captured captured = predicate.captured;
  std::vector<algebra::Option> options;
  if (default_value != nullptr) {
    options.push_back({"default", default_value});
    // The default belongs to the scope of the filter, not to that of its function.
    for (auto& [name, value] : capture(env).values) captured.values.emplace_back(name, value);
  }
  ExprPtr test = is_object ? call(term::kFilterMatch, {row, body}, std::move(options))
                           : call(term::kFilterTest, {body}, std::move(options));
  return make_lambda(std::move(params), std::move(test), std::move(captured), predicate.place);
}

Function wrap(std::uint16_t number, const Function& function) {
  return make_lambda(function.node().params, call(number, {function.node().body}),
                     function.captured, function.place);
}

Function constant_function(Value datum) { return make_lambda({}, constant(std::move(datum)), {}); }

Function field_function(Value name) {
  const VarId row = own_variable(0);
  return make_lambda({row}, call(term::kBracket, {var(row), constant(std::move(name))}), {});
}

Function pluck_function(Value paths) {
  const VarId row = own_variable(0);
  return make_lambda({row}, call(term::kPluck, {var(row), constant(std::move(paths))}), {});
}

Function equals_function(Value datum) {
  const VarId row = own_variable(0);
  return make_lambda({row}, call(term::kEq, {var(row), constant(std::move(datum))}), {});
}

}  // namespace octavo::reql
