// Comparisons, logic, calls, errors and defaults.

#include <fmt/format.h>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

using Holds = bool (*)(std::strong_ordering);

bool equal(std::strong_ordering order) { return order == 0; }
bool less(std::strong_ordering order) { return order < 0; }
bool less_or_equal(std::strong_ordering order) { return order <= 0; }
bool greater(std::strong_ordering order) { return order > 0; }
bool greater_or_equal(std::strong_ordering order) { return order >= 0; }

// True when `holds` for every pair of neighbours; `negated` turns the answer around, so that
// ne(1, 2, 3) is «not all equal».
template <Holds holds, bool negated = false>
Result<Val> compare_chain(Env& /*env*/, Args& args) {
  TRY(Value left, args.datum(0));
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(Value right, args.datum(i));
    if (!holds(order(left, right))) return Val(Value::boolean(negated));
    left = std::move(right);
  }
  return Val(Value::boolean(!negated));
}

Result<Val> negate(Env& /*env*/, Args& args) {
  TRY(const bool value, args.boolean(0));
  return Val(Value::boolean(!value));
}

// The first argument that decides, or the last one.
template <bool deciding>
Result<Val> connective(Env& env, Args& args) {
  Val last = Val(Value::boolean(!deciding));
  for (std::size_t i = 0; i < args.size(); ++i) {
    TRY(last, args.val(i));
    Result<Value> datum = to_datum(env, last);
    if (!datum) return args.at(i, std::unexpected(std::move(datum).error()));
    if (truthy(*datum) == deciding) break;
  }
  return last;
}

Result<Val> branch(Env& /*env*/, Args& args) {
  if (args.size() % 2 == 0) {
    return fail_logic("Cannot call `branch` term with an even number of arguments.");
  }
  for (std::size_t i = 0; i + 1 < args.size(); i += 2) {
    TRY(const bool condition, args.boolean(i));
    if (condition) return args.val(i + 1);
  }
  return args.val(args.size() - 1);
}

Result<Val> funcall(Env& env, Args& args) {
  TRY(const Function function, args.function(0, Shortcut::constant));
  if (args.size() == 1) return call(env, function, {});
  // Grouped data may be the first argument of the function, which is the second one here.
  TRY(const Val first, args.val(1));
  std::vector<Value> arguments(1);
  for (std::size_t i = 2; i < args.size(); ++i) {
    TRY(Value argument, args.datum(i));
    arguments.push_back(std::move(argument));
  }
  const bool grouped_stream = first.kind() == Kind::sequence && first.stream()->grouped();
  if (first.kind() != Kind::grouped && !grouped_stream) {
    Result<Value> datum = to_datum(env, first);
    if (!datum) return args.at(1, std::unexpected(std::move(datum).error()));
    arguments[0] = *std::move(datum);
    return call(env, function, arguments);
  }
  std::map<Value, Value, DatumLess> collected;
  if (grouped_stream) {
    TRY(collected, collect_groups(env, *first.stream()));
  }
  std::map<Value, Value, DatumLess> results;
  for (const auto& [group, value] : grouped_stream ? collected : first.groups()) {
    arguments[0] = value;
    TRY(Value result, call_datum(env, function, arguments));
    results.emplace(group, std::move(result));
  }
  return Val::grouped(std::move(results));
}

Result<Val> raise(Env& env, Args& args) {
  if (args.size() == 0) {
    env.query().trail.empty_error = true;
    return fail_logic("Empty ERROR term outside a default block.");
  }
  TRY(const Value message, args.string(0));
  return fail(Code::user_error, std::string(message.as_string()));
}

// The first argument, or the second when the first is null or misses something. A function as
// second argument gets the message (or null); r.error() in it brings the original failure back.
Result<Val> default_to(Env& env, Args& args) {
  Trail& trail = env.query().trail;
  Result<Val> first = args.val(0);
  std::optional<Error> failure;
  Trail failed_at;
  Value reason;
  if (first) {
    const Kind kind = first->kind();
    if (kind != Kind::datum && kind != Kind::single_selection) return first;
    Result<Value> datum = to_datum(env, *first);
    if (!datum) return args.at(0, std::unexpected(std::move(datum).error()));
    if (!datum->is_null()) return first;
  } else {
    if (first.error().code != Code::missing_value) return first;
    failure = first.error();
    reason = string(failure->what);
    failed_at = trail;
    trail.clear();
  }
  Result<Val> second = args.val(1);
  if (second && second->kind() == Kind::function) {
    second = call(env, second->function(), std::span<const Value>(&reason, 1));
  }
  if (second || !trail.empty_error) return second;
  trail.clear();
  if (!failure) return first;
  trail = std::move(failed_at);
  return fail(*std::move(failure));
}

// Its elements are spliced into the call around it (Args::splice); here it only is an array.
Result<Val> splice(Env& /*env*/, Args& args) {
  TRY(Value array, args.array(0));
  return Val(std::move(array));
}

Result<Val> minval(Env& /*env*/, Args& /*args*/) { return Val(Value::min_key()); }
Result<Val> maxval(Env& /*env*/, Args& /*args*/) { return Val(Value::max_key()); }

constexpr Term kTerms[] = {
    {term::kEq, "eq", 2, -1, {}, kScalar | kCheap, compare_chain<equal>},
    {term::kNe, "ne", 2, -1, {}, kScalar | kCheap, compare_chain<equal, true>},
    {term::kLt, "lt", 2, -1, {}, kScalar | kCheap, compare_chain<less>},
    {term::kLe, "le", 2, -1, {}, kScalar | kCheap, compare_chain<less_or_equal>},
    {term::kGt, "gt", 2, -1, {}, kScalar | kCheap, compare_chain<greater>},
    {term::kGe, "ge", 2, -1, {}, kScalar | kCheap, compare_chain<greater_or_equal>},
    {term::kNot, "not", 1, 1, {}, kLight | kCheap, negate},
    {term::kOr, "or", 0, -1, {}, kLight | kCheap, connective<true>},
    {term::kAnd, "and", 0, -1, {}, kLight | kCheap, connective<false>},
    {65, "branch", 3, -1, {}, kLight, branch},
    {term::kFuncall, "funcall", 1, -1, {"_SHORTCUT_", "_EVAL_FLAGS_"}, kLight, funcall},
    {12, "error", 0, 1, {}, kScalar, raise},
    {term::kDefault, "default", 2, 2, {}, kNotGrouped | kLight | kCheap, default_to},
    {term::kArgs, "args", 1, 1, {}, kLiteralOk | kLight, splice},
    {180, "minval", 0, 0, {}, kScalar, minval},
    {181, "maxval", 0, 0, {}, kScalar, maxval},
};

}  // namespace

std::span<const Term> control_terms() { return kTerms; }

}  // namespace octavo::reql
