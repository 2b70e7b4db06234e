// Filters as documents: names of fields, and the operators that stand in their place.

#include "dialect/mongodb/match/filter.h"

#include <algorithm>
#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/operations.h"
#include "dialect/mongodb/match/parse.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/match/where.h"
#include "dialect/mongodb/match/whole_filter.h"
#include "dialect/mongodb/match/whole_number.h"
#include "dialect/mongodb/type/pattern.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

// What an operator is given, and where.
struct TopCall {
  std::string_view name;
  const Value& operand;
  const Place& place;
};

Result<std::vector<ExprPtr>> branches(const TopCall& call) {
  if (!call.operand.is_array()) {
    return error(ErrorCode::bad_value, "{} must be an array", call.name);
  }
  if (call.operand.as_array().empty()) {
    return error(ErrorCode::bad_value, "$and/$or/$nor must be a nonempty array");
  }
  TRY(const Place place, deeper(call.place));
  std::vector<ExprPtr> parts;
  for (const Value& branch : call.operand.as_array()) {
    if (!is_document(branch)) {
      return error(ErrorCode::bad_value, "$or/$and/$nor entries need to be full objects");
    }
    TRY(ExprPtr part, parse_document(branch, place));
    parts.push_back(std::move(part));
  }
  return parts;
}

Result<ExprPtr> parse_and(const TopCall& call) {
  TRY(std::vector<ExprPtr> parts, branches(call));
  return all_of(std::move(parts));
}

Result<ExprPtr> parse_or(const TopCall& call) {
  TRY(std::vector<ExprPtr> parts, branches(call));
  return any_of(std::move(parts));
}

Result<ExprPtr> parse_nor(const TopCall& call) {
  TRY(std::vector<ExprPtr> parts, branches(call));
  return not_of(any_of(std::move(parts)));
}

// For what only filters of some places, and only whole rows, may have.
Status check_place(const TopCall& call) {
  const FilterPlace place = call.place.context.place;
  if (place == FilterPlace::partial_index || place == FilterPlace::array_filter ||
      place == FilterPlace::pull) {
    return error(ErrorCode::query_feature_not_allowed, "{} is not allowed in this context",
                 call.name);
  }
  return {};
}

Status check_top(const TopCall& call) {
  if (call.place.top) return {};
  return error(ErrorCode::bad_value, "{} can only be applied to the top-level document", call.name);
}

Result<ExprPtr> parse_expr(const TopCall& call) {
  TRY_STATUS(check_top(call));
  TRY_STATUS(check_place(call));
  const auto* row = std::get_if<algebra::Var>(&call.place.object->node);
  if (row == nullptr) return fail(Code::internal, "a row is no variable");
  TRY(ExprPtr expression,
      parse_expression(call.operand, call.place.context.variables.with_row(row->id)));
  return mongodb::call(op::kTruth, {std::move(expression)});
}

Result<ExprPtr> parse_json_schema(const TopCall& call) {
  TRY_STATUS(check_place(call));
  TRY_STATUS(check_top(call));
  if (!is_document(call.operand)) {
    return error(ErrorCode::type_mismatch, "$jsonSchema must be an object");
  }
  return parse_schema(call.operand, call.place);
}

Result<ExprPtr> parse_comment(const TopCall& /*call*/) { return ExprPtr(); }

Result<ExprPtr> parse_sample_rate(const TopCall& call) {
  if (!call.place.top) {
    return error(ErrorCode::bad_value, "$sampleRate can only be applied to the top-level document");
  }
  if (!call.operand.is_number()) {
    return error(ErrorCode::bad_value, "argument to $sampleRate must be a numeric type");
  }
  const double rate = call.operand.to_double();
  if (!(rate >= 0 && rate <= 1)) {
    return error(ErrorCode::bad_value, "numeric argument to $sampleRate must be in [0, 1]");
  }
  return mongodb::call(op::kSample, {algebra::constant(Value::float64(rate))});
}

template <bool kHolds>
Result<ExprPtr> parse_always(const TopCall& call) {
  const auto operand = whole_number(call.name, call.operand);
  if (!operand || *operand != 1) {
    return error(ErrorCode::failed_to_parse, "{} must be an integer value of 1", call.name);
  }
  return truth(kHolds);
}

Result<ExprPtr> parse_where_at(const TopCall& call) {
  if (call.place.context.place != FilterPlace::query || !call.place.top) {
    return error(ErrorCode::bad_value, "{} is not allowed in this context", call.name);
  }
  return parse_where(call.operand, call.place.object);
}

Result<ExprPtr> parse_text_of(const TopCall& call) { return parse_text(call.operand, call.place); }

struct TopRow {
  std::string_view name;
  // Null without an error: it says nothing.
  Result<ExprPtr> (*parse)(const TopCall& call);
};

constexpr TopRow kTopRows[] = {
    {"$alwaysFalse", parse_always<false>},
    {"$alwaysTrue", parse_always<true>},
    {"$and", parse_and},
    {"$comment", parse_comment},
    {"$expr", parse_expr},
    {"$jsonSchema", parse_json_schema},
    {"$nor", parse_nor},
    {"$or", parse_or},
    {"$sampleRate", parse_sample_rate},
    {"$text", parse_text_of},
    {"$where", parse_where_at},
};

Result<ExprPtr> parse_top(const TopCall& call) {
  const auto* const row = std::ranges::find(kTopRows, call.name, &TopRow::name);
  if (row == std::end(kTopRows)) {
    return error(ErrorCode::bad_value,
                 "unknown top level operator: {}. If you have a field name that starts with a '$' "
                 "symbol, consider using $getField or $setField.",
                 call.name);
  }
  return row->parse(call);
}

constexpr std::array<std::string_view, 3> kReferenceNames = {"$ref", "$id", "$db"};

}  // namespace

Result<ExprPtr> parse_filter(const Value& filter, const FilterContext& context) {
  if (!is_document(filter) && context.place == FilterPlace::match_stage) {
    return error(15959, "the match filter must be an expression in an object");
  }
  const algebra::VarId row = context.variables.fresh();
  const Place place{.context = context, .object = algebra::variable(row)};
  TRY(ExprPtr body, parse_document(filter, place));
  TRY_STATUS(check_whole_filter(body));
  return row_lambda(row, std::move(body));
}

Result<ExprPtr> parse_condition(std::string_view name, const Value& condition,
                                const FilterContext& context) {
  const algebra::VarId row = context.variables.fresh();
  const Place place{.context = context, .object = algebra::variable(row)};
  const Subject subject{.path = name, .names = Value::array({Value::string(name)})};
  TRY(ExprPtr body, parse_field(subject, condition, place));
  return row_lambda(row, std::move(body));
}

Result<ExprPtr> parse_document(const Value& filter, const Place& place) {
  if (!is_document(filter)) {
    return error(ErrorCode::type_mismatch, "a filter must be an object");
  }
  std::vector<ExprPtr> parts;
  for (const value::Field& field : filter.as_object()) {
    ExprPtr part;
    if (field.name.starts_with('$')) {
      TRY(part, parse_top({.name = field.name, .operand = field.value, .place = place}));
    } else {
      const Subject subject{.path = field.name, .names = split_path(field.name)};
      TRY(part, parse_field(subject, field.value, place));
    }
    if (part != nullptr) parts.push_back(std::move(part));
  }
  return all_of(std::move(parts));
}

Result<ExprPtr> parse_field(const Subject& subject, const Value& condition, const Place& place) {
  if (condition.type() == Type::regex) {
    TRY_STATUS(Pattern::compile(condition.regex_pattern(), condition.regex_options()));
    return test(op::kMatches, place, subject.names, condition);
  }
  if (has_operators(condition)) return parse_operators(subject, condition, place);
  if (condition.type() == Type::undefined) {
    return error(ErrorCode::bad_value, "cannot compare to undefined");
  }
  return test(op::kEqual, place, subject.names, condition);
}

bool has_operators(const Value& condition, bool part) {
  if (!is_document(condition)) return false;
  const value::ObjectView fields = condition.as_object();
  if (fields.empty() || !fields.front().name.starts_with('$')) return false;
  const auto has = [&](std::string_view name) { return condition.find(name) != nullptr; };
  const bool reference = part ? std::ranges::any_of(kReferenceNames, has)
                              : std::ranges::all_of(std::span(kReferenceNames).first(2), has);
  return !reference;
}

ExprPtr test(std::uint16_t number, const Place& place, const Value& names, Value operand) {
  const Predicate* const predicate = find_predicate(number);
  const bool compares = predicate != nullptr && predicate->compares != nullptr;
  return call(
      number, {place.object, algebra::constant(names), algebra::constant(std::move(operand))},
      collation_options(compares ? collation_of(place.context.variables) : std::string_view()));
}

Value split_path(std::string_view path) {
  std::vector<Value> names;
  for (;;) {
    const std::size_t dot = path.find('.');
    names.push_back(Value::string(path.substr(0, dot)));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return Value::array(std::move(names));
}

ExprPtr all_of(std::vector<ExprPtr> parts) {
  std::vector<ExprPtr> flat;
  for (ExprPtr& part : parts) {
    const auto* inner = std::get_if<algebra::Call>(&part->node);
    if (inner != nullptr && inner->function == function_id(op::kAllOf)) {
      flat.insert(flat.end(), inner->args.begin(), inner->args.end());
    } else {
      flat.push_back(std::move(part));
    }
  }
  if (flat.empty()) return truth(true);
  return flat.size() == 1 ? flat.front() : call(op::kAllOf, std::move(flat));
}

ExprPtr truth(bool holds) { return algebra::constant(Value::boolean(holds)); }

ExprPtr any_of(std::vector<ExprPtr> parts) {
  if (parts.empty()) return truth(false);
  return parts.size() == 1 ? parts.front() : call(op::kAnyOf, std::move(parts));
}

ExprPtr not_of(ExprPtr part) { return call(op::kNot, {std::move(part)}); }

Result<Place> deeper(const Place& place) {
  if (place.depth >= kMaxFilterDepth) {
    return error(ErrorCode::bad_value, "exceeded maximum query tree depth of {}", kMaxFilterDepth);
  }
  Place next = place;
  ++next.depth;
  return next;
}

Result<Place> within(const Place& place, ExprPtr object) {
  TRY(Place next, deeper(place));
  return Place{
      .context = place.context, .object = std::move(object), .top = false, .depth = next.depth};
}

}  // namespace octavo::mongodb
