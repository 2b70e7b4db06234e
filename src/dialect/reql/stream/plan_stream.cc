#include <fmt/format.h>

#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/order.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

using algebra::make_plan;
using algebra::PlanPtr;

std::unexpected<Error> eager() { return fail_logic("Cannot call `changes` on an eager stream."); }

// What a feed follows: transforms over one scan, with at most one limit among them.
struct Followed {
  PlanPtr plan;
  const algebra::Scan* scan = nullptr;
  std::optional<std::uint64_t> limit;
};

Result<Followed> follow(const PlanPtr& plan);

// A lambda without the internal functions that make an unwind of a value that may be missing.
algebra::ExprPtr without_wrapping(const algebra::ExprPtr& lambda) {
  const auto& whole = std::get<algebra::Lambda>(lambda->node);
  algebra::ExprPtr body = whole.body;
  while (const auto* call = std::get_if<algebra::Call>(&body->node)) {
    const std::uint16_t number = call->function.number;
    if (number != term::kSequenceOf && number != term::kAtMostOne) break;
    body = algebra::ExprPtr(call->args.front());
  }
  return make_lambda(whole.params, std::move(body), {}).lambda;
}

// `node` over what its input is followed as.
template <class Node>
Result<Followed> follow_transform(const Node& node) {
  TRY(Followed input, follow(node.input));
  if (input.limit) {
    // Only filters may stand above a limit, and count as if they were below it.
    if constexpr (std::is_same_v<Node, algebra::Filter>) {
      algebra::Limit limit = std::get<algebra::Limit>(input.plan->node);
      algebra::Filter below = node;
      below.input = limit.input;
      limit.input = make_plan(std::move(below));
      input.plan = make_plan(std::move(limit));
      return input;
    } else {
      return fail_logic(
          "Changefeeds are not supported on queries that have a transformation following a "
          "`limit` term.  Transformations include terms such as `filter`, `map`, `pluck`, etc.  "
          "Consider moving the transformation before the `limit` term.");
    }
  }
  Node copy = node;
  copy.input = input.plan;
  input.plan = make_plan(std::move(copy));
  return input;
}

Result<Followed> follow(const PlanPtr& plan) {
  if (const auto* scan = std::get_if<algebra::Scan>(&plan->node)) {
    return Followed{.plan = plan, .scan = scan, .limit = {}};
  }
  if (const auto* filter = std::get_if<algebra::Filter>(&plan->node)) {
    return follow_transform(*filter);
  }
  if (const auto* map = std::get_if<algebra::Map>(&plan->node)) {
    return follow_transform(*map);
  }
  if (const auto* unwind = std::get_if<algebra::Unwind>(&plan->node)) {
    // One value or none: as a map whose missing values drop the row, which feeds understand.
    return follow_transform(
        algebra::Map{.input = unwind->input, .function = without_wrapping(unwind->function)});
  }
  if (const auto* limit = std::get_if<algebra::Limit>(&plan->node)) {
    if (limit->skip != 0) return eager();
    TRY(Followed input, follow(limit->input));
    if (input.limit) return eager();
    input.plan = plan;
    input.limit = limit->count.value_or(kNoEnd);
    return input;
  }
  return eager();
}

}  // namespace

Result<Pulled> PlanStream::pull(Env& env, std::vector<Value>& out, const PullOptions& options) {
  TRY_STATUS(env.check());
  if (ended_) return Pulled::end;
  if (rows_ == nullptr) {
    TRY(Host* const host, env.need_host());
    TRY(rows_, host->run(plan_));
  }
  TRY(const Pulled pulled, rows_->pull(out, options));
  if (pulled == Pulled::end) {
    ended_ = true;
    rows_.reset();
  }
  return pulled;
}

Result<std::vector<Watch>> PlanStream::watches(Env& env) const {
  if (table_ == nullptr || started() || ended_) return eager();
  if (!feed_name_.empty()) {
    return fail_logic(fmt::format("Cannot call `changes` after `{}`.", feed_name_));
  }
  TRY(const Followed followed, follow(plan_));
  Watch watch{.kind = FeedKind::range, .table = table_, .plan = followed.plan, .key = {}};
  if (followed.limit) {
    if (!followed.scan->order) {
      return fail_logic("Cannot get changes on the first elements of an unordered stream.");
    }
    if (*followed.limit > env.array_limit()) {
      return fail_resource(fmt::format(
          "Array size limit `{}` exceeded.  (`.limit(X).changes()` is illegal if X is larger "
          "than the array size limit.)",
          env.array_limit()));
    }
    if (table_->system) {
      return fail_logic("System tables don't support changefeeds on `.limit()`.");
    }
    watch.kind = FeedKind::limit;
  }
  return std::vector<Watch>{std::move(watch)};
}

Result<StreamPtr> PlanStream::transformed(Env& env, Transform transform) {
  if (started() || ended_) return Stream::transformed(env, std::move(transform));
  const Function function = transform.kind == Transform::Kind::unwind
                                ? wrap(term::kSequenceOf, transform.function)
                                : transform.function;
  const algebra::ExprPtr lambda = close(env, function);
  if (!is_deterministic(lambda, Now::varies)) return Stream::transformed(env, std::move(transform));
  PlanPtr plan;
  switch (transform.kind) {
    case Transform::Kind::map:
      plan = make_plan(algebra::Map{.input = plan_, .function = lambda});
      break;
    case Transform::Kind::filter:
      plan = make_plan(algebra::Filter{.input = plan_, .predicate = lambda});
      break;
    case Transform::Kind::unwind:
      plan = make_plan(algebra::Unwind{.input = plan_, .function = lambda});
      break;
  }
  const std::shared_ptr<PlanStream> stream = with_plan(std::move(plan));
  if (feed_name_.empty()) stream->feed_name_ = transform.feed_name;
  return StreamPtr(stream);
}

StreamPtr PlanStream::sliced(std::uint64_t left, std::uint64_t right) {
  if (started() || ended_) return Stream::sliced(left, right);
  algebra::Limit limit{.input = plan_, .skip = left, .count = {}};
  if (right != kNoEnd) limit.count = right > left ? right - left : 0;
  return with_plan(make_plan(std::move(limit)));
}

// The last row of a sort is the first when all of it is turned round: one row to be kept.
StreamPtr PlanStream::tail() {
  const auto* sort = std::get_if<algebra::Sort>(&plan_->node);
  if (started() || ended_ || sort == nullptr) return Stream::tail();
  const auto turn = [](algebra::Direction& direction) {
    direction = direction == algebra::Direction::ascending ? algebra::Direction::descending
                                                           : algebra::Direction::ascending;
  };
  algebra::Sort turned = *sort;
  for (algebra::SortKey& key : turned.keys) turn(key.direction);
  turn(turned.ties);
  return with_plan(
      make_plan(algebra::Limit{.input = make_plan(std::move(turned)), .skip = 0, .count = 1}));
}

StreamPtr PlanStream::sorted(const Env& env, const std::vector<OrderKey>& keys) const {
  if (started() || ended_) return nullptr;
  const std::size_t limit = env.array_limit();
  algebra::Sort sort{.input = plan_, .keys = {}, .order = value::Order::by_type_name};
  sort.most = {.rows = limit, .refusal = array_too_large(limit).what};
  for (const OrderKey& key : keys) {
    algebra::ExprPtr lambda = close(env, key.function);
    if (!is_deterministic(lambda, Now::varies)) return nullptr;
    sort.keys.push_back({.key = std::move(lambda),
                         .direction = key.descending ? algebra::Direction::descending
                                                     : algebra::Direction::ascending});
  }
  const std::shared_ptr<PlanStream> stream = with_plan(make_plan(std::move(sort)));
  stream->is_array_ = true;
  return stream;
}

std::shared_ptr<PlanStream> PlanStream::with_plan(PlanPtr plan) const {
  auto stream = std::make_shared<PlanStream>(table_, std::move(plan));
  stream->feed_name_ = feed_name_;
  stream->is_array_ = is_array_;
  return stream;
}

}  // namespace octavo::reql
