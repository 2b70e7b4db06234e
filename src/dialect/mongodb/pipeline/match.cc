// $match.

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/filter.h"
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
  return make_filter_step({operand}, context.variables);
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

Result<Step> make_filter_step(std::vector<Value> filters, const Variables& variables) {
  Step step;
  TRY(step.filter,
      parse_filter(all_of(filters), {.variables = variables, .place = FilterPlace::match_stage}));
  step.filters = std::move(filters);
  step.changes.kind = Changes::Kind::fields;
  step.plan = [filter = step.filter](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Filter{std::move(input), filter});
  };
  return step;
}

}  // namespace octavo::mongodb
