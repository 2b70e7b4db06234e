#pragma once

// The states of one aggregate for many groups, side by side in memory: what a group takes is a few
// numbers in place of an object of its own, and the rows of a batch are added in one call, whatever
// their groups are. Comes to the same as an AggregateState for each group.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "function/kernel.h"
#include "value/value.h"

namespace octavo::function {

class GroupedStates {
 public:
  using Group = std::uint32_t;

  GroupedStates() = default;
  GroupedStates(const GroupedStates&) = delete;
  GroupedStates& operator=(const GroupedStates&) = delete;
  virtual ~GroupedStates() = default;

  // What a group takes, which whoever adds groups has charged.
  virtual std::size_t bytes_of_group() const = 0;
  // A further group, to which nothing has been added: the groups are numbered from 0.
  virtual void add_group() = 0;
  // As AggregateState has them. `groups[i]` is the group of `rows[i]`.
  virtual Status add(Group group, const value::Value& argument) = 0;
  virtual Status add_rows(const Operand& arguments, Shape shape,
                          std::span<const std::uint16_t> rows, std::span<const Group> groups);
  // Rows of an aggregate without an argument, by their groups.
  virtual Status add_each(std::span<const Group> groups) {
    for (const Group group : groups) TRY_STATUS(add(group, value::Value()));
    return {};
  }
  virtual Result<value::Value> result(Group group) = 0;
  // Has what `result` will look at on its way.
  virtual void prefetch(Group group) const = 0;
};

// What the state (AggregateState) of an aggregate is as well, where there are such.
class HasGroupedStates {
 public:
  HasGroupedStates() = default;
  HasGroupedStates(const HasGroupedStates&) = delete;
  HasGroupedStates& operator=(const HasGroupedStates&) = delete;
  virtual ~HasGroupedStates() = default;

  virtual std::unique_ptr<GroupedStates> grouped() const = 0;
};

// The groups of an aggregate whose state of one is a `State`; a class that is derived from this
// adds to them.
template <class State>
class GroupsOf : public GroupedStates {
 public:
  // `beside`: what a group may take elsewhere.
  explicit GroupsOf(std::size_t beside = 0) : beside_(beside) {}
  // Room is made by doubling.
  std::size_t bytes_of_group() const final { return 2 * sizeof(State) + beside_; }
  void add_group() final { states_.emplace_back(); }
  void prefetch(Group group) const final { __builtin_prefetch(&states_[group]); }

 protected:
  std::vector<State> states_;

 private:
  std::size_t beside_;
};

}  // namespace octavo::function
