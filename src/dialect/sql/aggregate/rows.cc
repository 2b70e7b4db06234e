#include "dialect/sql/aggregate/rows.h"

#include <array>
#include <utility>

#include "base/rows.h"
#include "dialect/sql/aggregate/states.h"

namespace octavo::sql {
namespace {

using function::AggregateRow;

// Of a new state, with the block it is in.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kDecimal = 160;
constexpr std::size_t kText = 256;

constexpr AggregateRow row(AggregateNumber number, std::string_view name, std::size_t bytes,
                           MadeState (*make)(Options, function::EvalContext&)) {
  return {std::to_underlying(number), name, bytes, make};
}

constexpr std::array kRows{
    row(AggregateNumber::count, "sql.count_of", kSmall, make_count),
    row(AggregateNumber::count_distinct, "sql.count_distinct", kText, make_count_distinct),
    row(AggregateNumber::sum_exact, "sql.sum_exact", kDecimal, make_sum_exact),
    row(AggregateNumber::average_exact, "sql.average_exact", kDecimal, make_average_exact),
    row(AggregateNumber::sum_real, "sql.sum_real", kSmall, make_sum_real),
    row(AggregateNumber::average_real, "sql.average_real", kSmall, make_average_real),
    row(AggregateNumber::minimum, "sql.minimum", kSmall, make_minimum),
    row(AggregateNumber::maximum, "sql.maximum", kSmall, make_maximum),
    row(AggregateNumber::minimum_by, "sql.minimum_by", kSmall, make_minimum_by),
    row(AggregateNumber::maximum_by, "sql.maximum_by", kSmall, make_maximum_by),
    row(AggregateNumber::any_value, "sql.any_value_of", kSmall, make_any_value),
    row(AggregateNumber::bit_and, "sql.bit_and_of", kSmall, make_bit_and),
    row(AggregateNumber::bit_or, "sql.bit_or_of", kSmall, make_bit_or),
    row(AggregateNumber::bit_xor, "sql.bit_xor_of", kSmall, make_bit_xor),
    row(AggregateNumber::variance, "sql.variance", kSmall, make_variance),
    row(AggregateNumber::sample_variance, "sql.sample_variance", kSmall, make_sample_variance),
    row(AggregateNumber::deviation, "sql.deviation", kSmall, make_deviation),
    row(AggregateNumber::sample_deviation, "sql.sample_deviation", kSmall, make_sample_deviation),
    row(AggregateNumber::group_concat, "sql.group_concat", kText, make_group_concat),
    row(AggregateNumber::json_array, "sql.json_array_of", kSmall, make_json_array),
    row(AggregateNumber::json_object, "sql.json_object_of", kSmall, make_json_object),
};

static_assert(rows_differ(kRows, &AggregateRow::number, &AggregateRow::name));

}  // namespace

std::span<const AggregateRow> aggregate_rows() { return kRows; }

bool is_set(Options options, std::string_view name) {
  const value::Value* found = function::find_option(options, name);
  return found != nullptr && found->type() == value::Type::boolean && found->as_boolean();
}

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
