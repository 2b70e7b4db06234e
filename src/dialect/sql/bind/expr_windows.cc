// Calls with OVER: window functions, and aggregates over frames.

#include <string>
#include <utility>

#include "dialect/sql/bind/expr_binder.h"
#include "dialect/sql/bind/windows.h"
#include "dialect/sql/error/error.h"
#include "dialect/sql/function/fold.h"
#include "dialect/sql/function/intervals.h"
#include "dialect/sql/function/name_row.h"
#include "dialect/sql/function/operation.h"
#include "dialect/sql/function/operators.h"

namespace octavo::sql {
namespace {

// Of the widest whole numbers.
constexpr int kIntegerDigits = 20;

bool is_offset(const FrameBound& bound) {
  return bound.kind == FrameBound::Kind::preceding || bound.kind == FrameBound::Kind::following;
}

algebra::FrameEdge edge_of(FrameBound::Kind kind) {
  switch (kind) {
    case FrameBound::Kind::unbounded_preceding: return algebra::FrameEdge::unbounded_preceding;
    case FrameBound::Kind::preceding: return algebra::FrameEdge::preceding;
    case FrameBound::Kind::current_row: return algebra::FrameEdge::current_row;
    case FrameBound::Kind::following: return algebra::FrameEdge::following;
    case FrameBound::Kind::unbounded_following: return algebra::FrameEdge::unbounded_following;
  }
  std::unreachable();
}

const Interval* interval_of(const FrameBound& bound) {
  return bound.offset ? std::get_if<Interval>(&bound.offset->node) : nullptr;
}

// Whether a date or a time of day stays one when such an interval is added.
bool offset_stays(Kind kind, std::string_view unit) {
  const UnitRow* const row = find_unit(unit);
  if (row == nullptr) return false;
  return kind == Kind::date ? row->of_days : kind == Kind::time && row->of_time;
}

bool is_negative(const value::Value& value) {
  if (value.is_number()) return value.to_double() < 0;
  return value.is_string() && value.as_string().starts_with('-');
}

// What the standard leaves out of frames, and MySQL too.
Status check_supported(const Call& call, const WindowSpec& spec) {
  if (call.nulls == Call::Nulls::ignore) return not_supported("IGNORE NULLS");
  if (call.from_last) return not_supported("FROM LAST");
  if (call.distinct) return not_supported("<window function>(DISTINCT ..)");
  if (!spec.frame) return {};
  if (spec.frame->unit == Frame::Unit::groups) return not_supported("GROUPS");
  if (spec.frame->exclude != Frame::Exclude::nothing) return not_supported("EXCLUDE");
  return {};
}

// The end is not before the start, whatever rows there are.
Status check_edges(const WindowSpec& spec) {
  using Kind = FrameBound::Kind;
  const Kind start = spec.frame->start.kind;
  const Kind end = spec.frame->end.kind;
  if (start == Kind::unbounded_following) return error<3584>(spec.name);
  if (end == Kind::unbounded_preceding) return error<3585>(spec.name);
  const bool turned = (start == Kind::current_row && end == Kind::preceding) ||
                      (start == Kind::following && end <= Kind::current_row);
  if (turned) return error<3586>(spec.name);
  return {};
}

}  // namespace

Result<Typed> ExprBinder::bind_window_node(std::string_view name, const Call& call) {
  if (!place_.window_specified.empty()) return error<3595>(place_.window_specified);
  if (place_.windows == nullptr) return error<3593>(call.name.back());
  TRY(const WindowSpec spec, place_.windows->named().spec_of(*call.over));
  TRY_STATUS(check_supported(call, spec));
  if (spec.frame) TRY_STATUS(check_edges(spec));
  Windows::Keys keys;
  TRY(keys.partition, bind_partition(spec));
  TRY(keys.order, bind_window_order(spec));
  TRY(BoundWindow bound, bind_window_call(name, call, spec));
  if (has_frame(bound.function.kind)) {
    TRY(bound.function.frame, bind_frame(spec, keys.order));
  } else if (spec.frame) {
    warn(binding_.context().constants, error<3599>(call.name.back(), spec.name).error(),
         function::NoteLevel::note);
  }
  return place_.windows->add(std::move(keys), std::move(bound));
}

Result<BoundWindow> ExprBinder::bind_window_call(std::string_view name, const Call& call,
                                                 const WindowSpec& spec) {
  ExprPlace inside = place_;
  inside.windows = nullptr;
  if (is_aggregate(name)) {
    if (name == "GROUP_CONCAT") return not_supported("group_concat as window function");
    TRY(BoundAggregate aggregate, bind_aggregate_call(name, call, inside));
    const bool slides =
        spec.frame && spec.frame->start.kind != FrameBound::Kind::unbounded_preceding;
    return window_of(std::move(aggregate), slides);
  }
  if (!is_window_function(name)) return not_supported(call.name.back());
  ExprBinder inner(binding_, inside);
  WindowCall bound{.name = name, .form_only = binding_.context().subqueries == nullptr};
  for (const Argument& argument : call.arguments) {
    TRY(Typed typed, inner.bind(argument.value));
    bound.arguments.push_back(std::move(typed));
  }
  return bind_window(std::move(bound), binding_.calls());
}

Result<std::vector<Typed>> ExprBinder::bind_partition(const WindowSpec& spec) {
  ExprPlace inside = place_;
  inside.clause = Clause::window_partition;
  inside.window_specified = spec.name;
  inside.items = {};
  std::vector<Typed> keys;
  for (const Expr& expr : spec.partition_by) {
    const auto* const literal = std::get_if<Literal>(&expr.node);
    if (literal != nullptr && literal->kind == LiteralKind::integer) {
      return error<3592>(spec.name);
    }
    TRY(Typed key, ExprBinder(binding_, inside).bind(expr));
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<std::vector<OrderKey>> ExprBinder::bind_window_order(const WindowSpec& spec) {
  ExprPlace inside = place_;
  inside.clause = Clause::window_order;
  inside.window_specified = spec.name;
  inside.items = {};
  std::vector<OrderKey> keys;
  for (const OrderItem& item : spec.order_by) {
    const auto* const literal = std::get_if<Literal>(&item.expr.node);
    if (literal != nullptr && literal->kind == LiteralKind::integer) {
      return error<3592>(spec.name);
    }
    OrderKey key{.descending = item.descending};
    TRY(key.typed, ExprBinder(binding_, inside).bind(item.expr));
    keys.push_back(std::move(key));
  }
  return keys;
}

// Without one: up to the peers of the row, or all rows where these have no order. What a frame by
// range is compared by takes the place of the key in `order`.
Result<std::optional<algebra::Frame>> ExprBinder::bind_frame(const WindowSpec& spec,
                                                             std::vector<OrderKey>& order) {
  if (!spec.frame) return order.empty() ? std::nullopt : std::optional(algebra::Frame());
  algebra::Frame frame{.unit = spec.frame->unit == Frame::Unit::rows ? algebra::FrameUnit::rows
                                                                     : algebra::FrameUnit::range};
  for (const FrameBound* const bound : {&spec.frame->start, &spec.frame->end}) {
    if (is_offset(*bound) && spec.frame->unit == Frame::Unit::range) {
      TRY_STATUS(check_range_key(spec, *bound, order));
    }
  }
  TRY(frame.start, bind_bound(spec, spec.frame->start, order));
  TRY(frame.end, bind_bound(spec, spec.frame->end, order));
  return frame;
}

Result<algebra::FrameBound> ExprBinder::bind_bound(const WindowSpec& spec, const FrameBound& bound,
                                                   std::vector<OrderKey>& order) {
  algebra::FrameBound made{.edge = edge_of(bound.kind)};
  if (!is_offset(bound)) return made;
  const Interval* const interval = interval_of(bound);
  if (spec.frame->unit == Frame::Unit::rows) {
    if (interval != nullptr) return error<3596>(spec.name);
    TRY(const Typed offset, bind_frame_offset(spec, *bound.offset));
    const auto rows = offset.constant()->to_int64();
    const bool is_integer = offset.constant()->type() == value::Type::int64 ||
                            offset.constant()->type() == value::Type::uint64;
    if (!is_integer || !rows) return error<3586>(spec.name);
    made.rows = static_cast<std::uint64_t>(*rows);
    return made;
  }
  TRY(Typed offset,
      bind_frame_offset(spec, interval != nullptr ? *interval->amount : *bound.offset));
  TRY(made.limit, bind_limit(bound, order.front(), std::move(offset)));
  return made;
}

// A constant that is no less than nothing; 3586, 3590.
Result<Typed> ExprBinder::bind_frame_offset(const WindowSpec& spec, const Expr& offset) {
  TRY(Typed bound, bind_part(offset));
  bound.expression = fold(bound.expression, binding_.calls());
  const value::Value* const constant = bound.constant();
  if (constant == nullptr) return error<3590>(spec.name);
  const bool form_only = binding_.context().subqueries == nullptr;
  if (constant->is_null() && form_only) {
    return typed_constant(value::Value::int64(0), big_integer());
  }
  if (constant->is_null() || is_negative(*constant)) return error<3586>(spec.name);
  return bound;
}

// 3587 to 3589. The key becomes of a type of which an offset can be taken.
Status ExprBinder::check_range_key(const WindowSpec& spec, const FrameBound& bound,
                                   std::vector<OrderKey>& order) {
  if (order.size() != 1) return error<3587>(spec.name);
  Typed& key = order.front().typed;
  const Interval* const interval = interval_of(bound);
  if (key.type.is_time()) {
    if (interval == nullptr) return error<3588>(spec.name);
    if (key.type.kind() == Kind::datetime) return {};
    if (offset_stays(key.type.kind(), interval->unit)) return {};
    TRY(key, convert_to(std::move(key), with_null(datetime_type(kMaxTimePrecision), true),
                        binding_.calls()));
    return {};
  }
  const bool is_number = key.type.is_number() || key.type.is_integer();
  if (!is_number) return error<3587>(spec.name);
  if (interval != nullptr) return error<3589>(spec.name);
  if (!key.type.is_integer()) return {};
  // Whole numbers have ends; decimals of so many digits have none.
  TRY(key, convert_to(std::move(key), with_null(decimal_type(kIntegerDigits, 0), true),
                      binding_.calls()));
  return {};
}

// The key of the row and the offset, in the direction of the order.
Result<algebra::ExprPtr> ExprBinder::bind_limit(const FrameBound& bound, const OrderKey& key,
                                                Typed offset) {
  const bool subtract = (bound.kind == FrameBound::Kind::preceding) != key.descending;
  const Interval* const interval = interval_of(bound);
  Typed limit;
  if (interval == nullptr) {
    const BinaryOperator op = subtract ? BinaryOperator::subtract : BinaryOperator::add;
    TRY(limit, bind_binary(op, key.typed, std::move(offset), binding_.calls()));
  } else {
    const NameRow* const row = find_function(subtract ? "DATE_SUB" : "DATE_ADD");
    if (row == nullptr) return not_supported("INTERVAL");
    std::vector<CallArgument> arguments{{.value = key.typed}};
    arguments.push_back({.value = std::move(offset), .word = interval->unit, .is_interval = true});
    TRY(limit, bind_call(*row, std::move(arguments), binding_.calls()));
  }
  return fold(limit.expression, binding_.calls());
}

}  // namespace octavo::sql
