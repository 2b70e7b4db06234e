// $bucketAuto: rows in the order of a key, in so many buckets of about as many rows each.

#include <algorithm>
#include <cmath>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/group.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/preferred_numbers.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

// --- Parsing ---

struct BucketAutoParser {
  const StageRowVariable& row;
  ExprPtr key = nullptr;
  std::int32_t buckets = 0;
  Value granularity = {};
  std::optional<GroupFields> output = std::nullopt;
};

Status read_key(BucketAutoParser& parser, const Value& value) {
  constexpr std::uint32_t kNoExpression = 40239;
  const bool is_path = value.is_string() && value.as_string().starts_with('$');
  const bool is_operator = value.is_object() && !value.as_object().empty() &&
                           value.as_object().front().name.starts_with('$');
  if (!is_path && !is_operator) {
    return error(kNoExpression,
                 "The $bucketAuto 'groupBy' field must be defined as a $-prefixed path or an "
                 "expression object, but found: {}",
                 print(value));
  }
  TRY(parser.key, parse_expression(value, parser.row.variables));
  return {};
}

Status read_buckets(BucketAutoParser& parser, const Value& value) {
  constexpr std::uint32_t kNoNumber = 40241;
  constexpr std::uint32_t kNoInteger = 40242;
  constexpr std::uint32_t kNotPositive = 40243;
  if (!value.is_number()) {
    return error(kNoNumber,
                 "The $bucketAuto 'buckets' field must be a numeric value, but found type: {}",
                 type_alias(value));
  }
  const auto buckets = exact_int32(value);
  if (!buckets) {
    return error(kNoInteger,
                 "The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but "
                 "found {}",
                 print(value));
  }
  if (*buckets <= 0) {
    return error(kNotPositive,
                 "The $bucketAuto 'buckets' field must be greater than 0, but found: {}", *buckets);
  }
  parser.buckets = *buckets;
  return {};
}

Status read_output(BucketAutoParser& parser, const Value& value) {
  constexpr std::uint32_t kNoObject = 40244;
  if (!value.is_object()) {
    return error(kNoObject, "The $bucketAuto 'output' field must be an object, but found type: {}",
                 type_alias(value));
  }
  TRY(GroupFields fields, parse_group_fields(value, parser.row, nullptr));
  parser.output = std::move(fields);
  return {};
}

Status read_granularity(BucketAutoParser& parser, const Value& value) {
  constexpr std::uint32_t kNoSeries = 40257;
  constexpr std::uint32_t kNoString = 40261;
  if (!value.is_string()) {
    return error(kNoString,
                 "The $bucketAuto 'granularity' field must be a string, but found type: {}",
                 type_alias(value));
  }
  if (find_series(value.as_string()) == nullptr) {
    return error(kNoSeries, "Unknown rounding granularity '{}'", value.as_string());
  }
  parser.granularity = value;
  return {};
}

struct OptionRow {
  std::string_view name;
  Status (*read)(BucketAutoParser& parser, const Value& value);
};
constexpr OptionRow kOptions[] = {
    {"groupBy", read_key},
    {"buckets", read_buckets},
    {"output", read_output},
    {"granularity", read_granularity},
};

Result<Step> parse_bucket_auto(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoObject = 40240;
  constexpr std::uint32_t kUnknown = 40245;
  constexpr std::uint32_t kMissing = 40246;
  if (!operand.is_object()) {
    return error(kNoObject, "The argument to $bucketAuto must be an object, but found type: {}",
                 type_alias(operand));
  }
  const StageRowVariable row = row_of(context);
  BucketAutoParser parser{.row = row};
  for (const Field& field : operand.as_object()) {
    const auto* option = std::ranges::find(kOptions, field.name, &OptionRow::name);
    if (option == std::end(kOptions)) {
      return error(kUnknown, "Unrecognized option to $bucketAuto: {}", field.name);
    }
    TRY_STATUS(option->read(parser, field.value));
  }
  if (parser.key == nullptr || parser.buckets == 0) {
    return error(kMissing, "$bucketAuto requires 'groupBy' and 'buckets' to be specified");
  }
  const bool counts = !parser.output || parser.output->names.empty();
  const GroupFields fields = counts ? count_alone() : *std::move(parser.output);
  const algebra::VarId all = context.variables.fresh();
  std::vector<Value> names;
  for (const std::string& name : fields.names) names.push_back(Value::string(name));
  std::vector<ExprPtr> arguments{
      collected(all),
      algebra::constant(Value::int64(parser.buckets)),
      algebra::constant(parser.granularity),
      algebra::constant(Value::array(std::move(names))),
      row_lambda(row.row, call(op::kOrNull, {parser.key})),
  };
  for (const algebra::Aggregate& aggregate : fields.aggregates) {
    arguments.push_back(aggregate_call(aggregate));
  }
  Step step;
  step.plan = [variables = context.variables,
               function = row_lambda(all, call(op::kBucketAuto, std::move(arguments),
                                               collation_options(collation_of(row.variables))))](
                  PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Unwind{collect_rows(std::move(input), variables), function});
  };
  return step;
}

constexpr StageRow kStages[] = {{.name = "$bucketAuto", .flags = 0, .parse = parse_bucket_auto}};

// --- Operation ---

constexpr std::size_t kNamesAt = 3;  // arguments of the call
constexpr std::size_t kKeyAt = 4;
constexpr std::size_t kAggregatesAt = 5;

struct KeyedRow {
  Value key;
  std::size_t number;  // as they came
  Value document;
};

Status check_rounded(const Value& key) {
  constexpr std::uint32_t kNoNumber = 40258;
  constexpr std::uint32_t kNotANumber = 40259;
  constexpr std::uint32_t kNegative = 40260;
  if (!key.is_number()) {
    return error(kNoNumber,
                 "$bucketAuto can specify a 'granularity' with numeric boundaries only, but found "
                 "a value with type: {}",
                 type_alias(key));
  }
  if (is_nan(key)) {
    return error(kNotANumber,
                 "$bucketAuto can specify a 'granularity' with numeric boundaries only, but found "
                 "a NaN");
  }
  if (is_negative(key)) {
    return error(kNegative,
                 "$bucketAuto can specify a 'granularity' with non-negative numbers only, but "
                 "found a negative number");
  }
  return {};
}

class Bucketing {
 public:
  Bucketing(const OperationCall& call, LazyArguments& arguments, const NumberSeries* series,
            CollatedOrder order)
      : context_(call.context), arguments_(arguments), series_(series), order_(std::move(order)) {}

  Result<Value> documents(const Value& rows, std::size_t buckets) {
    TRY_STATUS(read_rows(rows));
    const auto per_bucket = static_cast<std::size_t>(std::max(
        1.0, std::round(static_cast<double>(rows_.size()) / static_cast<double>(buckets))));
    std::vector<Value> documents;
    for (std::size_t begin = 0; begin < rows_.size();) {
      const bool is_last = documents.size() + 1 == buckets;
      std::size_t end = is_last ? rows_.size() : std::min(rows_.size(), begin + per_bucket);
      // Rows with equal keys stay together.
      while (end < rows_.size() && !order_.less(rows_[end - 1].key, rows_[end].key)) ++end;
      TRY(const Value most, upper_boundary(end));
      const Value least = documents.empty() ? lower_boundary() : std::move(boundary_);
      TRY(Value document, document_of(begin, end, least, most));
      documents.push_back(std::move(document));
      boundary_ = most;
      begin = end;
    }
    return Value::array(std::move(documents));
  }

 private:
  Status read_rows(const Value& rows) {
    rows_.reserve(rows.as_array().size());
    for (const Value& document : rows.as_array()) {
      TRY_STATUS(context_.check());
      const Item row(document);
      TRY(Item key, arguments_.apply(kKeyAt, std::span(&row, 1)));
      if (!key) key = Value();
      if (series_ != nullptr) TRY_STATUS(check_rounded(*key));
      rows_.push_back({*std::move(key), rows_.size(), document});
    }
    std::ranges::sort(rows_, [this](const KeyedRow& a, const KeyedRow& b) {
      const auto order = order_.compare(a.key, b.key);
      return order != 0 ? order < 0 : a.number < b.number;
    });
    return {};
  }

  Value lower_boundary() const {
    const Value& least = rows_.front().key;
    return series_ == nullptr ? least : series_->below(least);
  }

  // What the bucket ends before, or with, if it is the last one; moves `end` to there.
  Result<Value> upper_boundary(std::size_t& end) {
    const bool is_rounded = series_ != nullptr;
    if (!is_rounded) return end == rows_.size() ? rows_.back().key : rows_[end].key;
    const Value& greatest = rows_[end - 1].key;
    // Zeros have a bucket of their own, up to where the next one begins.
    const bool only_zeros = is_zero(greatest) && end < rows_.size();
    Value boundary = only_zeros ? series_->below(rows_[end].key) : series_->above(greatest);
    while (end < rows_.size() && order_.less(rows_[end].key, boundary)) {
      TRY_STATUS(context_.check());
      ++end;
    }
    return boundary;
  }

  Result<Value> document_of(std::size_t begin, std::size_t end, const Value& least,
                            const Value& most) {
    std::vector<Field> fields{{"_id", Value::object({{"min", least}, {"max", most}})}};
    TRY(const Item names, arguments_.evaluate(kNamesAt));
    for (std::size_t i = kAggregatesAt; i < arguments_.size(); ++i) {
      const ExprPtr& aggregate = arguments_.expression(i);
      TRY(const auto state, make_state(aggregate, context_));
      TRY_STATUS(add_rows(aggregate, *state, begin, end));
      TRY(Value result, state->result());
      fields.push_back(
          {std::string(names->as_array()[i - kAggregatesAt].as_string()), std::move(result)});
    }
    return Value::object(std::move(fields));
  }

  Status add_rows(const ExprPtr& aggregate, function::AggregateState& state, std::size_t begin,
                  std::size_t end) {
    const ExprPtr& argument = std::get<algebra::Call>(aggregate->node).args[1];
    const bool has_argument = std::holds_alternative<algebra::Lambda>(argument->node);
    for (std::size_t i = begin; i < end; ++i) {
      TRY_STATUS(context_.check());
      Item item{Value()};
      if (has_argument) {
        TRY(item, evaluate_argument(argument, rows_[i].document));
      }
      if (item) TRY_STATUS(state.add(*item));
    }
    return {};
  }
  Result<Item> evaluate_argument(const ExprPtr& argument, const Value& document) {
    auto value = function::evaluate_lambda(argument, std::span(&document, 1), context_);
    if (value) return Item(*std::move(value));
    if (value.error().code == Code::missing_value) return Item();
    return fail(std::move(value).error());
  }

  function::EvalContext& context_;
  LazyArguments& arguments_;
  const NumberSeries* series_;
  const CollatedOrder order_;
  std::vector<KeyedRow> rows_;
  Value boundary_;  // between the last bucket and the next one
};

Result<Item> bucket_auto(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item rows, arguments.evaluate(0));
  TRY(const Item buckets, arguments.evaluate(1));
  TRY(const Item granularity, arguments.evaluate(2));
  const auto count = buckets && buckets->is_number() ? buckets->to_int64() : std::nullopt;
  if (!rows || !rows->is_array() || !count || *count <= 0) {
    return fail(Code::type_mismatch, "$bucketAuto has other arguments");
  }
  const NumberSeries* series =
      granularity && granularity->is_string() ? find_series(granularity->as_string()) : nullptr;
  TRY(CollatedOrder order, collated_order(call));
  TRY(Value documents, Bucketing(call, arguments, series, std::move(order))
                           .documents(*rows, static_cast<std::size_t>(*count)));
  return Item(std::move(documents));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kBucketAuto, .name = "bucket_auto", .least = 5, .lazy = bucket_auto},
};

}  // namespace

std::span<const StageRow> bucket_auto_stages() { return kStages; }
std::span<const OperationRow> bucket_auto_operations() { return kOperations; }

}  // namespace octavo::mongodb
