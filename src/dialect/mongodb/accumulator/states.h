#pragma once

// The states of aggregates, made by the rows of rows.cc. Each takes the arguments that
// AggregateNumber says (rows.h).

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "function/aggregate_rows.h"
#include "function/family.h"
#include "value/account.h"
#include "value/value.h"

namespace octavo::mongodb {

using Options = std::span<const algebra::Option>;
using function::is_set;
using MadeState = Result<function::AggregateStatePtr>;

// What a state keeps of the values that it was given. They are charged where they were made; the
// places they are in are charged here, and all of it has MongoDB's limit for one group (146).
class Held {
 public:
  Held(std::string_view name, function::EvalContext& context)
      : name_(name), charge_(context.account) {}

  Status add(const value::Value& value);
  void remove(const value::Value& value);

 private:
  static constexpr std::size_t kMostBytes = 100 * kMiB;
  static std::size_t bytes_of(const value::Value& value);

  std::string_view name_;
  value::Charge charge_;
  std::size_t bytes_ = 0;
};

// How many values are wanted ($firstN and others): an option, or the first part of each argument,
// where it depends on the group.
class WantedCount {
 public:
  static Result<WantedCount> of(Options options);

  std::size_t count() const { return count_; }
  // The parts of an argument behind the count, of which there are `parts`.
  Result<std::span<const value::Value>> rest_of(const value::Value& argument, std::size_t parts);

 private:
  bool keyed_ = false;
  std::size_t count_ = 0;  // 0: not known yet
};

// 7548606 for what is no positive integer.
Result<std::size_t> read_count(const value::Value& n);

// sum.cc
MadeState make_sum(Options options, function::EvalContext& context);
MadeState make_average(Options options, function::EvalContext& context);
MadeState make_count(Options options, function::EvalContext& context);
// extreme.cc
MadeState make_minimum(Options options, function::EvalContext& context);
MadeState make_maximum(Options options, function::EvalContext& context);
MadeState make_minimum_n(Options options, function::EvalContext& context);
MadeState make_maximum_n(Options options, function::EvalContext& context);
// ends.cc
MadeState make_first(Options options, function::EvalContext& context);
MadeState make_last(Options options, function::EvalContext& context);
MadeState make_first_n(Options options, function::EvalContext& context);
MadeState make_last_n(Options options, function::EvalContext& context);
MadeState make_last_known(Options options, function::EvalContext& context);
MadeState make_first_known(Options options, function::EvalContext& context);
// collect.cc
MadeState make_collect(Options options, function::EvalContext& context);
MadeState make_concat_arrays(Options options, function::EvalContext& context);
MadeState make_set_union(Options options, function::EvalContext& context);
MadeState make_push(Options options, function::EvalContext& context);
MadeState make_add_to_set(Options options, function::EvalContext& context);
MadeState make_merge_objects(Options options, function::EvalContext& context);
// ranked.cc
MadeState make_top(Options options, function::EvalContext& context);
MadeState make_bottom(Options options, function::EvalContext& context);
MadeState make_top_n(Options options, function::EvalContext& context);
MadeState make_bottom_n(Options options, function::EvalContext& context);
// spread.cc
MadeState make_deviation(Options options, function::EvalContext& context);
MadeState make_sample_deviation(Options options, function::EvalContext& context);
MadeState make_covariance(Options options, function::EvalContext& context);
MadeState make_sample_covariance(Options options, function::EvalContext& context);
// percentile.cc
MadeState make_median(Options options, function::EvalContext& context);
MadeState make_percentile(Options options, function::EvalContext& context);
// course.cc
MadeState make_moving_average(Options options, function::EvalContext& context);
MadeState make_derivative(Options options, function::EvalContext& context);
MadeState make_integral(Options options, function::EvalContext& context);

}  // namespace octavo::mongodb
