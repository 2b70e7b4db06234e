// $group, $count, $sortByCount.

#include "dialect/mongodb/pipeline/group.h"

#include <utility>

#include "dialect/mongodb/accumulator/parse.h"
#include "dialect/mongodb/accumulator/rows.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/type.h"
#include "function/aggregate.h"

namespace octavo::mongodb {
namespace {

using algebra::Aggregate;
using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::string_view kId = "_id";
constexpr std::string_view kCount = "count";

ExprPtr or_null(ExprPtr expression) { return call(op::kOrNull, {std::move(expression)}); }

bool is_operator(const Value& value) {
  return value.is_object() && !value.as_object().empty() &&
         value.as_object().front().name.starts_with('$');
}

// {a: 1} is no key, but looks like a projection.
Status check_key(const Value& key) {
  constexpr std::uint32_t kInclusion = 17390;
  if (!key.is_object() || is_operator(key)) return {};
  for (const Field& field : key.as_object()) {
    if (!field.value.is_number() && field.value.type() != value::Type::boolean) continue;
    return error(kInclusion, "$group does not support inclusion-style expressions");
  }
  return {};
}

Result<Step> parse_group(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoObject = 15947;
  constexpr std::uint32_t kNoKey = 15955;
  if (!operand.is_object()) {
    return error(kNoObject, "a group's fields must be specified in an object");
  }
  const StageRowVariable row = row_of(context);
  const Value* spec = operand.find(kId);
  ExprPtr key;
  if (spec != nullptr) {
    TRY_STATUS(check_key(*spec));
    TRY(ExprPtr parsed, parse_expression(*spec, row.variables));
    key = or_null(std::move(parsed));
  }
  std::vector<Field> rest;
  for (const Field& field : operand.as_object()) {
    if (field.name != kId) rest.push_back(field);
  }
  TRY(GroupFields fields, parse_group_fields(Value::object(std::move(rest)), row, key));
  if (key == nullptr) return error(kNoKey, "a group specification must include an _id");
  return make_group_step(row, std::move(key), std::move(fields));
}

// --- $count ---

Result<std::string> count_name(const Value& operand) {
  constexpr std::uint32_t kNoString = 40156;
  constexpr std::uint32_t kEmpty = 40157;
  constexpr std::uint32_t kDollar = 40158;
  constexpr std::uint32_t kNullByte = 40159;
  constexpr std::uint32_t kDot = 40160;
  constexpr std::uint32_t kReserved = 9039800;
  if (!operand.is_string() || operand.type() != value::Type::string) {
    return error(kNoString, "the count field must be a non-empty string");
  }
  const std::string_view name = operand.as_string();
  if (name.empty()) return error(kEmpty, "the count field must be a non-empty string");
  if (name.starts_with('$')) return error(kDollar, "the count field cannot be a $-prefixed path");
  if (name.find('\0') != std::string_view::npos) {
    return error(kNullByte, "the count field cannot contain a null byte");
  }
  if (name.find('.') != std::string_view::npos) {
    return error(kDot, "the count field cannot contain '.'");
  }
  if (name == kId) return error(kReserved, "the count field cannot be '_id'");
  return std::string(name);
}

// What documents are grouped by: one expression, or the fields of an object that each group's key
// is, so that those are looked at as they lie. A field that is missing is not null then.
struct GroupKeys {
  std::vector<ExprPtr> keys;
  std::vector<std::string> names;  // of the fields, as many; empty: one expression
};

GroupKeys keys_of(const ExprPtr& key) {
  constexpr std::size_t kMostParts = 8;
  const auto* const made = std::get_if<algebra::Call>(&key->node);
  const bool fits =
      made != nullptr && made->function == function_id(op::kOrNull) && made->args.size() == 1;
  const auto* const object =
      fits ? std::get_if<algebra::MakeObject>(&made->args.front()->node) : nullptr;
  if (object == nullptr || object->fields.empty() || object->fields.size() > kMostParts) {
    return {{key}, {}};
  }
  GroupKeys parts;
  for (const algebra::Option& field : object->fields) {
    parts.keys.push_back(call(op::kKeyPart, {field.value}));
    parts.names.push_back(field.name);
  }
  return parts;
}

PlanPtr group_plan(PlanPtr input, algebra::VarId row, std::span<const ExprPtr> keys,
                   const std::vector<Aggregate>& aggregates) {
  std::vector<ExprPtr> functions;
  for (const ExprPtr& key : keys) functions.push_back(row_lambda(row, key));
  return algebra::make_plan(algebra::Group{.input = std::move(input),
                                           .keys = std::move(functions),
                                           .aggregates = aggregates,
                                           .order = value::Order::bson});
}

// Of keys that a collation finds equal the first stands for the group.
Aggregate first_key(const StageRowVariable& row, const ExprPtr& key) {
  Aggregate first;
  first.kind = algebra::AggregateKind::function;
  first.function = function_id(AggregateNumber::first);
  first.argument = row_lambda(row.row, key);
  return first;
}

// Rows of which there are as many: groups need not be made documents of.
PlanPtr counted(const PlanPtr& rows) {
  const auto* const map = std::get_if<algebra::Map>(&rows->node);
  const auto* const function =
      map == nullptr ? nullptr : std::get_if<algebra::Lambda>(&map->function->node);
  const auto* const call =
      function == nullptr ? nullptr : std::get_if<algebra::Call>(&function->body->node);
  const bool of_groups = call != nullptr && call->function == function_id(op::kGroupDocument);
  return of_groups ? map->input : rows;
}

Result<Step> parse_count(const Value& operand, StageContext& context) {
  TRY(std::string name, count_name(operand));
  const StageRowVariable row = row_of(context);
  const algebra::VarId group = context.variables.fresh();
  const std::vector<std::string> reduction{"reduction"};
  const ExprPtr document = row_lambda(
      group, algebra::make_object({{name, path_call(algebra::variable(group), reduction)}}));
  Step step;
  step.plan = [row, document](PlanPtr input) -> Result<PlanPtr> {
    const ExprPtr all = algebra::constant(Value());
    return algebra::make_plan(algebra::Map{
        group_plan(counted(input), row.row, std::span(&all, 1), count_alone().aggregates),
        document});
  };
  return step;
}

// --- $sortByCount ---

Result<Step> parse_sort_by_count(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoExpression = 40147;
  constexpr std::uint32_t kNoPath = 40148;
  constexpr std::uint32_t kOther = 40149;
  if (operand.is_object() && !is_operator(operand)) {
    return error(kNoExpression,
                 "the sortByCount field must be defined as a $-prefixed path or an expression "
                 "inside an object");
  }
  if (operand.is_string() && !operand.as_string().starts_with('$')) {
    return error(kNoPath,
                 "the sortByCount field must be defined as a $-prefixed path or an expression "
                 "inside an object");
  }
  if (!operand.is_object() && !operand.is_string()) {
    return error(kOther, "the sortByCount field must be specified as a string or as an object");
  }
  const StageRowVariable row = row_of(context);
  TRY(ExprPtr key, parse_expression(operand, row.variables));
  Step group = make_group_step(row, or_null(std::move(key)), count_alone());
  const SortPattern by_count{
      {.path = {std::string(kCount)}, .direction = algebra::Direction::descending}};
  Step step;
  step.plan = [group = std::move(group),
               keys = sort_keys(by_count, context.variables)](PlanPtr input) -> Result<PlanPtr> {
    TRY(PlanPtr grouped, group.plan(std::move(input)));
    return algebra::make_plan(
        algebra::Sort{.input = std::move(grouped), .keys = keys, .order = value::Order::bson});
  };
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$group", .flags = 0, .parse = parse_group},
    {.name = "$count", .flags = 0, .parse = parse_count},
    {.name = "$sortByCount", .flags = 0, .parse = parse_sort_by_count},
};

// --- Operations ---

// The object that a group's key is, of its parts: an array of them, or the one that there is.
Result<Value> key_of_parts(const Value& key, value::ArrayView names) {
  const value::ArrayView parts =
      names.size() == 1 || !key.is_array() ? value::ArrayView(&key, 1) : key.as_array();
  if (parts.size() != names.size()) {
    return fail(Code::type_mismatch, "a group of MongoDB has other keys");
  }
  std::vector<Field> fields;
  fields.reserve(parts.size());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i] == missing_key_part()) continue;
    fields.push_back({std::string(names[i].as_string()), parts[i]});
  }
  return Value::object(std::move(fields));
}

// (group, names [, whether its key is the last aggregate [, names of the parts of its key]])
Result<Item> group_document(const OperationCall& /*call*/, std::span<const Item> arguments) {
  constexpr std::size_t kKeyIsResult = 2;
  constexpr std::size_t kPartNames = 3;
  const Value* key = arguments[0] ? arguments[0]->find("group") : nullptr;
  const Value* results = arguments[0] ? arguments[0]->find("reduction") : nullptr;
  if (key == nullptr || results == nullptr || !arguments[1] || !arguments[1]->is_array()) {
    return fail(Code::type_mismatch, "a group of MongoDB has another form");
  }
  const auto names = arguments[1]->as_array();
  const bool has_key = arguments.size() > kKeyIsResult && is_truthy(arguments[kKeyIsResult]);
  const std::size_t wanted = names.size() + (has_key ? 1 : 0);
  const auto values =
      wanted == 1 || !results->is_array() ? std::span(results, 1) : results->as_array();
  if (values.size() < wanted) {
    return fail(Code::type_mismatch, "a group of MongoDB has too few results");
  }
  if (has_key) key = &values[names.size()];
  Value of_parts;
  if (arguments.size() > kPartNames && arguments[kPartNames] && arguments[kPartNames]->is_array()) {
    TRY(of_parts, key_of_parts(*key, arguments[kPartNames]->as_array()));
    key = &of_parts;
  }
  std::vector<Field> fields{{std::string(kId), *key}};
  fields.reserve(names.size() + 1);
  for (std::size_t i = 0; i < names.size(); ++i) {
    fields.push_back({std::string(names[i].as_string()), values[i]});
  }
  return Item(Value::object(std::move(fields)));
}

// It stands in calls of others, which look at its parts.
Result<Item> aggregate_alone(const OperationCall& /*call*/, LazyArguments& /*arguments*/) {
  return fail(Code::type_mismatch, "an aggregate of MongoDB is no value");
}

constexpr OperationRow kOperations[] = {
    {.number = op::kGroupDocument, .name = "group_document", .least = 2, .eager = group_document},
    {.number = op::kAggregate, .name = "aggregate", .least = 2, .lazy = aggregate_alone},
};

}  // namespace

std::span<const StageRow> group_stages() { return kStages; }
std::span<const OperationRow> group_operations() { return kOperations; }

Result<GroupFields> parse_group_fields(const Value& document, const StageRowVariable& row,
                                       const ExprPtr& key) {
  GroupFields fields;
  const AccumulatorSite site{.row = row.row, .variables = row.variables, .group = key};
  for (const Field& field : document.as_object()) {
    TRY(Aggregate aggregate, parse_group_field(field, site));
    fields.names.push_back(field.name);
    fields.aggregates.push_back(std::move(aggregate));
  }
  return fields;
}

GroupFields count_alone() {
  Aggregate count;
  count.kind = algebra::AggregateKind::function;
  count.function = function_id(AggregateNumber::count);
  return {{std::string(kCount)}, {std::move(count)}};
}

Step make_group_step(const StageRowVariable& row, ExprPtr key, GroupFields fields) {
  std::vector<Value> names;
  for (const std::string& name : fields.names) names.push_back(Value::string(name));
  const algebra::VarId group = row.variables.fresh();
  std::vector<ExprPtr> arguments{algebra::variable(group),
                                 algebra::constant(Value::array(std::move(names)))};
  const std::string_view collation = collation_of(row.variables);
  GroupKeys keys{{key}, {}};
  if (!collation.empty()) {
    fields.aggregates.push_back(first_key(row, key));
    keys.keys = {collate(call(op::kCollationKey, {key}), collation)};
    arguments.push_back(algebra::constant(Value::boolean(true)));
  } else {
    keys = keys_of(key);
    if (!keys.names.empty()) {
      arguments.push_back(algebra::constant(Value::boolean(false)));
      arguments.push_back(algebra::constant(names_of(keys.names)));
    }
  }
  const ExprPtr document = row_lambda(group, call(op::kGroupDocument, std::move(arguments)));
  Step step;
  step.plan = [row, keys = std::move(keys.keys), document,
               aggregates = std::move(fields.aggregates)](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(
        algebra::Map{group_plan(std::move(input), row.row, keys, aggregates), document});
  };
  return step;
}

ExprPtr aggregate_call(const Aggregate& aggregate) {
  const ExprPtr number = algebra::constant(Value::int64(aggregate.function.number));
  const ExprPtr argument =
      aggregate.argument == nullptr ? algebra::constant(Value()) : aggregate.argument;
  return call(op::kAggregate, {number, argument}, aggregate.options);
}

Result<function::AggregateStatePtr> make_state(const ExprPtr& aggregate,
                                               function::EvalContext& context) {
  const auto* node = std::get_if<algebra::Call>(&aggregate->node);
  const bool fits =
      node != nullptr && node->function == function_id(op::kAggregate) && node->args.size() == 2;
  const Value* number = fits ? constant_of(node->args[0]) : nullptr;
  const auto integer = number != nullptr && number->is_number() ? number->to_int64() : std::nullopt;
  const function::AggregateRow* row = nullptr;
  for (const function::AggregateRow& one : aggregate_rows()) {
    if (integer == one.number) row = &one;
  }
  if (row == nullptr) return fail(Code::unsupported, "an aggregate of MongoDB is not known");
  return row->make(node->options, context);
}

}  // namespace octavo::mongodb
