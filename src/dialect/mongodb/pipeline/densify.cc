// $densify: documents for the steps of a field that have none.

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Value;

constexpr std::string_view kStage = "$densify";
constexpr std::string_view kFull = "full";
constexpr std::string_view kPartition = "partition";
constexpr std::uint32_t kMissing = 40414;

// --- Parsing ---

bool is_word(const Value& value, std::string_view word) {
  return value.is_string() && value.as_string() == word;
}

Status check_bounds(const Value& bounds, const Value* unit) {
  constexpr std::uint32_t kNoArray = 5733402;
  constexpr std::uint32_t kNotTwo = 5733403;
  constexpr std::uint32_t kUnknownWord = 5946802;
  constexpr std::uint32_t kNotAscending = 5733401;
  constexpr std::uint32_t kNoDate = 5733405;
  constexpr std::uint32_t kNoNumber = 5733404;
  if (bounds.is_string()) {
    if (is_word(bounds, kFull) || is_word(bounds, kPartition)) return {};
    return error(kUnknownWord,
                 "Bounds string must either be 'full' or 'partition'. {} is not valid",
                 bounds.as_string());
  }
  if (!bounds.is_array()) {
    return error(kNoArray,
                 "the bounds in a range statement must be the string 'full' or "
                 "'partition' or an ascending array of two numbers or two dates");
  }
  const auto ends = bounds.as_array();
  if (ends.size() != 2) {
    return error(kNotTwo, "a bounding array in a range statement must have exactly two elements");
  }
  for (const Value& end : ends) {
    const bool is_date = bson_type(end) == BsonType::date;
    if (unit != nullptr && !is_date) {
      return error(kNoDate,
                   "a bounding array must contain either both dates or both numeric types");
    }
    if (unit == nullptr && !end.is_number()) {
      return error(kNoNumber,
                   "a bounding array must contain either both dates or both numeric types");
    }
  }
  if (value::compare(ends[0], ends[1], value::Order::bson) <= 0) return {};
  return error(kNotAscending,
               "the bounds in a range statement must be the string 'full' or 'partition' or an "
               "ascending array of two numbers or two dates");
}

Status check_step(const Value& step, const Value* unit) {
  constexpr std::uint32_t kNotPositive = 5733401;
  constexpr std::uint32_t kNotIntegral = 6586400;
  if (!step.is_number()) return wrong_type("$densify.range", "step", step, "number");
  if (is_zero(step) || is_negative(step) || is_nan(step)) {
    return error(kNotPositive,
                 "the step parameter in a range statement must be a strictly positive "
                 "numeric value");
  }
  if (unit != nullptr && !step.to_int64()) {
    return error(kNotIntegral,
                 "The step parameter in a range statement must be a whole number when "
                 "densifying a date range");
  }
  return {};
}

Status check_range(const Value& range) {
  constexpr std::array<std::string_view, 3> kNames{"step", "bounds", "unit"};
  TRY_STATUS(check_fields("$densify.range", range, kNames));
  const Value* step = range.find("step");
  const Value* bounds = range.find("bounds");
  const Value* unit = range.find("unit");
  if (step == nullptr || bounds == nullptr) {
    return error(kMissing, "BSON field '$densify.range.{}' is missing but a required field",
                 step == nullptr ? "step" : "bounds");
  }
  TRY(const Value* const named, string_field("$densify.range", range, "unit"));
  TRY_STATUS(check_step(*step, named));
  TRY_STATUS(check_bounds(*bounds, unit));
  return {};
}

Result<std::vector<Value>> read_partition(const Value* paths, const Value& bounds) {
  constexpr std::uint32_t kNoPartition = 5733408;
  std::vector<Value> partition;
  if (paths != nullptr && !paths->is_array()) {
    return wrong_type(kStage, "partitionByFields", *paths, "array");
  }
  if (paths != nullptr) {
    for (const Value& path : paths->as_array()) {
      if (!path.is_string()) return wrong_type(kStage, "partitionByFields", path, "string");
      TRY(const auto names, split_field_path(path.as_string()));
      partition.push_back(names_of(names));
    }
  }
  if (partition.empty() && is_word(bounds, kPartition)) {
    return error(kNoPartition,
                 "one may not specify the bounds as 'partition' without specifying a "
                 "non-empty array of partitionByFields. You may have meant to specify "
                 "'full' bounds.");
  }
  return partition;
}

// row → what a step of `number` of them leads to from `start`, for dates: an expression of two
// parameters.
Result<ExprPtr> date_step(const Value& unit, const Variables& variables) {
  const algebra::VarId start = variables.fresh();
  const algebra::VarId amount = variables.fresh();
  const Variables inside =
      variables.with("start", algebra::variable(start)).with("amount", algebra::variable(amount));
  TRY(ExprPtr moved,
      parse_expression(
          Value::object({{"$dateAdd", Value::object({{"startDate", Value::string("$$start")},
                                                     {"unit", unit},
                                                     {"amount", Value::string("$$amount")}})}}),
          inside));
  return algebra::lambda({start, amount}, std::move(moved));
}

Result<Step> parse_densify(const Value& operand, StageContext& context) {
  constexpr std::array<std::string_view, 3> kNames{"field", "partitionByFields", "range"};
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "The {} stage specification must be an object, found {}", kStage,
                 type_alias(operand));
  }
  TRY_STATUS(check_fields(kStage, operand, kNames));
  TRY(const std::string field, required_string(kStage, operand, "field"));
  const Value* range = operand.find("range");
  if (range == nullptr) {
    return error(kMissing, "BSON field '{}.range' is missing but a required field", kStage);
  }
  if (!range->is_object()) return wrong_type(kStage, "range", *range, "object");
  TRY_STATUS(check_range(*range));
  TRY(std::vector<Value> partition,
      read_partition(operand.find("partitionByFields"), *range->find("bounds")));
  TRY(const auto path, split_field_path(field));
  const Value* unit = range->find("unit");
  ExprPtr step_date = algebra::constant(Value());
  if (unit != nullptr && unit->is_string()) {
    TRY(step_date, date_step(*unit, context.variables));
  }
  const algebra::VarId all = context.variables.fresh();
  const ExprPtr function =
      row_lambda(all, call(op::kDensify,
                           {collected(all), algebra::constant(names_of(path)),
                            algebra::constant(Value::array(std::move(partition))),
                            algebra::constant(*range), std::move(step_date)},
                           collation_options(collation_of(context.variables))));
  Step step;
  step.plan = [variables = context.variables, function](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Unwind{collect_rows(std::move(input), variables), function});
  };
  return step;
}

constexpr StageRow kStages[] = {{.name = kStage, .flags = 0, .parse = parse_densify}};

// --- Operation ---

// Of numbers and dates.
struct Before {
  bool operator()(const Value& a, const Value& b) const {
    return value::compare(a, b, value::Order::bson) < 0;
  }
};

class Densification {
 public:
  Densification(const OperationCall& call, LazyArguments& arguments, CollatedOrder order)
      : context_(call.context),
        arguments_(arguments),
        charge_(call.context.account),
        parts_(CollatedLess{std::move(order)}) {}

  Result<Value> run() {
    TRY(const Item rows, arguments_.evaluate(0));
    TRY(path_, arguments_.evaluate(1));
    TRY(partition_, arguments_.evaluate(2));
    TRY(const Item range, arguments_.evaluate(kRangeAt));
    const bool fits = rows && rows->is_array() && is_path(path_) && partition_ &&
                      partition_->is_array() && range && range->is_object();
    if (!fits) return fail(Code::type_mismatch, "$densify has other arguments");
    const Value* step = range->find("step");
    const Value* bounds = range->find("bounds");
    const Value* unit = range->find("unit");
    if (step == nullptr || bounds == nullptr) {
      return fail(Code::type_mismatch, "$densify has no range");
    }
    step_ = *step;
    of_dates_ = unit != nullptr && unit->is_string();
    TRY_STATUS(divide_rows(*rows));
    TRY_STATUS(fill_all(*bounds));
    return Value::array(std::move(made_));
  }

 private:
  static constexpr std::size_t kRangeAt = 3;
  static constexpr std::size_t kStepAt = 4;
  static constexpr std::int64_t kMostMade = 500'000;  // as MongoDB

  struct Row {
    Value key;
    std::size_t number;  // as they came
    Value document;
  };
  using Part = std::vector<Row>;

  // Rows by their partition, in the order of the field; those without it go out as they are.
  Status divide_rows(const Value& rows) {
    for (const Value& document : rows.as_array()) {
      TRY_STATUS(context_.check());
      const Item key = at_path(document, path_->as_array());
      if (is_nullish(key)) {
        made_.push_back(document);
        continue;
      }
      TRY_STATUS(check_key(*key));
      std::vector<value::Field> parts;
      for (const Value& path : partition_->as_array()) {
        const Item part = at_path(document, path.as_array());
        parts.push_back({std::to_string(parts.size()), part.value_or(Value())});
      }
      Part& part = parts_[Value::object(std::move(parts))];
      part.push_back({*key, part.size(), document});
    }
    for (auto& [key, part] : parts_) {
      std::ranges::sort(part, [](const Row& a, const Row& b) {
        const auto order = value::compare(a.key, b.key, value::Order::bson);
        return order != 0 ? order < 0 : a.number < b.number;
      });
    }
    return {};
  }
  Status check_key(const Value& key) const {
    constexpr std::uint32_t kNoDate = 6053600;
    constexpr std::uint32_t kNoNumber = 5733201;
    const bool is_date = bson_type(key) == BsonType::date;
    if (of_dates_ && !is_date) {
      return error(kNoDate, "$densify field type must be a date when the range has a unit");
    }
    if (!of_dates_ && !key.is_number()) {
      return error(kNoNumber, "PlanExecutor error: Densify field type must be numeric");
    }
    return {};
  }

  Status fill_all(const Value& bounds) {
    std::optional<Value> least;
    std::optional<Value> most;
    if (bounds.is_array()) {
      least = bounds.as_array()[0];
      most = bounds.as_array()[1];
      const bool has_partitions = !partition_->as_array().empty();
      if (parts_.empty() && !has_partitions) parts_[Value::object({})] = {};
    } else if (is_word(bounds, kFull)) {
      for (const auto& [key, part] : parts_) {
        if (!least || Before()(part.front().key, *least)) least = part.front().key;
        if (!most || Before()(*most, part.back().key)) most = part.back().key;
      }
    }
    for (const auto& [key, part] : parts_) {
      if (is_word(bounds, kPartition)) {
        TRY_STATUS(fill(key, part, part.front().key, part.back().key, true));
      } else {
        TRY_STATUS(fill(key, part, *least, *most, is_word(bounds, kFull)));
      }
    }
    return {};
  }

  // The rows of a partition, and one for each step from `least` on, up to `most`, that no row has;
  // `with_most`: also there.
  Status fill(const Value& partition, const Part& part, const Value& least, const Value& most,
              bool with_most) {
    std::size_t next = 0;
    const auto put_until = [&](const Value& value) {
      // Those before the step, and those at it.
      bool is_there = false;
      for (; next < part.size() && !Before()(value, part[next].key); ++next) {
        is_there = is_there || !Before()(part[next].key, value);
        made_.push_back(part[next].document);
      }
      return is_there;
    };
    for (std::int64_t number = 0;; ++number) {
      TRY_STATUS(context_.check());
      TRY(const Value value, step_from(least, number));
      const bool is_in = with_most ? !Before()(most, value) : Before()(value, most);
      if (!is_in) break;
      if (put_until(value)) continue;
      TRY_STATUS(count_made());
      made_.push_back(document_of(partition, value));
    }
    for (; next < part.size(); ++next) made_.push_back(part[next].document);
    return {};
  }

  Result<Value> step_from(const Value& start, std::int64_t number) {
    const Value steps = multiply(Value::int64(number), step_);
    if (number == 0) return start;
    if (!of_dates_) {
      return add(start, multiply(of_integer(number, NumberKind::int32), step_));
    }
    const Item arguments[] = {start, steps};
    TRY(Item moved, arguments_.apply(kStepAt, arguments));
    if (!moved) return fail(Code::type_mismatch, "$densify has no step");
    return *std::move(moved);
  }

  Status count_made() {
    constexpr std::uint32_t kTooMany = 5897900;
    if (++count_ > kMostMade) {
      return error(
          kTooMany,
          "Generated {} documents in $densify, which is over the limit of {}. Increase the "
          "'internalQueryMaxAllowedDensifyDocs' parameter to allow more generated documents",
          count_, kMostMade);
    }
    return charge_.add(sizeof(Value));
  }
  Value document_of(const Value& partition, const Value& value) const {
    Value document = Value::object({});
    std::size_t at = 0;
    for (const Value& path : partition_->as_array()) {
      document = with_path(document, path.as_array(), partition.as_object()[at++].value);
    }
    return with_path(document, path_->as_array(), value);
  }

  function::EvalContext& context_;
  LazyArguments& arguments_;
  value::Charge charge_;
  Item path_;
  Item partition_;
  Value step_;
  bool of_dates_ = false;
  std::map<Value, Part, CollatedLess> parts_;
  std::vector<Value> made_;
  std::int64_t count_ = 0;
};

Result<Item> densify(const OperationCall& call, LazyArguments& arguments) {
  TRY(CollatedOrder order, collated_order(call));
  TRY(Value documents, Densification(call, arguments, std::move(order)).run());
  return Item(std::move(documents));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kDensify, .name = "densify", .least = 5, .lazy = densify},
};

}  // namespace

std::span<const StageRow> densify_stages() { return kStages; }
std::span<const OperationRow> densify_operations() { return kOperations; }

}  // namespace octavo::mongodb
