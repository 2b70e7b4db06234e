// $sort, $limit, $skip, $sample.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::PlanPtr;
using value::Value;

Result<Step> parse_sort(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kEmpty = 15976;
  TRY(SortPattern pattern, parse_sort_pattern(operand, context.variables));
  if (pattern.empty()) return error(kEmpty, "$sort stage must have at least one sort key");
  Step step;
  step.changes.kind = Changes::Kind::fields;
  step.plan = [keys = sort_keys(pattern, context.variables)](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(
        algebra::Sort{.input = std::move(input), .keys = keys, .order = value::Order::bson});
  };
  step.sort = std::move(pattern);
  return step;
}

// A number of rows: integral, not below zero, in 64 bits.
Result<std::uint64_t> read_rows(std::string_view stage, std::uint32_t code, const Value& operand) {
  if (!operand.is_number()) {
    return error(code, "invalid argument to {} stage: Expected a number in: {}: {}", stage, stage,
                 print(operand));
  }
  if (is_negative(operand)) {
    return error(code, "invalid argument to {} stage: Expected a non-negative number in: {}: {}",
                 stage, stage, print(operand));
  }
  const auto rows = operand.to_int64();
  if (!rows) {
    return error(code, "invalid argument to {} stage: Expected an integer: {}: {}", stage, stage,
                 print(operand));
  }
  return static_cast<std::uint64_t>(*rows);
}

Step limit_step(algebra::Limit limit) {
  Step step;
  step.plan = [limit](PlanPtr input) -> Result<PlanPtr> {
    algebra::Limit node = limit;
    node.input = std::move(input);
    return algebra::make_plan(std::move(node));
  };
  return step;
}

Result<Step> parse_limit(const Value& operand, StageContext& /*context*/) {
  constexpr std::uint32_t kInvalid = 5107201;
  constexpr std::uint32_t kZero = 15958;
  TRY(const std::uint64_t rows, read_rows("$limit", kInvalid, operand));
  if (rows == 0) return error(kZero, "the limit must be positive");
  return limit_step({.input = nullptr, .count = rows});
}

Result<Step> parse_skip(const Value& operand, StageContext& /*context*/) {
  constexpr std::uint32_t kInvalid = 5107200;
  TRY(const std::uint64_t rows, read_rows("$skip", kInvalid, operand));
  return limit_step({.input = nullptr, .skip = rows});
}

// As many rows by chance: the first ones of a random order.
Result<Step> parse_sample(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoObject = 28745;
  constexpr std::uint32_t kNoNumber = 28746;
  constexpr std::uint32_t kNotPositive = 28747;
  constexpr std::uint32_t kUnknown = 28748;
  constexpr std::uint32_t kMissing = 28749;
  constexpr std::string_view kSize = "size";
  if (!operand.is_object()) {
    return error(kNoObject, "the $sample stage specification must be an object");
  }
  std::int64_t size = 0;
  for (const value::Field& field : operand.as_object()) {
    if (field.name != kSize)
      return error(kUnknown, "unrecognized option to $sample: {}", field.name);
    if (!field.value.is_number())
      return error(kNoNumber, "size argument to $sample must be a number");
    size = saturated_int64(field.value);
    if (size <= 0)
      return error(kNotPositive, "size argument to $sample must be a positive integer");
  }
  if (size == 0) return error(kMissing, "$sample stage must specify a size");
  const algebra::SortKey key{.key =
                                 row_lambda(context.variables.fresh(), call(op::kRandomKey, {}))};
  Step step;
  step.plan = [key, size](PlanPtr input) -> Result<PlanPtr> {
    PlanPtr sorted = algebra::make_plan(algebra::Sort{.input = std::move(input), .keys = {key}});
    return algebra::make_plan(
        algebra::Limit{.input = std::move(sorted), .count = static_cast<std::uint64_t>(size)});
  };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$sort", .flags = stage_flag::kKeepsDocuments, .parse = parse_sort},
    {.name = "$limit", .flags = stage_flag::kKeepsDocuments, .parse = parse_limit},
    {.name = "$skip", .flags = stage_flag::kKeepsDocuments, .parse = parse_skip},
    {.name = "$sample", .flags = stage_flag::kKeepsDocuments, .parse = parse_sample},
};

}  // namespace

std::span<const StageRow> order_stages() { return kStages; }

}  // namespace octavo::mongodb
