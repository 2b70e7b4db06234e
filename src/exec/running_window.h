#pragma once

// The functions of a window over a partition of any size: those that look at no row behind the
// peers of the current one, and at those before it through what was kept of them. Rows come one
// after the other, and go on with their results as soon as these are known. One thread at a time.

#include <deque>
#include <optional>
#include <vector>

#include "algebra/plan.h"
#include "exec/accumulator.h"

namespace octavo::exec {

// Whether all functions of the window are such.
bool is_running(const algebra::Window& window);

class RunningWindow {
 public:
  // Of one partition. The window outlives it.
  RunningWindow(const algebra::Window& window, QueryContext& query);

  // The next row; `order_key`: the bytes of its order keys (sort_keys.h).
  Status add(value::Value row, BytesView order_key);
  // There are no further rows.
  Status finish() { return give(); }

  // Whether a row has its results, and the first such row with them: what a Window gives.
  bool ready() const { return !ready_.empty(); }
  value::Value take();

 private:
  // What is kept for a function of the rows so far.
  struct State {
    explicit State(QueryContext& query) : memory(query) {}
    MemoryCharge memory;
    std::optional<Accumulator> aggregate;
    std::optional<value::Value> first;
    std::deque<value::Value> last;  // rows, for lag
  };

  Result<value::Value> evaluate(const algebra::ExprPtr& lambda, const value::Value& row);
  Status give();
  Status give(const algebra::WindowFunction& function, State& state);
  Status add_to(const algebra::WindowFunction& function, State& state, const value::Value& row);
  Result<value::Value> of_row(const algebra::WindowFunction& function, State& state, std::size_t i);

  const algebra::Window& window_;
  QueryContext& query_;
  bool by_peers_ = false;  // results are known when all peers are
  std::vector<State> states_;
  std::vector<value::Value> rows_;  // that have no results yet: peers, all of them or a part
  std::vector<std::vector<value::Value>> results_;  // of these
  std::optional<Bytes> group_key_;                  // of the peers
  std::uint64_t given_ = 0;                         // rows before those
  std::uint64_t group_begin_ = 0;                   // rows before the peers
  std::uint64_t groups_ = 0;                        // of peers, with the one of the rows
  std::deque<value::Value> ready_;
};

}  // namespace octavo::exec
