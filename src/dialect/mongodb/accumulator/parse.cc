#include "dialect/mongodb/accumulator/parse.h"

#include <algorithm>
#include <array>

#include "dialect/mongodb/accumulator/operations.h"
#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/accumulator/script.h"
#include "dialect/mongodb/accumulator/sort_pattern.h"
#include "dialect/mongodb/accumulator/states.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::Aggregate;
using algebra::ExprPtr;
using value::Field;
using value::Value;

struct AccumulatorRow;
using Parse = Result<Aggregate> (*)(const AccumulatorRow& row, const Value& operand,
                                    const AccumulatorSite& site);
struct AccumulatorRow {
  std::string_view name;
  AggregateNumber number;
  Parse parse;
  bool compares = false;  // values with each other: it is to know how
};

Aggregate aggregate_of(AggregateNumber number, ExprPtr argument, const AccumulatorSite& site) {
  Aggregate made;
  made.kind = algebra::AggregateKind::function;
  made.function = function_id(number);
  if (argument != nullptr) made.argument = row_lambda(site.row, std::move(argument));
  return made;
}

void add_option(Aggregate& aggregate, std::string_view name, Value value) {
  aggregate.options.push_back({std::string(name), algebra::constant(std::move(value))});
}

ExprPtr or_null(ExprPtr expression) { return call(op::kOrNull, {std::move(expression)}); }

// --- One argument ---

Result<Aggregate> parse_plain(const AccumulatorRow& row, const Value& operand,
                              const AccumulatorSite& site) {
  TRY(ExprPtr argument, parse_expression(operand, site.variables));
  return aggregate_of(row.number, std::move(argument), site);
}

Result<Aggregate> parse_extreme(const AccumulatorRow& row, const Value& operand,
                                const AccumulatorSite& site) {
  TRY(Aggregate made, parse_plain(row, operand, site));
  if (site.sliding) add_option(made, "sliding", Value::boolean(true));
  return made;
}

// Of which what is missing counts as null.
Result<Aggregate> parse_end(const AccumulatorRow& row, const Value& operand,
                            const AccumulatorSite& site) {
  TRY(ExprPtr argument, parse_expression(operand, site.variables));
  return aggregate_of(row.number, or_null(std::move(argument)), site);
}

Result<Aggregate> parse_count(const AccumulatorRow& row, const Value& operand,
                              const AccumulatorSite& site) {
  if (!operand.is_object() || !operand.as_object().empty()) {
    return error(ErrorCode::type_mismatch, "{} takes no arguments, i.e. {}:{{}}", row.name,
                 row.name);
  }
  return aggregate_of(row.number, nullptr, site);
}

// --- A count of values ---

// Adds `n` to an aggregate of the parts of an argument: as an option where it is known now.
Result<Aggregate> with_count(AggregateNumber number, const Value& n, std::vector<ExprPtr> parts,
                             const AccumulatorSite& site) {
  Variables variables = site.variables;
  if (site.group != nullptr) {
    variables = variables.with("ROOT", site.group).with("CURRENT", site.group);
  }
  TRY(ExprPtr count, parse_expression(n, variables));
  const Value* known = constant_of(count);
  if (known != nullptr) {
    TRY_STATUS(read_count(*known));
    ExprPtr argument =
        parts.size() == 1 ? std::move(parts.front()) : algebra::make_array(std::move(parts));
    Aggregate made = aggregate_of(number, std::move(argument), site);
    add_option(made, "n", *known);
    return made;
  }
  if (site.group == nullptr) return fail(read_count(Value::string(print(n))).error());
  parts.insert(parts.begin(), or_null(std::move(count)));
  Aggregate made = aggregate_of(number, algebra::make_array(std::move(parts)), site);
  add_option(made, "keyed", Value::boolean(true));
  return made;
}

struct CountCodes {
  std::uint32_t no_object;
  std::uint32_t unknown;
  std::uint32_t no_count;
};

// The fields of an operand, none of which is another one.
template <std::size_t kFields>
Result<std::array<const Value*, kFields>> read_fields(
    const AccumulatorRow& row, const Value& operand,
    const std::array<std::string_view, kFields>& names, std::uint32_t no_object,
    std::uint32_t unknown) {
  if (!operand.is_object()) {
    return error(no_object, "specification must be an object; found {}: {}", row.name,
                 print(operand));
  }
  std::array<const Value*, kFields> found{};
  for (const Field& field : operand.as_object()) {
    const auto at = std::ranges::find(names, field.name);
    if (at == names.end()) {
      return error(unknown, "Unknown argument to {} '{}'", row.name, field.name);
    }
    found[static_cast<std::size_t>(at - names.begin())] = &field.value;
  }
  return found;
}

Result<Aggregate> parse_some(const AccumulatorRow& row, const Value& operand,
                             const AccumulatorSite& site) {
  constexpr std::uint32_t kNoObject = 5787900;
  constexpr std::uint32_t kUnknown = 5787901;
  constexpr std::uint32_t kNoCount = 5787906;
  constexpr std::uint32_t kNoInput = 5787907;
  constexpr std::array<std::string_view, 2> kNames{"n", "input"};
  TRY(const auto found, read_fields(row, operand, kNames, kNoObject, kUnknown));
  if (found[0] == nullptr) return error(kNoCount, "Missing value for 'n'");
  if (found[1] == nullptr) return error(kNoInput, "Missing value for 'input'");
  TRY(ExprPtr input, parse_expression(*found[1], site.variables));
  const bool takes_missing =
      row.number == AggregateNumber::first_n || row.number == AggregateNumber::last_n;
  if (takes_missing) input = or_null(std::move(input));
  return with_count(row.number, *found[0], {std::move(input)}, site);
}

// --- In an order ---

constexpr std::uint32_t kRankedNoObject = 5788001;
constexpr std::uint32_t kRankedUnknown = 5788002;
constexpr std::uint32_t kRankedNoCount = 5788003;

Result<Aggregate> make_ranked(const AccumulatorRow& row, const Value* n, const Value* sort_by,
                              const Value* output, const AccumulatorSite& site) {
  constexpr std::uint32_t kNoOutput = 5788004;
  constexpr std::uint32_t kNoOrder = 5788005;
  constexpr std::uint32_t kOrderNoObject = 10065;
  if (output == nullptr) return error(kNoOutput, "Missing value for 'output'");
  if (sort_by == nullptr) return error(kNoOrder, "Missing value for 'sortBy'");
  if (!sort_by->is_object()) {
    return error(kOrderNoObject, "invalid parameter: expected an object (sortBy)");
  }
  TRY(const SortPattern pattern, parse_sort_pattern(*sort_by, site.variables));
  TRY(ExprPtr value, parse_expression(*output, site.variables));
  std::vector<ExprPtr> parts{
      collate(sort_key_array(pattern, algebra::variable(site.row)), collation_of(site.variables)),
      or_null(std::move(value))};
  TRY(Aggregate made,
      with_count(row.number, n == nullptr ? Value::int32(1) : *n, std::move(parts), site));
  std::vector<Value> descending;
  for (const SortField& field : pattern) {
    descending.push_back(Value::boolean(field.direction == algebra::Direction::descending));
  }
  add_option(made, "descending", Value::array(std::move(descending)));
  return made;
}

Result<Aggregate> parse_ranked(const AccumulatorRow& row, const Value& operand,
                               const AccumulatorSite& site) {
  constexpr std::array<std::string_view, 2> kNames{"sortBy", "output"};
  TRY(const auto found, read_fields(row, operand, kNames, kRankedNoObject, kRankedUnknown));
  return make_ranked(row, nullptr, found[0], found[1], site);
}

Result<Aggregate> parse_some_ranked(const AccumulatorRow& row, const Value& operand,
                                    const AccumulatorSite& site) {
  constexpr std::array<std::string_view, 3> kNames{"n", "sortBy", "output"};
  TRY(const auto found, read_fields(row, operand, kNames, kRankedNoObject, kRankedUnknown));
  if (found[0] == nullptr) return error(kRankedNoCount, "Missing value for 'n'");
  return make_ranked(row, found[0], found[1], found[2], site);
}

// --- Percentiles ---

constexpr std::uint32_t kMissingField = 40414;
constexpr std::uint32_t kUnknownField = 40415;

Status check_method(const AccumulatorRow& row, const Value* method) {
  constexpr std::string_view kApproximate = "approximate";
  if (method == nullptr) {
    return error(kMissingField, "BSON field '{}.method' is missing but a required field", row.name);
  }
  if (!method->is_string()) {
    return error(ErrorCode::type_mismatch,
                 "BSON field '{}.method' is the wrong type '{}', expected type 'string'", row.name,
                 type_alias(*method));
  }
  if (method->as_string() != kApproximate) {
    return error(ErrorCode::bad_value,
                 "Currently only 'approximate' can be used as percentile 'method'.");
  }
  return {};
}

Result<ExprPtr> parse_input(const AccumulatorRow& row, const Value* input,
                            const AccumulatorSite& site) {
  if (input == nullptr) {
    return error(kMissingField, "BSON field '{}.input' is missing but a required field", row.name);
  }
  return parse_expression(*input, site.variables);
}

template <std::size_t kFields>
Result<std::array<const Value*, kFields>> read_idl(
    const AccumulatorRow& row, const Value& operand,
    const std::array<std::string_view, kFields>& names, std::uint32_t no_object) {
  auto found = read_fields(row, operand, names, no_object, kUnknownField);
  if (found || found.error().number != kUnknownField) return found;
  for (const Field& field : operand.as_object()) {
    if (std::ranges::find(names, field.name) != names.end()) continue;
    return error(kUnknownField, "BSON field '{}.{}' is an unknown field.", row.name, field.name);
  }
  return found;
}

Result<Aggregate> parse_median(const AccumulatorRow& row, const Value& operand,
                               const AccumulatorSite& site) {
  constexpr std::uint32_t kNoObject = 7436100;
  constexpr std::array<std::string_view, 2> kNames{"input", "method"};
  TRY(const auto found, read_idl(row, operand, kNames, kNoObject));
  TRY_STATUS(check_method(row, found[1]));
  TRY(ExprPtr input, parse_input(row, found[0], site));
  return aggregate_of(row.number, std::move(input), site);
}

Result<Aggregate> parse_percentile(const AccumulatorRow& row, const Value& operand,
                                   const AccumulatorSite& site) {
  constexpr std::uint32_t kNoObject = 7429703;
  constexpr std::uint32_t kNoArray = 7750301;
  constexpr std::uint32_t kNoNumber = 7750302;
  constexpr std::uint32_t kOutOfRange = 7750303;
  constexpr std::array<std::string_view, 3> kNames{"input", "p", "method"};
  TRY(const auto found, read_idl(row, operand, kNames, kNoObject));
  if (found[1] == nullptr) {
    return error(kMissingField, "BSON field '{}.p' is missing but a required field", row.name);
  }
  TRY_STATUS(check_method(row, found[2]));
  TRY(ExprPtr input, parse_input(row, found[0], site));
  TRY(const ExprPtr parts, parse_expression(*found[1], site.variables));
  const Value* known = constant_of(parts);
  if (known == nullptr || !known->is_array() || known->as_array().empty()) {
    return error(kNoArray,
                 "The $percentile 'p' field must be a non-empty array of constant values (numbers "
                 "from [0.0..1.0]), but found {}",
                 print(*found[1]));
  }
  for (const Value& part : known->as_array()) {
    if (!part.is_number()) {
      return error(kNoNumber,
                   "The $percentile 'p' field must be an array of numbers from [0.0..1.0], but "
                   "found {}",
                   print(part));
    }
    const double number = part.to_double();
    if (!(number >= 0 && number <= 1)) {
      return error(kOutOfRange,
                   "The $percentile 'p' field must be an array of numbers from [0.0..1.0], but "
                   "found {}",
                   print(part));
    }
  }
  Aggregate made = aggregate_of(row.number, std::move(input), site);
  add_option(made, "p", *known);
  return made;
}

template <auto kParse>
Result<Aggregate> parse_script(const AccumulatorRow& /*row*/, const Value& operand,
                               const AccumulatorSite& site) {
  return kParse(operand, site);
}

constexpr AccumulatorRow kAccumulators[] = {
    {"$sum", AggregateNumber::sum, parse_plain},
    {"$avg", AggregateNumber::average, parse_plain},
    {"$min", AggregateNumber::minimum, parse_extreme, true},
    {"$max", AggregateNumber::maximum, parse_extreme, true},
    {"$first", AggregateNumber::first, parse_end},
    {"$last", AggregateNumber::last, parse_end},
    {"$push", AggregateNumber::push, parse_plain},
    {"$addToSet", AggregateNumber::add_to_set, parse_plain, true},
    {"$concatArrays", AggregateNumber::concat_arrays, parse_plain},
    {"$setUnion", AggregateNumber::set_union, parse_plain, true},
    {"$mergeObjects", AggregateNumber::merge_objects, parse_plain},
    {"$stdDevPop", AggregateNumber::deviation, parse_plain},
    {"$stdDevSamp", AggregateNumber::sample_deviation, parse_plain},
    {"$count", AggregateNumber::count, parse_count},
    {"$firstN", AggregateNumber::first_n, parse_some},
    {"$lastN", AggregateNumber::last_n, parse_some},
    {"$minN", AggregateNumber::minimum_n, parse_some, true},
    {"$maxN", AggregateNumber::maximum_n, parse_some, true},
    {"$top", AggregateNumber::top, parse_ranked},
    {"$bottom", AggregateNumber::bottom, parse_ranked},
    {"$topN", AggregateNumber::top_n, parse_some_ranked},
    {"$bottomN", AggregateNumber::bottom_n, parse_some_ranked},
    {"$median", AggregateNumber::median, parse_median},
    {"$percentile", AggregateNumber::percentile, parse_percentile},
    {"$accumulator", AggregateNumber::script, parse_script<parse_script_accumulator>},
    {"$_internalJsReduce", AggregateNumber::script_reduce, parse_script<parse_script_reduce>},
};

const AccumulatorRow* find_accumulator(std::string_view name) {
  const auto* row = std::ranges::find(kAccumulators, name, &AccumulatorRow::name);
  return row == std::end(kAccumulators) ? nullptr : row;
}

}  // namespace

bool is_accumulator(std::string_view name) { return find_accumulator(name) != nullptr; }

Result<Aggregate> parse_accumulator(const Field& spec, const AccumulatorSite& site) {
  constexpr std::uint32_t kUnknown = 15952;
  constexpr std::uint32_t kManyArguments = 40237;
  if (spec.value.is_array() && !site.in_window) {
    return error(kManyArguments, "The {} accumulator is a unary operator", spec.name);
  }
  const AccumulatorRow* row = find_accumulator(spec.name);
  if (row == nullptr) return error(kUnknown, "unknown group operator '{}'", spec.name);
  TRY(Aggregate made, row->parse(*row, spec.value, site));
  if (row->compares) {
    std::ranges::move(collation_options(collation_of(site.variables)),
                      std::back_inserter(made.options));
  }
  return made;
}

Result<Aggregate> parse_group_field(const Field& field, const AccumulatorSite& site) {
  constexpr std::uint32_t kNoAccumulator = 40234;
  constexpr std::uint32_t kDotted = 40235;
  constexpr std::uint32_t kOperatorName = 40236;
  constexpr std::uint32_t kSeveral = 40238;
  if (field.name.find('.') != std::string::npos) {
    return error(kDotted, "The field name '{}' cannot contain '.'", field.name);
  }
  if (field.name.starts_with('$')) {
    return error(kOperatorName, "The field name '{}' cannot be an operator name", field.name);
  }
  if (!field.value.is_object() || field.value.as_object().empty() ||
      !field.value.as_object().front().name.starts_with('$')) {
    return error(kNoAccumulator, "The field '{}' must be an accumulator object", field.name);
  }
  if (field.value.as_object().size() != 1) {
    return error(kSeveral, "The field '{}' must specify one accumulator", field.name);
  }
  return parse_accumulator(field.value.as_object().front(), site);
}

}  // namespace octavo::mongodb
