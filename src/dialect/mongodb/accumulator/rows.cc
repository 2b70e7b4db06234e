#include "dialect/mongodb/accumulator/rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/rows.h"
#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using function::AggregateRow;
using value::Value;

// Of a new state, with the block it is in.
constexpr std::size_t kSmall = 64;
constexpr std::size_t kNumeric = 256;
constexpr std::size_t kList = 128;

constexpr AggregateRow row(AggregateNumber number, std::string_view name, std::size_t bytes,
                           MadeState (*make)(Options, function::EvalContext&)) {
  return {std::to_underlying(number), name, bytes, make};
}

constexpr std::array kRows{
    row(AggregateNumber::sum, "mongodb.sum", kNumeric, make_sum),
    row(AggregateNumber::average, "mongodb.avg", kNumeric, make_average),
    row(AggregateNumber::count, "mongodb.count", kSmall, make_count),
    row(AggregateNumber::minimum, "mongodb.min", kSmall, make_minimum),
    row(AggregateNumber::maximum, "mongodb.max", kSmall, make_maximum),
    row(AggregateNumber::first, "mongodb.first", kSmall, make_first),
    row(AggregateNumber::last, "mongodb.last", kSmall, make_last),
    row(AggregateNumber::push, "mongodb.push", kList, make_push),
    row(AggregateNumber::add_to_set, "mongodb.add_to_set", kList, make_add_to_set),
    row(AggregateNumber::merge_objects, "mongodb.merge_objects", kList, make_merge_objects),
    row(AggregateNumber::deviation, "mongodb.std_dev_pop", kSmall, make_deviation),
    row(AggregateNumber::sample_deviation, "mongodb.std_dev_samp", kSmall, make_sample_deviation),
    row(AggregateNumber::first_n, "mongodb.first_n", kList, make_first_n),
    row(AggregateNumber::last_n, "mongodb.last_n", kList, make_last_n),
    row(AggregateNumber::minimum_n, "mongodb.min_n", kList, make_minimum_n),
    row(AggregateNumber::maximum_n, "mongodb.max_n", kList, make_maximum_n),
    row(AggregateNumber::top, "mongodb.top", kList, make_top),
    row(AggregateNumber::bottom, "mongodb.bottom", kList, make_bottom),
    row(AggregateNumber::top_n, "mongodb.top_n", kList, make_top_n),
    row(AggregateNumber::bottom_n, "mongodb.bottom_n", kList, make_bottom_n),
    row(AggregateNumber::median, "mongodb.median", kList, make_median),
    row(AggregateNumber::percentile, "mongodb.percentile", kList, make_percentile),
    row(AggregateNumber::covariance, "mongodb.covariance_pop", 3 * kNumeric, make_covariance),
    row(AggregateNumber::sample_covariance, "mongodb.covariance_samp", 3 * kNumeric,
        make_sample_covariance),
    row(AggregateNumber::moving_average, "mongodb.exp_moving_avg", kSmall, make_moving_average),
    row(AggregateNumber::derivative, "mongodb.derivative", kList, make_derivative),
    row(AggregateNumber::integral, "mongodb.integral", kNumeric, make_integral),
    row(AggregateNumber::last_known, "mongodb.last_known", kSmall, make_last_known),
    row(AggregateNumber::first_known, "mongodb.first_known", kList, make_first_known),
    row(AggregateNumber::collect, "mongodb.collect", kSmall, make_collect),
    row(AggregateNumber::concat_arrays, "mongodb.concat_arrays", kList, make_concat_arrays),
    row(AggregateNumber::set_union, "mongodb.set_union", kList, make_set_union),
};

static_assert(rows_differ(kRows, &AggregateRow::number, &AggregateRow::name));

}  // namespace

std::span<const AggregateRow> aggregate_rows() { return kRows; }

bool is_set(Options options, std::string_view name) {
  const Value* found = function::find_option(options, name);
  return found != nullptr && found->type() == value::Type::boolean && found->as_boolean();
}

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
