// The functions of $setWindowFields: all accumulators, and those that need an order.

#include <algorithm>
#include <array>

#include "dialect/mongodb/accumulator/parse.h"
#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/window.h"
#include "dialect/mongodb/pipeline/window_frame.h"
#include "dialect/mongodb/type/number.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::Aggregate;
using algebra::ExprPtr;
using algebra::WindowFunction;
using algebra::WindowKind;
using value::Field;
using value::Value;

// What a function is parsed from.
struct Site {
  std::string_view name;
  const Value& operand;
  const Value* frame;  // null: none is given
  const WindowSpec& window;

  Result<ExprPtr> expression(const Value& spec) const {
    return parse_expression(spec, window.row.variables);
  }
  ExprPtr of_row(ExprPtr body) const { return row_lambda(window.row.row, std::move(body)); }
  ExprPtr key() const { return sort_key(window.order, 0, algebra::variable(window.row.row)); }
};

ExprPtr or_null(ExprPtr expression) { return call(op::kOrNull, {std::move(expression)}); }

// The result of the one function as it is.
ExprPtr as_it_is(std::vector<ExprPtr> results, const ExprPtr& /*document*/) {
  return std::move(results.front());
}
ExprPtr as_number(std::vector<ExprPtr> results, const ExprPtr& /*document*/) {
  return call(op::kWindowNumber, {std::move(results.front())});
}

WindowField one_function(WindowFunction function) {
  WindowField made;
  made.functions.push_back(std::move(function));
  made.value = as_it_is;
  return made;
}

WindowFunction aggregate_function(AggregateNumber number, ExprPtr argument,
                                  std::optional<algebra::Frame> frame) {
  Aggregate aggregate;
  aggregate.kind = algebra::AggregateKind::function;
  aggregate.function = function_id(number);
  aggregate.argument = std::move(argument);
  WindowFunction function;
  function.kind = WindowKind::aggregate;
  function.aggregate = std::move(aggregate);
  function.frame = std::move(frame);
  return function;
}

void add_option(WindowFunction& function, const char* name, Value value) {
  function.aggregate->options.push_back({name, algebra::constant(std::move(value))});
}

Status check_single_order(const Site& site, std::uint32_t code) {
  if (site.window.order.size() == 1) return {};
  return error(code,
               "{} must be specified with a top level sortBy expression with exactly one element",
               site.name);
}

Status check_no_frame(const Site& site) {
  if (site.frame == nullptr) return {};
  return error(ErrorCode::failed_to_parse, "{} does not accept a 'window' field", site.name);
}

// The fields of the operand: a document with some of these names.
template <std::size_t kFields>
Result<std::array<const Value*, kFields>> read_fields(
    const Site& site, const std::array<std::string_view, kFields>& names) {
  if (!site.operand.is_object()) {
    return error(ErrorCode::failed_to_parse, "Argument to {} must be an object", site.name);
  }
  std::array<const Value*, kFields> found{};
  for (const Field& field : site.operand.as_object()) {
    const auto at = std::ranges::find(names, field.name);
    if (at == names.end()) {
      return error(ErrorCode::failed_to_parse, "{} got unexpected argument: {}", site.name,
                   field.name);
    }
    found[static_cast<std::size_t>(at - names.begin())] = &field.value;
  }
  return found;
}

std::unexpected<Error> missing(const Site& site, std::string_view field) {
  return error(ErrorCode::failed_to_parse, "{} requires an '{}' expression", site.name, field);
}

// --- Accumulators ---

Result<WindowField> parse_accumulated(const Site& site) {
  TRY(auto frame, parse_frame(site.frame, site.window));
  const AccumulatorSite where{.row = site.window.row.row,
                              .variables = site.window.row.variables,
                              .in_window = true,
                              .sliding = frame.has_value()};
  TRY(Aggregate aggregate, parse_accumulator({std::string(site.name), site.operand}, where));
  WindowFunction function;
  function.frame = std::move(frame);
  // The ends of a frame are found at once.
  const bool is_first = aggregate.function == function_id(AggregateNumber::first);
  const bool is_last = aggregate.function == function_id(AggregateNumber::last);
  if (is_first || is_last) {
    function.kind = is_first ? WindowKind::first_value : WindowKind::last_value;
    function.argument = aggregate.argument;
  } else {
    function.kind = WindowKind::aggregate;
    function.aggregate = std::move(aggregate);
  }
  return one_function(std::move(function));
}

// --- Ranks ---

template <WindowKind kKind>
Result<WindowField> parse_rank(const Site& site) {
  constexpr std::uint32_t kOrder = 5371602;
  constexpr std::uint32_t kArgument = 5371603;
  TRY_STATUS(check_single_order(site, kOrder));
  if (!site.operand.is_object() || !site.operand.as_object().empty()) {
    return error(kArgument, "{} must be specified with '{{}}' as the value", site.name);
  }
  WindowField made = one_function({.kind = kKind});
  made.value = as_number;
  return made;
}

Result<WindowField> parse_shift(const Site& site) {
  constexpr std::array<std::string_view, 3> kNames{"output", "by", "default"};
  TRY_STATUS(check_no_frame(site));
  TRY(const auto found, read_fields(site, kNames));
  if (found[0] == nullptr) return missing(site, "output");
  if (found[1] == nullptr) return missing(site, "by");
  if (site.window.order.empty()) {
    return error(ErrorCode::failed_to_parse, "'$shift' requires a sortBy");
  }
  const auto by = exact_int32(*found[1]);
  if (!by) {
    return error(ErrorCode::failed_to_parse,
                 "'$shift:by' field must be an integer, but found by: {}", print(*found[1]));
  }
  TRY(ExprPtr output, site.expression(*found[0]));
  WindowFunction function;
  function.kind = *by < 0 ? WindowKind::lag : WindowKind::lead;
  function.count = static_cast<std::uint64_t>(std::abs(std::int64_t{*by}));
  function.argument = site.of_row(or_null(std::move(output)));
  if (found[2] != nullptr) {
    TRY(const ExprPtr otherwise, site.expression(*found[2]));
    if (constant_of(otherwise) == nullptr) {
      return error(ErrorCode::failed_to_parse,
                   "'$shift:default' expression must yield a constant value.");
    }
    function.otherwise = site.of_row(otherwise);
  }
  return one_function(std::move(function));
}

// --- Pairs of numbers ---

template <AggregateNumber kNumber>
Result<WindowField> parse_covariance(const Site& site) {
  TRY(auto frame, parse_frame(site.frame, site.window));
  std::vector<ExprPtr> parts;
  const bool is_pair = site.operand.is_array() && site.operand.as_array().size() == 2;
  if (is_pair) {
    for (const Value& operand : site.operand.as_array()) {
      TRY(ExprPtr part, site.expression(operand));
      parts.push_back(std::move(part));
    }
  } else {
    // An expression may give the pair; what is none is passed over.
    TRY(ExprPtr pair, site.expression(site.operand));
    return one_function(
        aggregate_function(kNumber, site.of_row(std::move(pair)), std::move(frame)));
  }
  return one_function(aggregate_function(
      kNumber, site.of_row(algebra::make_array(std::move(parts))), std::move(frame)));
}

template <AggregateNumber kNumber>
Result<WindowField> parse_course(const Site& site) {
  constexpr std::array<std::string_view, 2> kNames{"input", "unit"};
  TRY(const auto found, read_fields(site, kNames));
  if (found[0] == nullptr) return missing(site, "input");
  TRY_STATUS(check_single_order(site, static_cast<std::uint32_t>(ErrorCode::failed_to_parse)));
  if (kNumber == AggregateNumber::derivative && site.frame == nullptr) {
    return error(ErrorCode::failed_to_parse, "{} requires explicit window bounds", site.name);
  }
  TRY(auto frame, parse_frame(site.frame, site.window));
  TRY(ExprPtr input, site.expression(*found[0]));
  WindowFunction function = aggregate_function(
      kNumber, site.of_row(algebra::make_array({site.key(), or_null(std::move(input))})),
      std::move(frame));
  if (found[1] != nullptr) {
    TRY(const std::int64_t millis, unit_millis(site.name, *found[1]));
    add_option(function, "unit_ms", Value::int64(millis));
  }
  return one_function(std::move(function));
}

// --- $expMovingAvg ---

Result<Value> read_alpha(const Site& site, const Value* periods, const Value* alpha) {
  if ((periods == nullptr) == (alpha == nullptr)) {
    return error(ErrorCode::failed_to_parse, "{} requires exactly one of 'N' and 'alpha'",
                 site.name);
  }
  if (periods != nullptr) {
    const auto count = exact_int32(*periods);
    if (!count || *count <= 0) {
      return error(ErrorCode::failed_to_parse, "'N' must be a positive integer, but found {}",
                   print(*periods));
    }
    return Value::float64(2.0 / (1.0 + *count));
  }
  const bool fits = alpha->is_number() && alpha->to_double() > 0 && alpha->to_double() < 1;
  if (!fits) {
    return error(ErrorCode::failed_to_parse,
                 "'alpha' must be between 0 and 1 (exclusive), but found {}", print(*alpha));
  }
  return *alpha;
}

Result<WindowField> parse_moving_average(const Site& site) {
  constexpr std::array<std::string_view, 3> kNames{"input", "N", "alpha"};
  TRY_STATUS(check_no_frame(site));
  TRY(const auto found, read_fields(site, kNames));
  if (found[0] == nullptr) return missing(site, "input");
  if (site.window.order.empty()) {
    return error(ErrorCode::failed_to_parse, "{} requires a sortBy", site.name);
  }
  TRY(Value alpha, read_alpha(site, found[1], found[2]));
  TRY(ExprPtr input, site.expression(*found[0]));
  WindowFunction function = aggregate_function(AggregateNumber::moving_average,
                                               site.of_row(std::move(input)), frame_until_row());
  add_option(function, "alpha", std::move(alpha));
  return one_function(std::move(function));
}

// --- Gaps ---

Result<WindowField> parse_carried(const Site& site) {
  TRY_STATUS(check_no_frame(site));
  TRY(const ExprPtr value, site.expression(site.operand));
  return carried_forward({}, value, site.window);
}

Result<WindowField> parse_linear(const Site& site) {
  TRY_STATUS(check_no_frame(site));
  TRY(const ExprPtr value, site.expression(site.operand));
  return filled_linearly({}, value, site.window);
}

struct FunctionRow {
  std::string_view name;
  Result<WindowField> (*parse)(const Site& site);
  bool alone = false;  // nothing may stand beside it
};
// Beside all accumulators.
constexpr FunctionRow kFunctions[] = {
    {"$rank", parse_rank<WindowKind::rank>, true},
    {"$denseRank", parse_rank<WindowKind::dense_rank>, true},
    {"$documentNumber", parse_rank<WindowKind::row_number>, true},
    {"$shift", parse_shift},
    {"$covariancePop", parse_covariance<AggregateNumber::covariance>},
    {"$covarianceSamp", parse_covariance<AggregateNumber::sample_covariance>},
    {"$derivative", parse_course<AggregateNumber::derivative>},
    {"$integral", parse_course<AggregateNumber::integral>},
    {"$expMovingAvg", parse_moving_average},
    {"$locf", parse_carried},
    {"$linearFill", parse_linear},
};

const FunctionRow* find_function(std::string_view name) {
  const auto* row = std::ranges::find(kFunctions, name, &FunctionRow::name);
  return row == std::end(kFunctions) ? nullptr : row;
}

// Of a document in which such a function stands with others.
Status check_alone(const Value& document) {
  constexpr std::uint32_t kOthers = 5371601;
  for (const Field& part : document.as_object()) {
    const FunctionRow* row = find_function(part.name);
    if (row == nullptr || !row->alone || document.as_object().size() == 1) continue;
    return error(kOthers, "Rank style window functions take no other arguments");
  }
  return {};
}

Result<WindowField> parse_function(const Site& site) {
  if (const FunctionRow* row = find_function(site.name)) return row->parse(site);
  if (is_accumulator(site.name)) return parse_accumulated(site);
  return error(ErrorCode::failed_to_parse, "Unrecognized window function, {}", site.name);
}

}  // namespace

Result<WindowField> parse_window_field(const Field& field, const WindowSpec& window) {
  constexpr std::string_view kFrame = "window";
  TRY(std::vector<std::string> path, split_field_path(field.name));
  if (!field.value.is_object()) {
    return error(ErrorCode::failed_to_parse, "The field '{}' must be an object", field.name);
  }
  TRY_STATUS(check_alone(field.value));
  const Field* function = nullptr;
  const Value* frame = nullptr;
  for (const Field& part : field.value.as_object()) {
    if (part.name == kFrame) {
      frame = &part.value;
    } else if (part.name.starts_with('$') && function == nullptr) {
      function = &part;
    } else {
      return error(ErrorCode::failed_to_parse, "Window function found an unknown argument: {}",
                   part.name);
    }
  }
  if (function == nullptr) {
    return error(ErrorCode::failed_to_parse,
                 "Expected a $-prefixed window function, found nothing in '{}'", field.name);
  }
  if (frame != nullptr && !frame->is_object()) {
    return error(ErrorCode::failed_to_parse, "'window' field must be an object");
  }
  TRY(WindowField made,
      parse_function(
          {.name = function->name, .operand = function->value, .frame = frame, .window = window}));
  made.path = std::move(path);
  return made;
}

Result<WindowField> carried_forward(std::vector<std::string> path, const ExprPtr& value,
                                    const WindowSpec& window) {
  WindowField made = one_function(aggregate_function(
      AggregateNumber::last_known, row_lambda(window.row.row, value), frame_until_row()));
  made.path = std::move(path);
  return made;
}

Result<WindowField> filled_linearly(std::vector<std::string> path, const ExprPtr& value,
                                    const WindowSpec& window) {
  constexpr std::uint32_t kNoOrder = 605001;
  if (window.order.size() != 1) {
    return error(
        kNoOrder,
        "$linearFill must be specified with a top level sortBy expression with exactly one "
        "element");
  }
  const ExprPtr key = sort_key(window.order, 0, algebra::variable(window.row.row));
  const ExprPtr point = row_lambda(window.row.row, call(op::kKnownPoint, {key, value}));
  WindowField made;
  made.path = std::move(path);
  made.functions.push_back(
      aggregate_function(AggregateNumber::last_known, point, frame_until_row()));
  made.functions.push_back(
      aggregate_function(AggregateNumber::first_known, point, frame_from_row()));
  // The key and the value of the row itself come as functions of it.
  const auto of_row = [&](const ExprPtr& expression) {
    WindowFunction function;
    function.kind = WindowKind::lag;
    function.count = 0;
    function.argument = row_lambda(window.row.row, or_null(expression));
    return function;
  };
  made.functions.push_back(of_row(key));
  made.functions.push_back(of_row(value));
  made.value = [](std::vector<ExprPtr> results, const ExprPtr& /*document*/) {
    return call(op::kLinearFill, {results[2], results[3], results[0], results[1]});
  };
  return made;
}

}  // namespace octavo::mongodb
