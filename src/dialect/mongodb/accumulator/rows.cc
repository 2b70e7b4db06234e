#include "dialect/mongodb/accumulator/rows.h"

#include <algorithm>
#include <array>

#include "base/rows.h"
#include "dialect/mongodb/accumulator/script.h"
#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using function::aggregate_row;
using function::AggregateRow;
using value::Value;

// Of a new state, with the block it is in.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kNumeric = 256;
constexpr std::size_t kList = 128;

constexpr std::array kRows{
    aggregate_row(AggregateNumber::sum, "mongodb.sum", kNumeric, make_sum),
    aggregate_row(AggregateNumber::average, "mongodb.avg", kNumeric, make_average),
    aggregate_row(AggregateNumber::count, "mongodb.count", kSmall, make_count),
    aggregate_row(AggregateNumber::minimum, "mongodb.min", kSmall, make_minimum),
    aggregate_row(AggregateNumber::maximum, "mongodb.max", kSmall, make_maximum),
    aggregate_row(AggregateNumber::first, "mongodb.first", kSmall, make_first),
    aggregate_row(AggregateNumber::last, "mongodb.last", kSmall, make_last),
    aggregate_row(AggregateNumber::push, "mongodb.push", kList, make_push),
    aggregate_row(AggregateNumber::add_to_set, "mongodb.add_to_set", kList, make_add_to_set),
    aggregate_row(AggregateNumber::merge_objects, "mongodb.merge_objects", kList,
                  make_merge_objects),
    aggregate_row(AggregateNumber::deviation, "mongodb.std_dev_pop", kSmall, make_deviation),
    aggregate_row(AggregateNumber::sample_deviation, "mongodb.std_dev_samp", kSmall,
                  make_sample_deviation),
    aggregate_row(AggregateNumber::first_n, "mongodb.first_n", kList, make_first_n),
    aggregate_row(AggregateNumber::last_n, "mongodb.last_n", kList, make_last_n),
    aggregate_row(AggregateNumber::minimum_n, "mongodb.min_n", kList, make_minimum_n),
    aggregate_row(AggregateNumber::maximum_n, "mongodb.max_n", kList, make_maximum_n),
    aggregate_row(AggregateNumber::top, "mongodb.top", kList, make_top),
    aggregate_row(AggregateNumber::bottom, "mongodb.bottom", kList, make_bottom),
    aggregate_row(AggregateNumber::top_n, "mongodb.top_n", kList, make_top_n),
    aggregate_row(AggregateNumber::bottom_n, "mongodb.bottom_n", kList, make_bottom_n),
    aggregate_row(AggregateNumber::median, "mongodb.median", kList, make_median),
    aggregate_row(AggregateNumber::percentile, "mongodb.percentile", kList, make_percentile),
    aggregate_row(AggregateNumber::covariance, "mongodb.covariance_pop", 3 * kNumeric,
                  make_covariance),
    aggregate_row(AggregateNumber::sample_covariance, "mongodb.covariance_samp", 3 * kNumeric,
                  make_sample_covariance),
    aggregate_row(AggregateNumber::moving_average, "mongodb.exp_moving_avg", kSmall,
                  make_moving_average),
    aggregate_row(AggregateNumber::derivative, "mongodb.derivative", kList, make_derivative),
    aggregate_row(AggregateNumber::integral, "mongodb.integral", kNumeric, make_integral),
    aggregate_row(AggregateNumber::last_known, "mongodb.last_known", kSmall, make_last_known),
    aggregate_row(AggregateNumber::first_known, "mongodb.first_known", kList, make_first_known),
    aggregate_row(AggregateNumber::collect, "mongodb.collect", kSmall, make_collect),
    aggregate_row(AggregateNumber::concat_arrays, "mongodb.concat_arrays", kList,
                  make_concat_arrays),
    aggregate_row(AggregateNumber::set_union, "mongodb.set_union", kList, make_set_union),
    aggregate_row(AggregateNumber::script, "mongodb.accumulator", kList, make_script_accumulator),
    aggregate_row(AggregateNumber::script_reduce, "mongodb.js_reduce", kList, make_script_reduce),
};

static_assert(rows_differ(kRows, &AggregateRow::number, &AggregateRow::name));

}  // namespace

std::span<const AggregateRow> aggregate_rows() { return kRows; }

std::size_t Held::bytes_of(const Value& value) {
  return sizeof(Value) + value.memory_bytes(kMostBytes + 1);
}

Status Held::add(const Value& value) {
  bytes_ += bytes_of(value);
  if (bytes_ > kMostBytes) {
    return error(ErrorCode::exceeded_memory_limit,
                 "{} used too much memory and cannot spill to disk. Memory limit: {} bytes", name_,
                 kMostBytes);
  }
  return charge_.add(sizeof(Value));
}

void Held::remove(const Value& value) {
  bytes_ -= std::min(bytes_, bytes_of(value));
  charge_.remove(sizeof(Value));
}

Result<std::size_t> read_count(const Value& n) {
  constexpr std::uint32_t kNoCount = 7548606;
  const auto count = n.is_number() ? n.to_int64() : std::nullopt;
  if (!count || *count <= 0) {
    return error(kNoCount, "parameter 'n' must be coercible to a positive 64-bit integer, found {}",
                 print_operand(n));
  }
  return static_cast<std::size_t>(*count);
}

Result<WantedCount> WantedCount::of(Options options) {
  WantedCount made;
  made.keyed_ = is_set(options, "keyed");
  if (made.keyed_) return made;
  const Value* n = function::find_option(options, "n");
  TRY(made.count_, read_count(n == nullptr ? Value() : *n));
  return made;
}

Result<std::span<const Value>> WantedCount::rest_of(const Value& argument, std::size_t parts) {
  const std::size_t before = keyed_ ? 1 : 0;
  if (before + parts == 1) return std::span(&argument, 1);
  if (!argument.is_array() || argument.as_array().size() != before + parts) {
    return fail(Code::type_mismatch, "an accumulator of MongoDB has another argument");
  }
  if (keyed_ && count_ == 0) {
    TRY(count_, read_count(argument.as_array().front()));
  }
  return argument.as_array().subspan(before);
}

}  // namespace octavo::mongodb
