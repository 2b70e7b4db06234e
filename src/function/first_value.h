#pragma once

// Aggregates that give one of the values that were added, whichever: rows behind the first one of
// a group need not be looked at for them.

namespace octavo::function {

// What the state (AggregateState) of such an aggregate is as well. It gives the first one.
class KeepsFirst {
 public:
  KeepsFirst() = default;
  KeepsFirst(const KeepsFirst&) = delete;
  KeepsFirst& operator=(const KeepsFirst&) = delete;
  virtual ~KeepsFirst() = default;
};

}  // namespace octavo::function
