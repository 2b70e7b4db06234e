#include "exec/window_results.h"

#include <algorithm>

#include "exec/frame_cursor.h"
#include "exec/sliding_aggregate.h"

namespace octavo::exec {
namespace {

using algebra::WindowFunction;
using algebra::WindowKind;
using value::Value;
using Results = std::vector<Value>;

class Computation {
 public:
  Computation(const WindowFunction& function, const algebra::Window& window,
              const Partition& partition, QueryContext& query)
      : function_(function), window_(window), partition_(partition), query_(query) {}

  Result<Results> results() {
    Results out;
    out.reserve(partition_.size());
    switch (function_.kind) {
      case WindowKind::row_number:
      case WindowKind::rank:
      case WindowKind::dense_rank:
      case WindowKind::percent_rank:
      case WindowKind::cume_dist:
      case WindowKind::ntile: TRY_STATUS(count_rows(out)); break;
      case WindowKind::lag:
      case WindowKind::lead: TRY_STATUS(look_aside(out)); break;
      case WindowKind::first_value:
      case WindowKind::last_value:
      case WindowKind::nth_value: TRY_STATUS(look_into_frames(out)); break;
      case WindowKind::aggregate: TRY_STATUS(aggregate(out)); break;
    }
    return out;
  }

 private:
  Result<Value> evaluate(const algebra::ExprPtr& lambda, std::size_t row) {
    return function::evaluate_lambda(lambda, std::span(&partition_.row(row), 1), query_.evaluation);
  }

  // `at(row, group of its peers)` gives the result of a row.
  template <class At>
  Status each_row(Results& out, At&& at) {
    for (std::size_t group = 0; group < partition_.peer_groups(); ++group) {
      const RowSpan peers = partition_.peers(group);
      for (std::size_t row = peers.begin; row < peers.end; ++row) {
        TRY_STATUS(query_.check());
        TRY(Value result, at(row, group));
        out.push_back(std::move(result));
      }
    }
    return {};
  }

  Status count_rows(Results& out) {
    return each_row(out, [this](std::size_t row, std::size_t group) -> Result<Value> {
      const auto size = static_cast<double>(partition_.size());
      const RowSpan peers = partition_.peers(group);
      switch (function_.kind) {
        case WindowKind::row_number: return Value::uint64(row + 1);
        case WindowKind::rank: return Value::uint64(peers.begin + 1);
        case WindowKind::dense_rank: return Value::uint64(group + 1);
        case WindowKind::percent_rank:
          return Value::float64(
              partition_.size() == 1 ? 0 : static_cast<double>(peers.begin) / (size - 1));
        case WindowKind::cume_dist: return Value::float64(static_cast<double>(peers.end) / size);
        default: return Value::uint64(part_of(row) + 1);
      }
    });
  }

  // Parts of equal size, but for the first ones, which have a row more where some are left.
  std::uint64_t part_of(std::size_t row) const {
    const std::uint64_t parts = std::max<std::uint64_t>(function_.count, 1);
    const std::uint64_t least = partition_.size() / parts;
    const std::uint64_t larger = partition_.size() % parts;
    const std::uint64_t in_larger = larger * (least + 1);
    if (row < in_larger) return row / (least + 1);
    return larger + (row - in_larger) / least;
  }

  Status look_aside(Results& out) {
    return each_row(out, [this](std::size_t row, std::size_t) -> Result<Value> {
      const bool back = function_.kind == WindowKind::lag;
      const std::uint64_t there = back ? row : partition_.size() - 1 - row;
      if (function_.count > there) {
        return function_.otherwise == nullptr ? Value() : evaluate(function_.otherwise, row);
      }
      const auto count = static_cast<std::size_t>(function_.count);
      return evaluate(function_.argument, back ? row - count : row + count);
    });
  }

  Status look_into_frames(Results& out) {
    FrameCursor frames(function_.frame, window_, partition_, query_);
    std::optional<std::size_t> last_row;
    Value last;
    return each_row(out, [&](std::size_t row, std::size_t group) -> Result<Value> {
      TRY(const RowSpan frame, frames.of(row, group));
      const std::optional<std::size_t> meant = row_of(frame);
      if (!meant) return Value();
      if (meant != last_row) {
        TRY(last, evaluate(function_.argument, *meant));
        last_row = meant;
      }
      return last;
    });
  }
  std::optional<std::size_t> row_of(const RowSpan& frame) const {
    const std::size_t size = frame.end - frame.begin;
    if (size == 0) return std::nullopt;
    if (function_.kind == WindowKind::first_value) return frame.begin;
    if (function_.kind == WindowKind::last_value) return frame.end - 1;
    if (function_.count == 0 || function_.count > size) return std::nullopt;
    return frame.begin + static_cast<std::size_t>(function_.count) - 1;
  }

  Status aggregate(Results& out) {
    FrameCursor frames(function_.frame, window_, partition_, query_);
    SlidingAggregate sliding(*function_.aggregate, partition_, query_);
    TRY_STATUS(sliding.prepare());
    return each_row(out, [&](std::size_t row, std::size_t group) -> Result<Value> {
      TRY(const RowSpan frame, frames.of(row, group));
      return sliding.over(frame);
    });
  }

  const WindowFunction& function_;
  const algebra::Window& window_;
  const Partition& partition_;
  QueryContext& query_;
};

}  // namespace

Result<Results> window_results(const WindowFunction& function, const algebra::Window& window,
                               const Partition& partition, QueryContext& query) {
  return Computation(function, window, partition, query).results();
}

}  // namespace octavo::exec
