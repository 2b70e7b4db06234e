#pragma once

// The groups of a Group node and what is aggregated in each.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "algebra/plan.h"
#include "exec/context.h"
#include "exec/operator.h"

namespace octavo::exec {

// One running aggregate. Sums add in the order rows come, in doubles, as ReQL does; a dialect with
// exact sums brings its own (function/aggregate.h).
class Accumulator {
 public:
  Accumulator(algebra::AggregateKind kind, value::Order order) : kind_(kind), order_(order) {}
  explicit Accumulator(function::AggregateStatePtr state)
      : kind_(algebra::AggregateKind::function), own_(std::move(state)) {}

  Status add(const value::Value& argument);
  // As `add`, of a sum or an average.
  void add_number(double argument) {
    ++count_;
    sum_ += argument;
  }
  // Rows of a count.
  void add_rows(std::uint64_t rows) { count_ += rows; }
  // Null when there was nothing to aggregate, except for counts and sums. More may be added then.
  Result<value::Value> result();
  // As function::AggregateState has them. Sums of doubles are not the same when something was added
  // and taken out.
  bool removes() const;
  Status remove(const value::Value& argument);

 private:
  algebra::AggregateKind kind_;
  value::Order order_ = value::Order::native;  // for least and greatest
  std::uint64_t count_ = 0;
  double sum_ = 0;
  value::Value best_;
  function::AggregateStatePtr own_;  // of kind `function`
};

// A new one for an aggregate of a node; of what a family brings the state is charged to `memory`.
// `unsupported`: the aggregate is not known to this version.
Result<Accumulator> make_accumulator(const algebra::Aggregate& aggregate, value::Order order,
                                     QueryContext& query, MemoryCharge& memory);

// `evaluated`, or nothing where it is missing.
Result<std::optional<value::Value>> unless_missing(Result<value::Value> evaluated);

// The key of a row's group: null without keys, an array of several.
value::Value group_key(std::vector<value::Value> keys);
// With a rollup: an array always, in which those that are left out come behind every value.
value::Value rollup_key(std::span<const value::Value> keys, std::size_t left_out);

// Hashless, over an ordered map: groups leave in key order.
class GroupTable {
 public:
  using Accumulators = std::vector<Accumulator>;

  GroupTable(const algebra::Group& group, QueryContext& query)
      : group_(group), query_(query), memory_(query), groups_(KeyOrder{group.order}) {}

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
  // Once no group will be added: moves up to `max_rows` rows {group, reduction} to `out`. Several
  // aggregates make the reduction an array.
  Status take(std::size_t max_rows, Rows& out);

 private:
  struct KeyOrder {
    value::Order order;
    bool operator()(const value::Value& a, const value::Value& b) const {
      return value::compare(a, b, order) < 0;
    }
  };

  // Those of a `group_key`. New ones are charged.
  Result<Accumulators*> find_or_add(const value::Value& key);
  // Adds what `arguments_` are.
  Status add_to(const value::Value& key);
  Result<Accumulators> fresh();

  const algebra::Group& group_;
  QueryContext& query_;
  MemoryCharge memory_;
  std::map<value::Value, Accumulators, KeyOrder> groups_;
  std::vector<std::optional<value::Value>> arguments_;  // of the row being added
};

}  // namespace octavo::exec
