#pragma once

// The frames of the rows of a partition, one row after the other.

#include <optional>

#include "algebra/plan.h"
#include "exec/partition.h"

namespace octavo::exec {

class FrameCursor {
 public:
  // All of it outlives the cursor.
  FrameCursor(const std::optional<algebra::Frame>& frame, const algebra::Window& window,
              const Partition& partition, QueryContext& query)
      : frame_(frame), window_(window), partition_(partition), query_(query) {}

  // The frame of a row; `group`: of its peers. Rows are asked for in their order.
  Result<RowSpan> of(std::size_t row, std::size_t group);

 private:
  struct Limit {
    std::optional<std::size_t> group;  // whose limit it is; unset: none was looked for yet
    std::size_t at = 0;
  };
  enum class Side : std::uint8_t { start, end };

  std::size_t by_rows(const algebra::FrameBound& bound, std::size_t row, Side side) const;
  Result<std::size_t> by_range(const algebra::FrameBound& bound, std::size_t row, std::size_t group,
                               Side side, Limit& found) const;
  Result<std::size_t> find_limit(const algebra::FrameBound& bound, std::size_t row,
                                 std::size_t group, Side side) const;

  const std::optional<algebra::Frame>& frame_;
  const algebra::Window& window_;
  const Partition& partition_;
  QueryContext& query_;
  Limit start_;
  Limit end_;
};

}  // namespace octavo::exec
