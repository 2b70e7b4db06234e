#pragma once

// The groups of a Group node and what is aggregated in each.

#include <cstdint>
#include <map>
#include <vector>

#include "algebra/plan.h"
#include "exec/context.h"
#include "exec/operator.h"

namespace octavo::exec {

// One running aggregate. Sums add in the order rows come, in doubles, as ReQL does; a dialect with
// exact sums brings its own aggregate kind.
class Accumulator {
 public:
  Accumulator(algebra::AggregateKind kind, value::Order order) : kind_(kind), order_(order) {}

  Status add(const value::Value& argument);
  // As `add`, of a sum or an average.
  void add_number(double argument) {
    ++count_;
    sum_ += argument;
  }
  // Rows of a count.
  void add_rows(std::uint64_t rows) { count_ += rows; }
  // Null when there was nothing to aggregate, except for counts and sums.
  value::Value result() const;

 private:
  algebra::AggregateKind kind_;
  value::Order order_;  // for least and greatest
  std::uint64_t count_ = 0;
  double sum_ = 0;
  value::Value best_;
};

// The key of a row's group: null without keys, an array of several.
value::Value group_key(std::vector<value::Value> keys);

// Hashless, over an ordered map: groups leave in key order.
class GroupTable {
 public:
  using Accumulators = std::vector<Accumulator>;

  GroupTable(const algebra::Group& group, QueryContext& query)
      : group_(group), memory_(query), groups_(KeyOrder{group.order}) {}

  // Those of a `group_key`. New ones are charged.
  Result<Accumulators*> find_or_add(const value::Value& key);
  // Once no group will be added: moves up to `max_rows` rows {group, reduction} to `out`. Several
  // aggregates make the reduction an array.
  void take(std::size_t max_rows, Rows& out);

 private:
  struct KeyOrder {
    value::Order order;
    bool operator()(const value::Value& a, const value::Value& b) const {
      return value::compare(a, b, order) < 0;
    }
  };

  const algebra::Group& group_;
  MemoryCharge memory_;
  std::map<value::Value, Accumulators, KeyOrder> groups_;
};

}  // namespace octavo::exec
