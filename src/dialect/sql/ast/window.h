#pragma once

#include "dialect/sql/ast/expr.h"

namespace octavo::sql {

struct FrameBound {
  enum class Kind : std::uint8_t {
    unbounded_preceding,
    preceding,
    current_row,
    following,
    unbounded_following,
  };
  Kind kind = Kind::current_row;
  Ref<Expr> offset;  // of preceding and following

  friend bool operator==(const FrameBound&, const FrameBound&) = default;
};

// One bound alone is a start; the end is then the current row.
struct Frame {
  enum class Unit : std::uint8_t { rows, range, groups };
  enum class Exclude : std::uint8_t { nothing, current_row, group, ties };
  Unit unit = Unit::rows;
  FrameBound start;
  FrameBound end;
  Exclude exclude = Exclude::nothing;

  friend bool operator==(const Frame&, const Frame&) = default;
};

struct Window {
  Name base;  // a named window that this one goes on from; empty: none
  List<Expr> partition_by;
  List<OrderItem> order_by;
  Ref<Frame> frame;

  friend bool operator==(const Window&, const Window&) = default;
};

struct NamedWindow {
  Name name;
  Window window;

  friend bool operator==(const NamedWindow&, const NamedWindow&) = default;
};

struct Over {
  Name name;  // OVER name; else
  Window window;

  friend bool operator==(const Over&, const Over&) = default;
};

}  // namespace octavo::sql
