// $lookup, in its three forms: by equal fields, by a pipeline, by both.

#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/foreign.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::string_view kDocuments = "$documents";

// --- Parsing ---

constexpr std::string_view kStage = "$lookup";

struct LookupSpec {
  std::optional<std::string> from;
  std::string as;
  std::optional<std::string> local_field;
  std::optional<std::string> foreign_field;
  const Value* let = nullptr;
  const Value* pipeline = nullptr;
};

std::unexpected<Error> malformed(std::string_view text) {
  return error(ErrorCode::failed_to_parse, "{}", text);
}

bool begins_with_documents(const Value* pipeline) {
  if (pipeline == nullptr || !pipeline->is_array() || pipeline->as_array().empty()) return false;
  const Value& first = pipeline->as_array().front();
  return first.is_object() && first.find(kDocuments) != nullptr;
}

// Before all others: without a collection there have to be documents.
Result<std::optional<std::string>> read_from(const Value& operand) {
  constexpr std::array<std::string_view, 2> kNames{"db", "coll"};
  const Value* from = operand.find("from");
  if (from == nullptr || from->is_null()) {
    if (begins_with_documents(operand.find("pipeline"))) return std::optional<std::string>();
    return malformed(
        "$lookup must specify 'pipeline' when 'from' is empty, with $documents as its first stage");
  }
  if (from->is_object()) {
    TRY_STATUS(check_fields("from", *from, kNames));
    for (const std::string_view name : kNames) TRY_STATUS(string_field("from", *from, name));
    return malformed("$lookup with syntax {from: {db:<>, coll:<>},..} is not supported");
  }
  if (!from->is_string()) {
    return error(ErrorCode::failed_to_parse, "$lookup argument 'from: {}' must be a string, is {}",
                 print(*from), type_alias(*from));
  }
  return std::optional(std::string(from->as_string()));
}

// A path; an empty one is none.
Result<std::optional<std::string>> read_path(const Value& operand, std::string_view name) {
  TRY(const Value* const path, string_field(kStage, operand, name));
  if (path == nullptr || path->as_string().empty()) return std::optional<std::string>();
  return std::optional(std::string(path->as_string()));
}

Status check_forms(const LookupSpec& spec) {
  if (spec.local_field.has_value() != spec.foreign_field.has_value()) {
    return malformed(
        "$lookup requires both or neither of 'localField' and 'foreignField' to be specified");
  }
  if (spec.pipeline == nullptr && !spec.local_field) {
    return malformed(
        "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be "
        "specified");
  }
  if (spec.let != nullptr && spec.pipeline == nullptr) {
    return malformed("$lookup with a 'let' argument must also specify 'pipeline'");
  }
  return {};
}

Result<LookupSpec> read_spec(const Value& operand) {
  constexpr std::array<std::string_view, 6> kNames{"from",         "as",  "localField",
                                                   "foreignField", "let", "pipeline"};
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse,
                 "the $lookup stage specification must be an object, but found {}",
                 type_alias(operand));
  }
  LookupSpec spec;
  TRY(spec.from, read_from(operand));
  TRY_STATUS(check_fields(kStage, operand, kNames));
  TRY(spec.as, required_string(kStage, operand, "as"));
  TRY(spec.local_field, read_path(operand, "localField"));
  TRY(spec.foreign_field, read_path(operand, "foreignField"));
  const Value* let = operand.find("let");
  if (let != nullptr && !let->is_null()) {
    if (!let->is_object()) return wrong_type(kStage, "let", *let, "object");
    spec.let = let;
  }
  spec.pipeline = operand.find("pipeline");
  if (spec.pipeline != nullptr && !spec.pipeline->is_array()) {
    return wrong_type(kStage, "pipeline", *spec.pipeline, "array");
  }
  TRY_STATUS(check_forms(spec));
  return spec;
}

// --- Planning ---

// What the pipeline is run with: the variables of `let`, and the values that it is looked up by.
struct Inside {
  Variables variables;
  std::vector<BoundVariable> bound;

  void bind(std::string_view name, ExprPtr value) {
    const algebra::VarId id = variables.fresh();
    // What is missing is passed as `undefined` (expression/evaluation.h).
    variables = variables.with(name, call(op::kPresent, {algebra::variable(id)}));
    bound.push_back({id, std::move(value)});
  }
  std::vector<algebra::VarId> ids() const {
    std::vector<algebra::VarId> ids;
    for (const BoundVariable& variable : bound) ids.push_back(variable.id);
    return ids;
  }
};

Result<Inside> bind_let(const LookupSpec& spec, const StageRowVariable& row,
                        const StageContext& context) {
  Inside inside{context.variables, {}};
  if (spec.let == nullptr) return inside;
  for (const Field& variable : spec.let->as_object()) {
    if (const Status fits = check_variable_name(variable.name); !fits) {
      return malformed(fits.error().what);
    }
    TRY(ExprPtr value, parse_expression(variable.value, row.variables));
    inside.bind(variable.name, std::move(value));
  }
  return inside;
}

// The array of what is found for the row.
Result<ExprPtr> find_matches(const LookupSpec& spec, const StageRowVariable& row,
                             const StageContext& context) {
  const CollectionName name{spec.from ? context.name.database : std::string(),
                            spec.from.value_or("")};
  ExprPtr equal;
  std::vector<std::string> local;
  ForeignDocuments documents{.name = name, .path = {}, .stages = {}};
  if (spec.local_field) {
    TRY(local, split_path(*spec.local_field));
    TRY(documents.path, split_path(*spec.foreign_field));
  }
  if (spec.pipeline == nullptr) {
    return find_foreign(documents, local_keys(algebra::variable(row.row), local), context);
  }
  TRY(Inside inside, bind_let(spec, row, context));
  PlanPtr rows;
  if (spec.local_field && spec.from) {
    const algebra::VarId keys = context.variables.fresh();
    inside.bound.push_back({keys, local_keys(algebra::variable(row.row), local)});
    TRY(ExprPtr found, find_foreign(documents, algebra::variable(keys), context));
    rows = rows_of(std::move(found), context.variables);
  }
  TRY(const PlanPtr plan, plan_nested({.stages = spec.pipeline->as_array(),
                                       .name = name,
                                       .rows = std::move(rows),
                                       .variables = inside.variables,
                                       .params = inside.ids()},
                                      context));
  return rows_of_plan(plan, std::move(inside.bound), context);
}

Result<Step> parse_lookup(const Value& operand, StageContext& context) {
  TRY(const LookupSpec spec, read_spec(operand));
  if (spec.from) {
    TRY_STATUS(check_collection_name({context.name.database, *spec.from}));
  }
  TRY(const std::vector<std::string> as, split_path(spec.as));
  const StageRowVariable row = row_of(context);
  TRY(ExprPtr matches, find_matches(spec, row, context));
  Step step;
  step.changes = {Changes::Kind::fields, {as.front()}};
  step.plan = map_rows(row_lambda(row.row, set_path_call(algebra::variable(row.row), as, matches)));
  step.looked_up = {.row = row.row, .as = as, .matches = std::move(matches)};
  return step;
}

constexpr StageRow kStages[] = {{.name = "$lookup", .flags = 0, .parse = parse_lookup}};

}  // namespace

std::span<const StageRow> lookup_stages() { return kStages; }

}  // namespace octavo::mongodb
