#pragma once

// Plans: what to read, compute and write, with no word about how. A node yields rows; for
// document dialects a row is one value. Every dialect lowers to these nodes; scalar meaning lives
// in the lambdas they carry (expr.h).
//
// Nodes are immutable and shared, so that a lazy query in a dialect can keep extending one.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "algebra/expr.h"
#include "base/id.h"
#include "value/value.h"

namespace octavo::algebra {

enum class Direction : std::uint8_t { ascending, descending };

// One end of a range over index or primary keys. A missing `value` is unbounded.
struct Bound {
  std::optional<value::Value> value;
  bool inclusive = false;
};
struct KeyRange {
  Bound lower;
  Bound upper;
};
// Exact keys, each delivering its rows as often as the key is named (ReQL's get_all).
struct KeySet {
  std::vector<value::Value> keys;
};

// Rows of a table by primary key, or by a named index when `index` is set. Rows that the index
// does not hold are not delivered. `order` asks for key order; without it any order will do.
struct Scan {
  TableId table{};
  std::optional<IndexId> index;
  std::variant<KeyRange, KeySet> keys = KeyRange{};
  std::optional<Direction> order;
};
// A scan whose keys are known when it is run: expressions of constants and of variables that the
// plan is run with. Where a key, or an element of one, is null there are no rows.
struct ScanBy {
  struct End {
    ExprPtr value;  // null: unbounded
    bool inclusive = false;
  };
  TableId table{};
  std::optional<IndexId> index;
  std::vector<ExprPtr> keys;  // exact ones; none: those between the ends
  End lower;
  End upper;
  std::optional<Direction> order;
};
// Literal rows.
struct Values {
  std::vector<value::Value> rows;
};
// Keeps rows for which `predicate` (row → value) yields true; the dialect has already wrapped its
// own idea of truth and of missing fields into it.
struct Filter {
  PlanPtr input;
  ExprPtr predicate;
};
// row → value.
struct Map {
  PlanPtr input;
  ExprPtr function;
};
// row → array, each element a row.
struct Unwind {
  PlanPtr input;
  ExprPtr function;
};
struct SortKey {
  ExprPtr key;  // row → value; an error `missing_value` sorts by `missing_last`
  Direction direction = Direction::ascending;
};
// How many rows a node may hold, and the words (`resource_exhausted`) for when it has more.
struct RowLimit {
  std::uint64_t rows = 0;
  std::string refusal;
};
struct Sort {
  PlanPtr input;
  std::vector<SortKey> keys;
  value::Order order = value::Order::native;
  // Of rows with equal keys: ascending as they come from the input, descending the other way round.
  // With every direction turned as well, the last row is the first.
  Direction ties = Direction::ascending;
  // Rows that limits right above do not need are not held.
  std::optional<RowLimit> most = std::nullopt;
};
struct Limit {
  PlanPtr input;
  std::uint64_t skip = 0;
  std::optional<std::uint64_t> count;
};
struct Distinct {
  PlanPtr input;
};
struct Union {
  std::vector<PlanPtr> inputs;
};
// The row of `table` whose key (primary, or `index`) equals `key` (outer row → value), for each
// outer row; output {left, right}.
struct LookupJoin {
  PlanPtr outer;
  ExprPtr key;
  TableId table{};
  std::optional<IndexId> index;
  bool keep_order = false;
  // An outer row that has no match is put out once, with null on the right.
  bool keep_unmatched = false;
  // {left, right} → whether it is a match as well as by its key; unset: it is.
  ExprPtr condition = nullptr;
};
// For each outer row the rows of `inner`, which is run with `params` set to the elements of the
// array that `arguments` (outer row → array) yields; output {left, right}.
struct Apply {
  PlanPtr outer;
  PlanPtr inner;
  std::vector<VarId> params;
  ExprPtr arguments;
  // As of LookupJoin.
  bool keep_unmatched = false;
  ExprPtr condition = nullptr;
};
enum class JoinKind : std::uint8_t {
  inner,  // {left, right} for each match
  left,   // and {left, null} for a left row that has none
  semi,   // the left rows that have one
  anti,   // the left rows that have none
  mark,   // {left, right} for each left row, `right` telling whether it has one
};
// One of the values that a match has in common: left row → value, right row → value.
struct JoinKey {
  ExprPtr left;
  ExprPtr right;
};
// The pairs of rows of two inputs that match: their keys are equal in `order`, and the condition
// holds. Rows of which a key is null or missing match nothing.
struct Join {
  JoinKind kind = JoinKind::inner;
  PlanPtr left;
  PlanPtr right;
  std::vector<JoinKey> keys;    // none: every pair
  ExprPtr condition = nullptr;  // {left, right} → true for a match; unset: it is
  value::Order order = value::Order::native;
  // Of anti and mark, as NOT IN and IN are: where only nulls among the keys keep a left row from a
  // match it may have one, so that it is left out, or marked null.
  bool null_aware = false;
  // Which rows are held while the others are read, in whose order matches come: the left ones, else
  // the right ones. Without effect where rows are marked, or null_aware.
  bool hold_left = false;
};
// `function`: one that a family brings, in place of those that the executor knows.
enum class AggregateKind : std::uint8_t { count, sum, average, minimum, maximum, function };
struct Aggregate {
  AggregateKind kind = AggregateKind::count;
  ExprPtr argument;       // row → value; unset for count. A row that misses it is not added,
  bool required = false;  // and with this makes no group
  // Of kind `function`: which (function/aggregate.h), and the constants that it is called with.
  FunctionId function{};
  std::vector<Option> options{};
};
// One row per distinct key (in `order`), {group, reduction}; without keys one row in all. With
// `rollup` a row is also of the groups of fewer keys, in which the last ones are left out, down to
// that of all rows, which is there without any. `group` is then an array: how many keys are left
// out, and the keys, null for those; groups of fewer keys come behind those that they are made of.
struct Group {
  PlanPtr input;
  std::vector<ExprPtr> keys;
  std::vector<Aggregate> aggregates;
  value::Order order = value::Order::native;
  bool rollup = false;
};

// Where a frame begins or ends, seen from the current row in the order of its window.
enum class FrameEdge : std::uint8_t {
  unbounded_preceding,
  preceding,
  current_row,
  following,
  unbounded_following,
};
// By rows the current row is itself, by range all rows whose order keys are equal to its own.
enum class FrameUnit : std::uint8_t { rows, range };
struct FrameBound {
  FrameEdge edge = FrameEdge::current_row;
  std::uint64_t rows = 0;  // of preceding and following by rows: how many
  // Of those by range: row → the last value of the one order key that is within, on this side. Null
  // where the key is not: every key that is not null is within. The same for equal keys.
  ExprPtr limit = nullptr;
};
struct Frame {
  FrameUnit unit = FrameUnit::range;
  FrameBound start{.edge = FrameEdge::unbounded_preceding};
  FrameBound end{.edge = FrameEdge::current_row};
};
enum class WindowKind : std::uint8_t {
  row_number,
  rank,
  dense_rank,
  percent_rank,
  cume_dist,
  ntile,        // of `count` parts
  lag,          // `count` rows before
  lead,         // `count` rows behind
  first_value,  // of the frame, as the next ones
  last_value,
  nth_value,  // that of row number `count`, from 1
  aggregate,
};
// What is computed for each row of a window. Integers; doubles of percent_rank and cume_dist.
struct WindowFunction {
  WindowKind kind = WindowKind::row_number;
  std::uint64_t count = 1;
  ExprPtr argument = nullptr;  // row → value, of lag, lead and values of a frame
  ExprPtr otherwise =
      nullptr;  // of lag and lead: row → value where there is no such row, else null
  std::optional<Aggregate> aggregate = std::nullopt;
  std::optional<Frame> frame = std::nullopt;  // unset: all rows of the partition
};
// Rows put in order by the keys of their partition and those of the order, each an array: the row,
// and what each function gives for it among the rows of its partition. Rows with equal keys stay in
// the order in which they come.
struct Window {
  PlanPtr input;
  std::vector<ExprPtr> partition;
  std::vector<SortKey> order;
  std::vector<WindowFunction> functions;
  value::Order compared_in = value::Order::native;  // keys, and limits of frames
};

// The rows that the last step of a Recursive gave, within its `step`.
struct Working {
  std::uint64_t number = 0;  // the Recursive's
};
// How many steps there may be, and the words (`resource_exhausted`) and number of the error for
// when there would be more.
struct StepLimit {
  std::uint64_t steps = 0;
  std::uint16_t number = 0;
  std::string refusal;
};
// The rows of `seed`, and then those of `step` over them, and over what that gave, until it gives
// none.
struct Recursive {
  std::uint64_t number = 0;  // no other one of the plan has it
  PlanPtr seed;
  PlanPtr step;
  // row → value: a row is left out, and no step sees it, when this is equal to that of one before
  // it. Unset: all rows count.
  ExprPtr distinct_by = nullptr;
  StepLimit most;
  bool whole = false;  // all steps are made before the first row is given
};

struct Plan {
  std::variant<Scan, ScanBy, Values, Filter, Map, Unwind, Sort, Limit, Distinct, Union, LookupJoin,
               Apply, Join, Group, Window, Working, Recursive>
      node;
};

template <class Node>
PlanPtr make_plan(Node node) {
  return std::make_shared<const Plan>(Plan{std::move(node)});
}

std::string print(const PlanPtr& plan, FunctionNamer name_of);

// The plan with variables that `bindings` knows replaced by their constants, as `bind` of
// expressions does. What has none of them is shared.
PlanPtr bind(const PlanPtr& plan, const Bindings& bindings);

}  // namespace octavo::algebra
