#pragma once

// The states of aggregates, made by the rows of rows.cc. Each takes the arguments that
// AggregateNumber says (rows.h).

#include <cstddef>
#include <memory>
#include <span>
#include <unordered_set>
#include <utility>

#include "function/aggregate_rows.h"
#include "function/family.h"
#include "value/account.h"

namespace octavo::sql {

using Options = std::span<const algebra::Option>;
using function::is_set;
using MadeState = Result<function::AggregateStatePtr>;

// Values that were met, as they are compared natively.
class Met {
 public:
  explicit Met(function::EvalContext& context) : charge_(context.account) {}

  Result<bool> add(const value::Value& value) {
    if (!values_.insert(value).second) return false;
    TRY_STATUS(charge_.add(kEntryBytes));
    return true;
  }

 private:
  static constexpr std::size_t kEntryBytes = 64;  // of the set, beside what values hold
  struct Hash {
    std::size_t operator()(const value::Value& value) const { return value::hash(value); }
  };

  value::Charge charge_;
  std::unordered_set<value::Value, Hash> values_;
};

// Passes on to another state what it has not met before.
class DistinctState final : public function::AggregateState {
 public:
  DistinctState(function::AggregateStatePtr of, function::EvalContext& context)
      : of_(std::move(of)), met_(context) {}

  Status add(const value::Value& argument) override {
    if (argument.is_null()) return {};
    TRY(const bool is_new, met_.add(argument));
    return is_new ? of_->add(argument) : Status();
  }
  Result<value::Value> result() override { return of_->result(); }

 private:
  function::AggregateStatePtr of_;
  Met met_;
};

std::int64_t number_of(Options options, std::string_view name, std::int64_t otherwise);
// As it is, or distinct if the options say so.
function::AggregateStatePtr distinct_if_set(function::AggregateStatePtr state, Options options,
                                            function::EvalContext& context);

// count.cc
MadeState make_count(Options options, function::EvalContext& context);
MadeState make_count_distinct(Options options, function::EvalContext& context);
// sum.cc
MadeState make_sum_exact(Options options, function::EvalContext& context);
MadeState make_average_exact(Options options, function::EvalContext& context);
MadeState make_sum_real(Options options, function::EvalContext& context);
MadeState make_average_real(Options options, function::EvalContext& context);
// extreme.cc
MadeState make_minimum(Options options, function::EvalContext& context);
MadeState make_maximum(Options options, function::EvalContext& context);
MadeState make_minimum_by(Options options, function::EvalContext& context);
MadeState make_maximum_by(Options options, function::EvalContext& context);
MadeState make_any_value(Options options, function::EvalContext& context);
// bits.cc
MadeState make_bit_and(Options options, function::EvalContext& context);
MadeState make_bit_or(Options options, function::EvalContext& context);
MadeState make_bit_xor(Options options, function::EvalContext& context);
// spread.cc
MadeState make_variance(Options options, function::EvalContext& context);
MadeState make_sample_variance(Options options, function::EvalContext& context);
MadeState make_deviation(Options options, function::EvalContext& context);
MadeState make_sample_deviation(Options options, function::EvalContext& context);
// group_concat.cc
MadeState make_group_concat(Options options, function::EvalContext& context);
// json.cc
MadeState make_json_array(Options options, function::EvalContext& context);
MadeState make_json_object(Options options, function::EvalContext& context);

}  // namespace octavo::sql
