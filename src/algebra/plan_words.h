#pragma once

// The words that plans as text have for enumerators: printed and parsed by the same rows.

#include <array>
#include <string_view>

#include "algebra/plan.h"
#include "base/rows.h"

namespace octavo::algebra {

struct OrderWord {
  value::Order order;
  std::string_view word;
};
constexpr std::array kOrderWords{
    OrderWord{value::Order::native, "native"},  // what is not said
    OrderWord{value::Order::by_type_name, "by_type_name"},
    OrderWord{value::Order::bson, "bson"},
};
static_assert(rows_in_place(kOrderWords, &OrderWord::order, value::Order::bson));

struct DirectionWord {
  Direction direction;
  std::string_view word;
};
constexpr std::array kDirectionWords{
    DirectionWord{Direction::ascending, "ascending"},
    DirectionWord{Direction::descending, "descending"},
};
static_assert(rows_in_place(kDirectionWords, &DirectionWord::direction, Direction::descending));

struct JoinWord {
  JoinKind kind;
  std::string_view word;
};
constexpr std::array kJoinWords{
    JoinWord{JoinKind::inner, "inner"}, JoinWord{JoinKind::left, "left"},
    JoinWord{JoinKind::semi, "semi"},   JoinWord{JoinKind::anti, "anti"},
    JoinWord{JoinKind::mark, "mark"},
};
static_assert(rows_in_place(kJoinWords, &JoinWord::kind, JoinKind::mark));

struct AggregateWord {
  AggregateKind kind;
  std::string_view word;
};
constexpr std::array kAggregateWords{
    AggregateWord{AggregateKind::count, "count"},
    AggregateWord{AggregateKind::sum, "sum"},
    AggregateWord{AggregateKind::average, "average"},
    AggregateWord{AggregateKind::minimum, "minimum"},
    AggregateWord{AggregateKind::maximum, "maximum"},
    AggregateWord{AggregateKind::function, "function"},
};
static_assert(rows_in_place(kAggregateWords, &AggregateWord::kind, AggregateKind::function));

struct SubplanWord {
  SubplanKind kind;
  std::string_view word;
};
constexpr std::array kSubplanWords{
    SubplanWord{SubplanKind::rows, "rows"},
    SubplanWord{SubplanKind::exists, "exists"},
    SubplanWord{SubplanKind::any, "any"},
};
static_assert(rows_in_place(kSubplanWords, &SubplanWord::kind, SubplanKind::any));

struct ComparisonWord {
  Comparison comparison;
  std::string_view word;
};
constexpr std::array kComparisonWords{
    ComparisonWord{Comparison::equal, "equal"},
    ComparisonWord{Comparison::not_equal, "not_equal"},
    ComparisonWord{Comparison::less, "less"},
    ComparisonWord{Comparison::less_or_equal, "less_or_equal"},
    ComparisonWord{Comparison::greater, "greater"},
    ComparisonWord{Comparison::greater_or_equal, "greater_or_equal"},
};
static_assert(rows_in_place(kComparisonWords, &ComparisonWord::comparison,
                            Comparison::greater_or_equal));

struct FrameEdgeWord {
  FrameEdge edge;
  std::string_view word;
};
constexpr std::array kFrameEdgeWords{
    FrameEdgeWord{FrameEdge::unbounded_preceding, "unbounded_preceding"},
    FrameEdgeWord{FrameEdge::preceding, "preceding"},
    FrameEdgeWord{FrameEdge::current_row, "current_row"},
    FrameEdgeWord{FrameEdge::following, "following"},
    FrameEdgeWord{FrameEdge::unbounded_following, "unbounded_following"},
};
static_assert(rows_in_place(kFrameEdgeWords, &FrameEdgeWord::edge, FrameEdge::unbounded_following));

struct FrameUnitWord {
  FrameUnit unit;
  std::string_view word;
};
constexpr std::array kFrameUnitWords{
    FrameUnitWord{FrameUnit::rows, "rows"},
    FrameUnitWord{FrameUnit::range, "range"},
};
static_assert(rows_in_place(kFrameUnitWords, &FrameUnitWord::unit, FrameUnit::range));

struct WindowWord {
  WindowKind kind;
  std::string_view word;
};
constexpr std::array kWindowWords{
    WindowWord{WindowKind::row_number, "row_number"},
    WindowWord{WindowKind::rank, "rank"},
    WindowWord{WindowKind::dense_rank, "dense_rank"},
    WindowWord{WindowKind::percent_rank, "percent_rank"},
    WindowWord{WindowKind::cume_dist, "cume_dist"},
    WindowWord{WindowKind::ntile, "ntile"},
    WindowWord{WindowKind::lag, "lag"},
    WindowWord{WindowKind::lead, "lead"},
    WindowWord{WindowKind::first_value, "first_value"},
    WindowWord{WindowKind::last_value, "last_value"},
    WindowWord{WindowKind::nth_value, "nth_value"},
    WindowWord{WindowKind::aggregate, "aggregate"},
};
static_assert(rows_in_place(kWindowWords, &WindowWord::kind, WindowKind::aggregate));

}  // namespace octavo::algebra
