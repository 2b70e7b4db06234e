#include "dialect/sql/aggregate/rows.h"

#include <array>
#include <utility>

#include "base/rows.h"
#include "dialect/sql/aggregate/states.h"

namespace octavo::sql {
namespace {

using function::aggregate_row;
using function::AggregateRow;

// Of a new state, with the block it is in.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kDecimal = 160;
constexpr std::size_t kText = 256;

constexpr std::array kRows{
    aggregate_row(AggregateNumber::count, "sql.count_of", kSmall, make_count),
    aggregate_row(AggregateNumber::count_distinct, "sql.count_distinct", kText,
                  make_count_distinct),
    aggregate_row(AggregateNumber::sum_exact, "sql.sum_exact", kDecimal, make_sum_exact),
    aggregate_row(AggregateNumber::average_exact, "sql.average_exact", kDecimal,
                  make_average_exact),
    aggregate_row(AggregateNumber::sum_real, "sql.sum_real", kSmall, make_sum_real),
    aggregate_row(AggregateNumber::average_real, "sql.average_real", kSmall, make_average_real),
    aggregate_row(AggregateNumber::minimum, "sql.minimum", kSmall, make_minimum),
    aggregate_row(AggregateNumber::maximum, "sql.maximum", kSmall, make_maximum),
    aggregate_row(AggregateNumber::minimum_by, "sql.minimum_by", kSmall, make_minimum_by),
    aggregate_row(AggregateNumber::maximum_by, "sql.maximum_by", kSmall, make_maximum_by),
    aggregate_row(AggregateNumber::any_value, "sql.any_value_of", kSmall, make_any_value),
    aggregate_row(AggregateNumber::bit_and, "sql.bit_and_of", kSmall, make_bit_and),
    aggregate_row(AggregateNumber::bit_or, "sql.bit_or_of", kSmall, make_bit_or),
    aggregate_row(AggregateNumber::bit_xor, "sql.bit_xor_of", kSmall, make_bit_xor),
    aggregate_row(AggregateNumber::variance, "sql.variance", kSmall, make_variance),
    aggregate_row(AggregateNumber::sample_variance, "sql.sample_variance", kSmall,
                  make_sample_variance),
    aggregate_row(AggregateNumber::deviation, "sql.deviation", kSmall, make_deviation),
    aggregate_row(AggregateNumber::sample_deviation, "sql.sample_deviation", kSmall,
                  make_sample_deviation),
    aggregate_row(AggregateNumber::group_concat, "sql.group_concat", kText, make_group_concat),
    aggregate_row(AggregateNumber::json_array, "sql.json_array_of", kSmall, make_json_array),
    aggregate_row(AggregateNumber::json_object, "sql.json_object_of", kSmall, make_json_object),
};

static_assert(rows_differ(kRows, &AggregateRow::number, &AggregateRow::name));

}  // namespace

std::span<const AggregateRow> aggregate_rows() { return kRows; }

std::int64_t number_of(Options options, std::string_view name, std::int64_t otherwise) {
  const value::Value* found = function::find_option(options, name);
  return found != nullptr && found->is_number() ? found->to_int64().value_or(otherwise) : otherwise;
}

function::AggregateStatePtr distinct_if_set(function::AggregateStatePtr state, Options options,
                                            function::EvalContext& context) {
  if (!is_set(options, "distinct")) return state;
  return std::make_unique<DistinctState>(std::move(state), context);
}

}  // namespace octavo::sql
