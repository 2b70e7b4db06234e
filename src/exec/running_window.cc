#include "exec/running_window.h"

#include <algorithm>
#include <utility>

namespace octavo::exec {
namespace {

using algebra::WindowFunction;
using algebra::WindowKind;
using value::Value;

constexpr std::uint64_t kMostBehind = 1024;  // rows that are kept for a lag

bool ends_with_row(const WindowFunction& function) {
  return function.frame && function.frame->start.edge == algebra::FrameEdge::unbounded_preceding &&
         function.frame->end.edge == algebra::FrameEdge::current_row;
}

bool is_running(const WindowFunction& function) {
  switch (function.kind) {
    case WindowKind::row_number:
    case WindowKind::rank:
    case WindowKind::dense_rank: return true;
    case WindowKind::lag: return function.count <= kMostBehind;
    case WindowKind::first_value:
    case WindowKind::last_value:
    case WindowKind::aggregate: return ends_with_row(function);
    case WindowKind::percent_rank:
    case WindowKind::cume_dist:
    case WindowKind::ntile:
    case WindowKind::lead:
    case WindowKind::nth_value: return false;
  }
  return false;
}

bool is_by_peers(const WindowFunction& function) {
  const bool has_frame = function.kind == WindowKind::aggregate ||
                         function.kind == WindowKind::last_value ||
                         function.kind == WindowKind::first_value;
  return has_frame && function.frame->unit == algebra::FrameUnit::range;
}

}  // namespace

bool is_running(const algebra::Window& window) {
  return std::ranges::all_of(window.functions,
                             [](const WindowFunction& function) { return is_running(function); });
}

RunningWindow::RunningWindow(const algebra::Window& window, QueryContext& query)
    : window_(window),
      query_(query),
      by_peers_(std::ranges::any_of(window.functions, is_by_peers)),
      results_(window.functions.size()) {
  for (std::size_t i = 0; i < window.functions.size(); ++i) states_.emplace_back(query);
}

Status RunningWindow::add(Value row, BytesView order_key) {
  const bool is_peer = group_key_ && BytesView(*group_key_) == order_key;
  if (!is_peer || !by_peers_) TRY_STATUS(give());
  if (!is_peer) {
    group_key_ = Bytes(order_key);
    group_begin_ = given_;
    ++groups_;
  }
  rows_.push_back(std::move(row));
  return {};
}

Value RunningWindow::take() {
  Value row = std::move(ready_.front());
  ready_.pop_front();
  return row;
}

// The rows that wait have all their peers, or need none.
Status RunningWindow::give() {
  TRY_STATUS(query_.check());
  for (std::size_t i = 0; i < window_.functions.size(); ++i) {
    std::vector<Value>& results = results_[i];
    results.clear();
    const WindowFunction& function = window_.functions[i];
    if (is_by_peers(function)) {
      for (const Value& row : rows_) TRY_STATUS(add_to(function, states_[i], row));
    }
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      TRY(Value result, of_row(function, states_[i], row));
      results.push_back(std::move(result));
    }
  }
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::vector<Value> with_results{std::move(rows_[row])};
    for (auto& results : results_) with_results.push_back(std::move(results[row]));
    ready_.push_back(Value::array(std::move(with_results)));
  }
  given_ += rows_.size();
  rows_.clear();
  return {};
}

Status RunningWindow::add_to(const WindowFunction& function, State& state, const Value& row) {
  if (function.kind != WindowKind::aggregate) return {};
  const algebra::Aggregate& aggregate = *function.aggregate;
  if (!state.aggregate) {
    TRY(state.aggregate, make_accumulator(aggregate, value::Order::native, query_, state.memory));
  }
  if (aggregate.argument == nullptr) return state.aggregate->add(Value());
  TRY(const auto argument, unless_missing(evaluate(aggregate.argument, row)));
  return argument ? state.aggregate->add(*argument) : Status();
}

Result<Value> RunningWindow::of_row(const WindowFunction& function, State& state, std::size_t i) {
  const Value& row = rows_[i];
  switch (function.kind) {
    case WindowKind::row_number: return Value::uint64(given_ + i + 1);
    case WindowKind::rank: return Value::uint64(group_begin_ + 1);
    case WindowKind::dense_rank: return Value::uint64(groups_);
    case WindowKind::lag: {
      state.last.push_back(row);
      if (function.count >= state.last.size()) {
        return function.otherwise == nullptr ? Value() : evaluate(function.otherwise, row);
      }
      TRY(Value result, evaluate(function.argument, state.last.front()));
      state.last.pop_front();
      return result;
    }
    case WindowKind::first_value:
      if (!state.first) {
        TRY(state.first, evaluate(function.argument, row));
      }
      return *state.first;
    case WindowKind::last_value:
      return evaluate(function.argument, is_by_peers(function) ? rows_.back() : row);
    default: break;
  }
  if (!is_by_peers(function)) TRY_STATUS(add_to(function, state, row));
  return state.aggregate->result();
}

Result<Value> RunningWindow::evaluate(const algebra::ExprPtr& lambda, const Value& row) {
  return function::evaluate_lambda(lambda, std::span(&row, 1), query_.evaluation);
}

}  // namespace octavo::exec
