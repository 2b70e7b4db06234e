// $match.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/conditions.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/metadata.h"
#include "dialect/mongodb/pipeline/optimise.h"
#include "dialect/mongodb/pipeline/stage_tables.h"

namespace octavo::mongodb {
namespace {

using algebra::PlanPtr;
using value::Value;

Result<Step> parse_match(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoObject = 15959;
  if (!operand.is_object()) {
    return error(kNoObject, "the match filter must be an expression in an object");
  }
  FilterRules rules{.variables = context.variables, .place = context.filter_place};
  if (asks_for_text(operand)) {
    TRY(const FoundCollection found, context.collections.find(context.name));
    TRY(Value index, context.collections.text_index(found.base));
    if (index.is_object()) rules.text_index = std::move(index);
  }
  TRY(Step step, make_filter_step({operand}, rules));
  context.variables = with_metadata(context.variables, step.filter);
  return step;
}

constexpr StageRow kStages[] = {
    {.name = "$match", .flags = stage_flag::kInChanges, .parse = parse_match},
};

Value all_of(std::vector<Value> filters) {
  if (filters.size() == 1) return std::move(filters.front());
  return Value::object({{"$and", Value::array(std::move(filters))}});
}

}  // namespace

std::span<const StageRow> match_stages() { return kStages; }

Result<Step> make_filter_step(std::vector<Value> filters, const FilterRules& rules) {
  Step step;
  TRY(step.filter, parse_filter(all_of(filters),
                                {.variables = rules.variables,
                                 .place = rules.place,
                                 .text_index = rules.text_index ? &*rules.text_index : nullptr}));
  step.filters = std::move(filters);
  step.filter_place = rules.place;
  step.text_index = rules.text_index;
  step.changes.kind = Changes::Kind::fields;
  for (const Condition& condition : conditions_of(step.filter).conditions) {
    if (condition.kind != ConditionKind::near) continue;
    TRY(const Nearness nearness, nearness_of_operand(condition.operand));
    step.near = NearWanted{.path = condition.path, .nearness = nearness};
  }
  step.plan = [filter = step.filter](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Filter{std::move(input), filter});
  };
  return step;
}

}  // namespace octavo::mongodb
