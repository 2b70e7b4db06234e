// $rankFusion, of MongoDB 8.1: the documents of several ranked pipelines, by how they rank in each.
// It is written as other stages: each pipeline's documents are numbered, what their ranks are worth
// is summed for each document, and the sums order the result.

#include <algorithm>
#include <array>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/pipeline/names.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::PlanPtr;
using value::Field;
using value::Value;

constexpr std::string_view kStage = "$rankFusion";
constexpr std::int64_t kRankOffset = 60;  // of reciprocal rank fusion, which MongoDB fixes
constexpr std::array<std::string_view, 5> kSelecting{"$match", "$sort", "$limit", "$skip",
                                                     "$sample"};

struct RankedPipeline {
  std::vector<Value> stages;
  Value sort;  // the pattern of its last $sort
  Value weight;
};

Value document(std::vector<Field> fields) { return Value::object(std::move(fields)); }
Value text(std::string_view utf8) { return Value::string(utf8); }

// --- Reading ---

Result<const Value*> needed_object(std::string_view where, const Value& of, std::string_view name) {
  const Value* const found = of.find(name);
  if (found == nullptr || found->is_null()) {
    return error(40414, "BSON field '{}.{}' is missing but a required field", where, name);
  }
  if (!found->is_object()) return wrong_type(where, name, *found, "object");
  return found;
}

Status check_name(std::string_view name) {
  if (name.empty()) return error(15998, "FieldPath field names may not be empty strings.");
  if (name.starts_with('$')) return error(16410, "FieldPath field names may not start with '$'.");
  if (name.contains('.')) return error(16412, "FieldPath field names may not contain '.'.");
  return {};
}

std::string_view name_of_stage(const Value& stage) {
  const bool named = stage.is_object() && stage.as_object().size() == 1;
  return named ? std::string_view(stage.as_object().front().name) : std::string_view();
}

Result<RankedPipeline> read_pipeline(std::string_view name, const Value& given) {
  TRY_STATUS(check_name(name));
  if (!given.is_array()) return wrong_type("$rankFusion.input.pipelines", name, given, "array");
  RankedPipeline ranked;
  ranked.stages.assign(given.as_array().begin(), given.as_array().end());
  if (ranked.stages.empty()) {
    return error(9834300, "Input pipeline '{}' of $rankFusion is empty", name);
  }
  for (const Value& stage : ranked.stages) {
    const std::string_view kind = name_of_stage(stage);
    if (kind == kStage) {
      const bool first = &stage == &ranked.stages.front();
      return error(first ? 10473002U : 10170100U, "$rankFusion cannot be within $rankFusion");
    }
    if (std::ranges::find(kSelecting, kind) == kSelecting.end()) {
      return error(9191103,
                   "Input pipelines of $rankFusion may select and rank documents alone: '{}' is "
                   "not allowed",
                   kind);
    }
    if (kind == "$sort") ranked.sort = stage.as_object().front().value;
  }
  if (!ranked.sort.is_object() || ranked.sort.as_object().empty()) {
    return error(9191100, "Input pipeline '{}' of $rankFusion is not ranked: it has no $sort",
                 name);
  }
  return ranked;
}

Result<Value> read_weight(const Field& given) {
  if (!given.value.is_number()) {
    return error(13118, "The weight of '{}' must be a number, not {}", given.name,
                 type_alias(given.value));
  }
  const double weight = given.value.to_double();
  if (!(weight >= 0)) {
    return error(9460300, "The weight of '{}' must not be negative, and is {}", given.name,
                 print(given.value));
  }
  return given.value;
}

Status read_weights(const Value& operand, const std::vector<std::string>& names,
                    std::vector<RankedPipeline>& pipelines) {
  constexpr std::array<std::string_view, 1> kNames{"weights"};
  const Value* const combination = operand.find("combination");
  if (combination == nullptr || combination->is_null()) return {};
  if (!combination->is_object()) return wrong_type(kStage, "combination", *combination, "object");
  TRY_STATUS(check_fields("$rankFusion.combination", *combination, kNames));
  TRY(const Value* const weights,
      needed_object("$rankFusion.combination", *combination, "weights"));
  if (weights->as_object().size() > names.size()) {
    return error(9460301, "$rankFusion has more weights than pipelines");
  }
  for (const Field& given : weights->as_object()) {
    const auto at = std::ranges::find(names, given.name);
    if (at == names.end()) {
      return error(9967500, "$rankFusion has no pipeline of the name '{}'", given.name);
    }
    TRY(pipelines[static_cast<std::size_t>(at - names.begin())].weight, read_weight(given));
  }
  return {};
}

Result<std::vector<RankedPipeline>> read_spec(const Value& operand) {
  constexpr std::array<std::string_view, 3> kNames{"input", "combination", "scoreDetails"};
  constexpr std::array<std::string_view, 1> kInputNames{"pipelines"};
  if (!operand.is_object()) {
    return error(ErrorCode::failed_to_parse, "{} must take a nested object but found: {}", kStage,
                 print(operand));
  }
  TRY_STATUS(check_fields(kStage, operand, kNames));
  TRY(const Value* const input, needed_object(kStage, operand, "input"));
  TRY_STATUS(check_fields("$rankFusion.input", *input, kInputNames));
  TRY(const Value* const given, needed_object("$rankFusion.input", *input, "pipelines"));
  std::vector<std::string> names;
  std::vector<RankedPipeline> pipelines;
  for (const Field& field : given->as_object()) {
    TRY(RankedPipeline ranked, read_pipeline(field.name, field.value));
    ranked.weight = Value::int32(1);
    names.emplace_back(field.name);
    pipelines.push_back(std::move(ranked));
  }
  if (pipelines.empty()) return error(ErrorCode::bad_value, "$rankFusion needs a pipeline");
  TRY_STATUS(read_weights(operand, names, pipelines));
  const Value* const details = operand.find("scoreDetails");
  if (details == nullptr || details->is_null()) return pipelines;
  if (details->type() != value::Type::boolean) {
    return wrong_type(kStage, "scoreDetails", *details, "bool");
  }
  if (!details->as_boolean()) return pipelines;
  return error(ErrorCode::command_not_supported, "scoreDetails of $rankFusion is not supported");
}

// --- As other stages. A document is `d` of the one that carries it, `r` its rank, `s` its score
// ---

// Documents that sort alike have one rank, for which the order must be by one key: of several
// fields, a document of them, which has one direction. Else they are counted.
struct Ranking {
  Value key;      // an expression; null: the patterns are used as they are
  Value pattern;  // of $setWindowFields
  Value rank;     // what makes a rank in its order
};

Value rank_of_sort_key() { return document({{"$rank", document({})}}); }
Value count_so_far() {
  const Value so_far = Value::array({text("unbounded"), text("current")});
  return document({{"$sum", Value::int32(1)}, {"window", document({{"documents", so_far}})}});
}

Ranking ranking_of(const Value& sort) {
  const auto fields = sort.as_object();
  const Value& direction = fields.front().value;
  const bool one_way =
      std::ranges::all_of(fields, [&](const Field& field) { return field.value == direction; });
  std::vector<Field> pattern;
  std::vector<Field> key;
  for (const Field& field : fields) {
    const std::string path = "d." + std::string(field.name);
    pattern.push_back({path, field.value});
    key.push_back({fmt::format("k{}", key.size()),
                   document({{"$ifNull", Value::array({text("$" + path), Value()})}})});
  }
  if (fields.size() == 1) return {Value(), document(std::move(pattern)), rank_of_sort_key()};
  if (!one_way) return {Value(), document(std::move(pattern)), count_so_far()};
  return {document(std::move(key)), document({{"k", direction}}), rank_of_sort_key()};
}

std::vector<Value> scored(const RankedPipeline& ranked) {
  const Ranking ranking = ranking_of(ranked.sort);
  std::vector<Value> stages = ranked.stages;
  stages.push_back(document({{"$replaceWith", document({{"d", text("$$ROOT")}})}}));
  if (!ranking.key.is_null()) {
    stages.push_back(document({{"$set", document({{"k", ranking.key}})}}));
  }
  const Value output = document({{"r", ranking.rank}});
  stages.push_back(document(
      {{"$setWindowFields", document({{"sortBy", ranking.pattern}, {"output", output}})}}));
  const Value place = document({{"$add", Value::array({Value::int64(kRankOffset), text("$r")})}});
  const Value share = document({{"$divide", Value::array({Value::float64(1), place})}});
  const Value score = document({{"$multiply", Value::array({ranked.weight, share})}});
  stages.push_back(document({{"$replaceWith", document({{"d", text("$d")}, {"s", score}})}}));
  return stages;
}

std::vector<Value> fused(const std::vector<RankedPipeline>& pipelines,
                         const std::string& collection) {
  std::vector<Value> stages = scored(pipelines.front());
  for (std::size_t i = 1; i < pipelines.size(); ++i) {
    stages.push_back(
        document({{"$unionWith", document({{"coll", text(collection)},
                                           {"pipeline", Value::array(scored(pipelines[i]))}})}}));
  }
  stages.push_back(document({{"$group", document({{"_id", text("$d._id")},
                                                  {"d", document({{"$first", text("$d")}})},
                                                  {"s", document({{"$sum", text("$s")}})}})}}));
  stages.push_back(
      document({{"$sort", document({{"s", Value::int32(-1)}, {"_id", Value::int32(1)}})}}));
  stages.push_back(document({{"$replaceWith", text("$d")}}));
  return stages;
}

Result<Step> parse_rank_fusion(const Value& operand, StageContext& context) {
  TRY(const auto pipelines, read_spec(operand));
  const std::vector<Value> stages = fused(pipelines, context.name.collection);
  TRY(const PlanPtr plan, plan_nested({.stages = stages,
                                       .name = context.name,
                                       .place = PipelinePlace::union_with,
                                       .variables = context.variables,
                                       .params = {}},
                                      context));
  Step step;
  step.plan = [plan](PlanPtr /*none*/) -> Result<PlanPtr> { return plan; };
  return step;
}

constexpr StageRow kStages[] = {{.name = kStage,
                                 .flags = stage_flag::kFirst | stage_flag::kSource |
                                          stage_flag::kNotInFacet | stage_flag::kNotInTransaction |
                                          stage_flag::kUnstable,
                                 .parse = parse_rank_fusion}};

}  // namespace

std::span<const StageRow> rank_fusion_stages() { return kStages; }

}  // namespace octavo::mongodb
