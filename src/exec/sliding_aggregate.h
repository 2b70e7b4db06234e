#pragma once

// An aggregate over frames that follow each other. Rows that a frame has beyond the one before it
// are added, and rows that it has no more are taken out where the aggregate can do that; where it
// cannot, all rows of such a frame are added to a new one. So each row costs once what it adds,
// or as much as its frame is long.

#include <optional>

#include "exec/accumulator.h"
#include "exec/partition.h"

namespace octavo::exec {

class SlidingAggregate {
 public:
  SlidingAggregate(const algebra::Aggregate& aggregate, const Partition& partition,
                   QueryContext& query)
      : aggregate_(aggregate), partition_(partition), query_(query), memory_(query) {}

  // Evaluates the aggregate's argument for each row.
  Status prepare();
  Result<value::Value> over(const RowSpan& frame);

 private:
  Status restart(std::size_t begin);
  Status add_until(std::size_t end);
  Status remove_until(std::size_t begin);

  const algebra::Aggregate& aggregate_;
  const Partition& partition_;
  QueryContext& query_;
  MemoryCharge memory_;
  std::optional<MemoryCharge> state_memory_;
  std::vector<std::optional<value::Value>> arguments_;  // nothing where it is missing
  std::optional<Accumulator> held_;
  RowSpan rows_;                        // that it holds
  std::optional<value::Value> result_;  // of those
};

}  // namespace octavo::exec
