#include "dialect/reql/purity.h"

#include <algorithm>
#include <utility>

#include "algebra/children.h"
#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"

namespace octavo::reql {
namespace {

using algebra::Expr;
using algebra::ExprPtr;
using algebra::VarId;

ExprPtr make(Expr expression) { return std::make_shared<const Expr>(std::move(expression)); }

// Rewrites a tree, sharing the parts that stay as they are.
class Closer {
 public:
  Closer(const Captured& captured, const Value& now) : captured_(captured), now_(now) {}

  ExprPtr close(const ExprPtr& expression) {
    if (const auto* variable = std::get_if<algebra::Var>(&expression->node)) {
      return close_variable(expression, variable->id);
    }
    const auto* call = std::get_if<algebra::Call>(&expression->node);
    if (call != nullptr && call->function.number == term::kNow && call->args.empty()) {
      return constant(now_);
    }
    const std::size_t bound = bound_.size();
    if (const auto* lambda = std::get_if<algebra::Lambda>(&expression->node)) {
      bound_.insert(bound_.end(), lambda->params.begin(), lambda->params.end());
    }
    ExprPtr closed =
        algebra::map_children(expression, [this](const ExprPtr& part) { return close(part); });
    bound_.resize(bound);
    return closed;
  }

 private:
  ExprPtr close_variable(const ExprPtr& expression, VarId id) {
    if (std::find(bound_.begin(), bound_.end(), id) != bound_.end()) return expression;
    for (const auto& [name, value] : captured_.values) {
      if (name == id) return constant(value);
    }
    return expression;
  }

  const Captured& captured_;
  const Value& now_;
  std::vector<VarId> bound_;
};

// The name in r.db(name), if it is a constant.
std::optional<std::string_view> database_name(const ExprPtr& expression) {
  if (!is_call_of(expression, term::kDb)) return std::nullopt;
  const auto& call = std::get<algebra::Call>(expression->node);
  if (call.args.size() != 1) return std::nullopt;
  const auto* name = std::get_if<algebra::Const>(&call.args.front()->node);
  if (name == nullptr || !name->value.is_string()) return std::nullopt;
  return name->value.as_string();
}

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
  if (const auto* call = std::get_if<algebra::Call>(&expression->node)) {
    const Term* term = find_term(call->function.number);
    if (term == nullptr) return false;
    if ((term->flags & (kNotDeterministic | kReadsData | kWrites)) != 0) return false;
    if ((term->flags & kNow) != 0 && now == Now::varies) return false;
  }
  return !algebra::any_child(*expression,
                             [now](const ExprPtr& part) { return !is_deterministic(part, now); });
}

bool uses_data_per_change(const ExprPtr& query) {
  // A lambda is called with each change: whatever it subscribes to, it then waits for.
  if (const auto* lambda = std::get_if<algebra::Lambda>(&query->node)) {
    return !is_deterministic(lambda->body, Now::constant);
  }
  if (const auto* call = std::get_if<algebra::Call>(&query->node)) {
    const Term* term = find_term(call->function.number);
    if (term == nullptr) return true;
    // What is watched was read when the feed began, and is followed in the engine.
    if ((term->flags & kSubscribes) != 0) return false;
    // An ordered union waits for each of its sources.
    if ((term->flags & kWaitsWithOptions) != 0 && !call->options.empty()) return true;
    if ((term->flags & (kReadsData | kWrites)) != 0) return true;
  }
  return algebra::any_child(*query, uses_data_per_change);
}

namespace {

const Term* term_of(const ExprPtr& expression) {
  const auto* const call = std::get_if<algebra::Call>(&expression->node);
  return call == nullptr ? nullptr : find_term(call->function.number);
}

bool reaches_data(const ExprPtr& expression) {
  const Term* const term = term_of(expression);
  if (term != nullptr && (term->flags & (kReadsData | kWrites)) != 0) return true;
  return algebra::any_child(*expression, reaches_data);
}

// Whether the one write of a query is the last that it does with data.
bool ends_with_write(const ExprPtr& query) {
  const Term* const term = term_of(query);
  if (term != nullptr && (term->flags & kWrites) != 0) return true;
  const ExprPtr* next = nullptr;
  const bool several = algebra::any_child(*query, [&next](const ExprPtr& part) {
    return reaches_data(part) && std::exchange(next, &part) != nullptr;
  });
  return !several && next != nullptr && ends_with_write(*next);
}

}  // namespace

bool is_cheap(const ExprPtr& query, std::size_t most_nodes) {
  std::size_t left = most_nodes;
  std::size_t writes = 0;
  const auto cheap = [&left, &writes](const auto& self, const ExprPtr& expression) -> bool {
    if (left == 0) return false;
    --left;
    const auto* call = std::get_if<algebra::Call>(&expression->node);
    if (call == nullptr) return std::holds_alternative<algebra::Const>(expression->node);
    const Term* term = find_term(call->function.number);
    if (term == nullptr || (term->flags & kCheap) == 0) return false;
    if ((term->flags & kWrites) != 0) ++writes;
    return !algebra::any_child(*expression, [&](const ExprPtr& part) { return !self(self, part); });
  };
  return cheap(cheap, query) && (writes == 0 || (writes == 1 && ends_with_write(query)));
}

std::optional<std::string_view> first_database(const ExprPtr& query,
                                               const std::vector<algebra::Option>& options) {
  const ExprPtr* at = &query;
  while (*at != nullptr && !is_call_of(*at, term::kTable)) {
    const auto* call = std::get_if<algebra::Call>(&(*at)->node);
    if (call == nullptr || call->args.empty()) return std::nullopt;
    at = &call->args.front();
  }
  if (*at == nullptr) return std::nullopt;
  const auto& table = std::get<algebra::Call>((*at)->node);
  if (table.args.size() == 2) return database_name(table.args.front());
  const auto given = std::ranges::find(options, "db", &algebra::Option::name);
  return given == options.end() ? std::nullopt : database_name(given->value);
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
