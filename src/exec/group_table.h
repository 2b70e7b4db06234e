#pragma once

// The groups of a Group node. Where they come to the limit of what may be held no group is added
// any more: rows of others are written to disk, divided by their keys, and become groups when all
// rows have been added to those that are held. So the rows of a group are added in the order in
// which they came, whatever its aggregates keep of them. What groups come to is then written as
// well, and merged. One thread at a time.

#include <deque>
#include <optional>
#include <vector>

#include "exec/accumulator.h"
#include "exec/hold_limit.h"
#include "exec/key_index.h"
#include "exec/sorted_runs.h"
#include "exec/spill_partitions.h"

namespace octavo::exec {

// The key of a row's group: null without keys, an array of several.
value::Value group_key(std::vector<value::Value> keys);
// With a rollup: an array always, in which those that are left out come behind every value.
value::Value rollup_key(std::span<const value::Value> keys, std::size_t left_out);

// Groups are found by the bytes of their keys (value/order_key.h) and leave in the order of those.
class GroupTable {
 public:
  using Accumulators = std::vector<Accumulator>;

  GroupTable(const algebra::Group& group, const OperatorContext& context)
      : group_(group),
        query_(context.query),
        limit_(context, HoldLimit::Worth::any),
        memory_(query_),
        only_integers_(group.keys.size() == 1 && !group.rollup),
        keys_(query_) {}

  // Adds the group that there is without any row, if there is one, and answers what it holds where
  // it is the only one.
  Result<Accumulators*> begin();
  // Adds a row. `key(i)` and `argument(i)` evaluate those of the node, which has one of that
  // number, to a Result<std::optional<Value>>: nothing where it is missing. Arguments first: a row
  // that misses one that is required makes no group.
  template <class Key, class Argument>
  Status add_row(Key&& key, Argument&& argument) {
    arguments_.clear();
    for (std::size_t i = 0; i < group_.aggregates.size(); ++i) {
      std::optional<value::Value>& into = arguments_.emplace_back(std::in_place);
      if (group_.aggregates[i].argument == nullptr) continue;
      TRY(into, argument(i));
      if (!into && group_.aggregates[i].required) return {};
    }
    std::vector<value::Value> keys;
    for (std::size_t i = 0; i < group_.keys.size(); ++i) {
      TRY(const std::optional<value::Value> part, key(i));
      keys.push_back(part.value_or(value::Value()));
    }
    if (!group_.rollup) return add_to(group_key(std::move(keys)));
    for (std::size_t left_out = 0; left_out <= keys.size(); ++left_out) {
      TRY_STATUS(add_to(rollup_key(keys, left_out)));
    }
    return {};
  }
  // The number of the group of a `group_key`, for who adds to it. Nothing: its rows are to be added
  // one by one.
  using Number = KeyIndex::Number;
  Result<std::optional<Number>> group_of(const value::Value& key) { return find_or_add(key); }
  // The same of an integer or null that has no group yet. As long as all groups are made by this,
  // only who calls it knows which ones there are.
  Result<std::optional<Number>> add_integer(std::optional<std::int64_t> key);
  // From now on groups are found by the table.
  Status find_all();
  // To what is added: states of all groups where an aggregate has such, else its accumulator in a
  // group.
  function::GroupedStates* grouped(std::size_t aggregate) const {
    return grouped_.empty() ? nullptr : grouped_[aggregate].get();
  }
  Accumulator& accumulator(Number group, std::size_t aggregate) {
    return groups_[group].accumulators[aggregate - grouped_before(aggregate)];
  }
  // Once no group will be added: moves up to `max_rows` rows {group, reduction} to `out`. Several
  // aggregates make the reduction an array.
  Status take(std::size_t max_rows, Rows& out);

 private:
  struct Group {
    value::Value key;
    Accumulators accumulators;  // of aggregates without states of all groups
  };
  // A group, and some bytes of its key, of the same place in it for all, as a number.
  struct Ordered {
    std::uint64_t prefix = 0;
    Number number = 0;
  };
  // Rows of groups that are not made yet.
  struct Later {
    std::unique_ptr<RowFile> rows;
    unsigned level = 0;  // how many times they have been divided
  };

  // That of a `group_key`. New ones are charged. Nothing: it is to be one of the later groups.
  Result<std::optional<Number>> find_or_add(const value::Value& key);
  // Adds what `arguments_` are.
  Status add_to(const value::Value& key);
  Status start_grouped();
  bool all_are_grouped() const {
    return grouped_before(group_.aggregates.size()) == group_.aggregates.size();
  }
  std::size_t count() const { return only_integers_ ? integers_.size() : groups_.size(); }
  value::Value key_of(Number number) const;
  std::size_t grouped_before(std::size_t aggregate) const {
    return grouped_.empty() ? 0 : grouped_before_[aggregate];
  }
  Result<Accumulators> fresh();
  bool is_full();
  std::size_t equal_in_all_keys() const;
  Status put_in_order();
  Status put_integers_in_order();
  Status put_keys_in_order();
  Result<value::Value> result_of(Number group, std::size_t aggregate);
  Result<value::Value> take_next();

  Status put_off(const value::Value& key);
  Status add_later_row(BytesView content);
  Status make_later_groups();
  Status write_results();
  Status take_results(std::size_t max_rows, Rows& out);
  Result<value::Value> row_of(Number number);

  const algebra::Group& group_;
  QueryContext& query_;
  HoldLimit limit_;
  MemoryCharge memory_;
  // Groups of integers and null alone, all of whose aggregates have states of all groups, are held
  // as those: each by its number.
  bool only_integers_;
  std::vector<std::int64_t> integers_;
  std::optional<Number> null_;   // which of them is that of null
  KeyIndex keys_;                // of the groups, by their numbers
  std::deque<Group> groups_;     // which stay where they are
  std::size_t group_bytes_ = 0;  // of those, about
  // Of each aggregate, null where it has none; empty: before there is a group, or without keys.
  std::vector<std::unique_ptr<function::GroupedStates>> grouped_;
  std::vector<std::size_t> grouped_before_;    // how many aggregates before one have such
  std::size_t state_bytes_ = 0;                // of those in a group
  std::optional<std::vector<Ordered>> order_;  // in which they leave, once no more are added
  std::size_t at_ = 0;                         // in that: the next one
  std::vector<std::optional<value::Value>> arguments_;  // of the row being added
  std::optional<SpillPartitions> others_;               // rows of groups that are not held
  unsigned level_ = 0;                                  // of the rows that are being added
  std::vector<Later> later_;
  std::optional<SortedRuns> results_;  // where there are later groups: rows of all, and errors
  Bytes key_bytes_;
  Bytes content_;
};

}  // namespace octavo::exec
