// $out and $merge: what they ask for (output.h). The plan stays as it is.

#include <algorithm>
#include <array>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/namespace.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::uint16_t kOutputFlags = stage_flag::kLast | stage_flag::kNotInFacet |
                                       stage_flag::kNotInLookup | stage_flag::kNotInUnion |
                                       stage_flag::kNotInView | stage_flag::kNotInTransaction;
constexpr std::string_view kMerge = "$merge";
constexpr std::string_view kOut = "$out";
constexpr std::uint32_t kMissing = 40414;

constexpr std::array<std::string_view, 3> kReserved{"admin", "config", "local"};

bool is_reserved(std::string_view database) {
  return std::ranges::find(kReserved, database) != kReserved.end();
}
bool is_system(std::string_view collection) { return collection.starts_with("system."); }

Step unchanged() {
  Step step;
  step.plan = [](PlanPtr input) -> Result<PlanPtr> { return input; };
  return step;
}

// --- $merge ---

Status check_merge_target(const CollectionName& into) {
  constexpr std::uint32_t kSystem = 31319;
  constexpr std::uint32_t kReservedDatabase = 31320;
  TRY_STATUS(check_database_name(into.database));
  TRY_STATUS(check_collection_name(into));
  if (is_reserved(into.database)) {
    return error(kReservedDatabase, "Cannot {} to internal database: {}", kMerge, into.database);
  }
  if (is_system(into.collection)) {
    return error(kSystem, "Cannot {} to special collection: {}", kMerge, into.collection);
  }
  return {};
}

Result<CollectionName> read_into(const Value& into, const std::string& database) {
  constexpr std::uint32_t kOther = 51178;
  constexpr std::uint32_t kEmpty = 5786800;
  constexpr std::uint32_t kNoCollection = 5786801;
  constexpr std::array<std::string_view, 2> kNames{"db", "coll"};
  if (into.is_string()) {
    if (into.as_string().empty()) {
      return error(kEmpty, "{} 'into' field cannot be an empty string", kMerge);
    }
    return CollectionName{database, std::string(into.as_string())};
  }
  if (!into.is_object()) {
    return error(kOther, "{} 'into' field  must be either a string or an object, but found {}",
                 kMerge, type_alias(into));
  }
  TRY_STATUS(check_fields("$merge.into", into, kNames));
  TRY(const Value* const db, string_field("$merge.into", into, kNames[0]));
  TRY(const Value* const collection, string_field("$merge.into", into, kNames[1]));
  if (collection == nullptr) {
    return error(kNoCollection,
                 "{} 'into' field must specify a 'coll' that is not empty, null or "
                 "undefined",
                 kMerge);
  }
  return CollectionName{db == nullptr ? database : std::string(db->as_string()),
                        std::string(collection->as_string())};
}

Result<std::vector<std::string>> read_on(const Value& on) {
  constexpr std::uint32_t kElement = 51134;
  constexpr std::uint32_t kOther = 51186;
  constexpr std::uint32_t kEmpty = 51187;
  constexpr std::uint32_t kTwice = 31465;
  if (on.is_string()) return std::vector<std::string>{std::string(on.as_string())};
  if (!on.is_array()) {
    return error(kOther,
                 "{} 'on' field  must be either a string or an array of strings, but found {}",
                 kMerge, type_alias(on));
  }
  if (on.as_array().empty()) {
    return error(kEmpty, "If explicitly specifying {} 'on', must include at least one field",
                 kMerge);
  }
  std::vector<std::string> names;
  for (const Value& element : on.as_array()) {
    if (!element.is_string()) {
      return error(kElement, "{} 'on' array elements must be strings, but found {}", kMerge,
                   type_alias(element));
    }
    std::string name(element.as_string());
    if (std::ranges::find(names, name) != names.end()) {
      return error(kTwice, "Found a duplicate field '{}'", name);
    }
    names.push_back(std::move(name));
  }
  return names;
}

struct MatchedRow {
  std::string_view name;
  WhenMatched mode;
  bool inserts_alone;  // what is not matched must be inserted
};
constexpr MatchedRow kMatched[] = {
    {"merge", WhenMatched::merge, false},
    {"replace", WhenMatched::replace, false},
    {"keepExisting", WhenMatched::keep_existing, true},
    {"fail", WhenMatched::fail, true},
};
struct NotMatchedRow {
  std::string_view name;
  WhenNotMatched mode;
};
constexpr NotMatchedRow kNotMatched[] = {
    {"insert", WhenNotMatched::insert},
    {"discard", WhenNotMatched::discard},
    {"fail", WhenNotMatched::fail},
};

std::unexpected<Error> no_such_mode(std::string_view field, const Value& value) {
  return error(ErrorCode::bad_value,
               "Enumeration value '{}' for field '{}.{}' is not a valid value.", value.as_string(),
               kMerge, field);
}

Status read_matched(Merge& merge, const Value& matched) {
  constexpr std::uint32_t kOther = 51191;
  if (matched.is_array()) {
    for (const Value& stage : matched.as_array()) {
      if (stage.is_object()) continue;
      return error(ErrorCode::type_mismatch,
                   "Each element of the 'pipeline' array must be an object");
    }
    merge.when_matched = WhenMatched::pipeline;
    merge.pipeline.assign(matched.as_array().begin(), matched.as_array().end());
    return {};
  }
  if (!matched.is_string()) {
    return error(kOther,
                 "{} 'whenMatched' field  must be either a string or an array, but found {}",
                 kMerge, type_alias(matched));
  }
  const auto* row = std::ranges::find(kMatched, matched.as_string(), &MatchedRow::name);
  if (row == std::end(kMatched)) return no_such_mode("whenMatched", matched);
  merge.when_matched = row->mode;
  return {};
}

Status read_not_matched(Merge& merge, const Value& not_matched) {
  if (!not_matched.is_string()) {
    return wrong_type(kMerge, "whenNotMatched", not_matched, "string");
  }
  const auto* row = std::ranges::find(kNotMatched, not_matched.as_string(), &NotMatchedRow::name);
  if (row == std::end(kNotMatched)) return no_such_mode("whenNotMatched", not_matched);
  merge.when_not_matched = row->mode;
  return {};
}

Status check_modes(const Merge& merge) {
  constexpr std::uint32_t kUnsupported = 51181;
  const auto* matched = std::ranges::find(kMatched, merge.when_matched, &MatchedRow::mode);
  const auto* not_matched =
      std::ranges::find(kNotMatched, merge.when_not_matched, &NotMatchedRow::mode);
  const bool fits = matched == std::end(kMatched) || !matched->inserts_alone ||
                    merge.when_not_matched == WhenNotMatched::insert;
  if (fits) return {};
  return error(
      kUnsupported,
      "Combination of {} modes 'whenMatched: {}' and 'whenNotMatched: {}' is not supported", kMerge,
      matched->name, not_matched->name);
}

Status read_let(Merge& merge, const Value* let, const StageContext& context) {
  constexpr std::uint32_t kWithoutPipeline = 51199;
  constexpr std::uint32_t kReservedName = 51273;
  constexpr std::string_view kNew = "new";
  const bool is_pipeline = merge.when_matched == WhenMatched::pipeline;
  if (let != nullptr && !let->is_object()) return wrong_type(kMerge, "let", *let, "object");
  if (let != nullptr && !is_pipeline) {
    return error(kWithoutPipeline, "Cannot use 'let' variables with 'whenMatched: <string>' mode");
  }
  if (!is_pipeline) return {};
  const auto add = [&](const std::string& name, const Value& spec) -> Status {
    const StageRowVariable row = row_of(context);
    TRY(algebra::ExprPtr value, parse_expression(spec, row.variables));
    merge.let.push_back({name, row_lambda(row.row, std::move(value))});
    return {};
  };
  if (let == nullptr) return add(std::string(kNew), Value::string("$$ROOT"));
  bool has_new = false;
  for (const Field& variable : let->as_object()) {
    const bool is_root = variable.value.is_string() && variable.value.as_string() == "$$ROOT";
    if (variable.name == kNew && !is_root) {
      return error(kReservedName,
                   "'let' may not define a value for the reserved 'new' variable "
                   "other than '$$ROOT'");
    }
    has_new = has_new || variable.name == kNew;
    TRY_STATUS(check_variable_name(variable.name));
    TRY_STATUS(add(variable.name, variable.value));
  }
  return has_new ? Status() : add(std::string(kNew), Value::string("$$ROOT"));
}

const Value* given(const Value& document, std::string_view name) {
  const Value* field = document.find(name);
  return field == nullptr || field->is_null() ? nullptr : field;
}

Result<Merge> read_merge(const Value& operand, const StageContext& context) {
  constexpr std::array<std::string_view, 5> kNames{"into", "on", "let", "whenMatched",
                                                   "whenNotMatched"};
  Merge merge;
  if (operand.is_string()) {
    merge.into = {context.name.database, std::string(operand.as_string())};
    TRY_STATUS(check_merge_target(merge.into));
    return merge;
  }
  if (!operand.is_object()) {
    return error(ErrorCode::type_mismatch, "{} requires a string or object argument, but found {}",
                 kMerge, type_alias(operand));
  }
  TRY_STATUS(check_fields(kMerge, operand, kNames));
  const Value* into = operand.find("into");
  if (into == nullptr) {
    return error(kMissing, "BSON field '{}.into' is missing but a required field", kMerge);
  }
  TRY(merge.into, read_into(*into, context.name.database));
  if (const Value* on = given(operand, "on")) {
    TRY(merge.on, read_on(*on));
  }
  if (const Value* matched = given(operand, "whenMatched")) {
    TRY_STATUS(read_matched(merge, *matched));
  }
  if (const Value* not_matched = given(operand, "whenNotMatched")) {
    TRY_STATUS(read_not_matched(merge, *not_matched));
  }
  TRY_STATUS(check_merge_target(merge.into));
  TRY_STATUS(check_modes(merge));
  TRY_STATUS(read_let(merge, given(operand, "let"), context));
  return merge;
}

Result<Step> parse_merge(const Value& operand, StageContext& context) {
  TRY(Merge merge, read_merge(operand, context));
  context.made->output = std::move(merge);
  return unchanged();
}

// --- $out ---

Status check_out_target(const CollectionName& into) {
  constexpr std::uint32_t kSystem = 17385;
  constexpr std::uint32_t kReservedDatabase = 31321;
  constexpr std::size_t kMostBytes = 255;
  TRY_STATUS(check_database_name(into.database));
  if (into.database.size() + 1 + into.collection.size() > kMostBytes) {
    return error(ErrorCode::illegal_operation, "fully qualified namespace {}.{} is too long",
                 into.database, into.collection);
  }
  if (into.collection.find('$') != std::string::npos) {
    return error(ErrorCode::illegal_operation,
                 "cannot {} to a collection with a '$' in its name: {}", kOut, into.collection);
  }
  TRY_STATUS(check_collection_name(into));
  if (is_system(into.collection)) {
    return error(kSystem, "Can't {} to special collection: {}", kOut, into.collection);
  }
  if (is_reserved(into.database)) {
    return error(kReservedDatabase, "Can't {} to internal database: {}", kOut, into.database);
  }
  return {};
}

Result<ReplaceCollection> read_out(const Value& operand, const StageContext& context) {
  constexpr std::uint32_t kOther = 16990;
  constexpr std::array<std::string_view, 3> kNames{"db", "coll", "timeseries"};
  ReplaceCollection out;
  if (operand.is_string()) {
    out.into = {context.name.database, std::string(operand.as_string())};
    return out;
  }
  if (!operand.is_object()) {
    return error(kOther, "{} only supports a string or object argument, but found {}", kOut,
                 type_alias(operand));
  }
  TRY_STATUS(check_fields(kOut, operand, kNames));
  TRY(out.into.database, required_string(kOut, operand, "db"));
  TRY(out.into.collection, required_string(kOut, operand, "coll"));
  if (const Value* timeseries = given(operand, "timeseries")) {
    if (!timeseries->is_object()) return wrong_type(kOut, "timeseries", *timeseries, "object");
    out.timeseries = *timeseries;
  }
  return out;
}

Result<Step> parse_out(const Value& operand, StageContext& context) {
  TRY(ReplaceCollection out, read_out(operand, context));
  TRY_STATUS(check_out_target(out.into));
  context.made->output = std::move(out);
  return unchanged();
}

constexpr StageRow kStages[] = {
    {.name = kMerge, .flags = kOutputFlags, .parse = parse_merge},
    {.name = kOut, .flags = kOutputFlags, .parse = parse_out},
};

}  // namespace

std::span<const StageRow> output_stages() { return kStages; }

}  // namespace octavo::mongodb
