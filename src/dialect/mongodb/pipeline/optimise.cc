#include "dialect/mongodb/pipeline/optimise.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/expression/lambda.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/operations.h"

namespace octavo::mongodb {
namespace {

using Fields = std::vector<std::string>;

bool contains(const Fields& fields, const std::string& name) {
  return std::ranges::find(fields, name) != fields.end();
}

// Whether a filter that reads these fields holds of the same rows before a stage and behind it.
bool passes(const Fields& read, const Changes& changes) {
  const auto is_named = [&](const std::string& name) { return contains(changes.names, name); };
  switch (changes.kind) {
    case Changes::Kind::anything: return false;
    case Changes::Kind::fields: return std::ranges::none_of(read, is_named);
    case Changes::Kind::others: return std::ranges::all_of(read, is_named);
  }
  return false;
}

// The steps with the last of them, a filter, as far in front as it may stand.
void move_last(std::vector<Step>& steps) {
  const Step& filter = steps.back();
  if (!lambda_is_deterministic(filter.filter)) return;
  const auto read = fields_read(filter.filter);
  if (!read) return;
  for (std::size_t i = steps.size() - 1; i > 0; --i) {
    if (steps[i - 1].filter != nullptr || !passes(*read, steps[i - 1].changes)) return;
    std::swap(steps[i - 1], steps[i]);
  }
}

}  // namespace

std::vector<Step> join_unwinds(std::vector<Step> steps) {
  std::vector<Step> joined;
  for (Step& step : steps) {
    const bool unwinds = !joined.empty() && joined.back().looked_up && !step.unwound.empty() &&
                         step.unwound == joined.back().looked_up->as;
    if (!unwinds) {
      joined.push_back(std::move(step));
      continue;
    }
    Step& lookup = joined.back();
    const LookedUp looked_up = *std::exchange(lookup.looked_up, std::nullopt);
    const algebra::ExprPtr function = row_lambda(
        looked_up.row,
        call(op::kUnwindAt, {algebra::variable(looked_up.row),
                             algebra::constant(names_of(looked_up.as)), looked_up.matches}));
    lookup.plan = [function](algebra::PlanPtr input) -> Result<algebra::PlanPtr> {
      return algebra::make_plan(algebra::Unwind{std::move(input), function});
    };
  }
  return joined;
}

Result<std::vector<Step>> move_filters(std::vector<Step> steps, const Variables& variables) {
  std::vector<Step> moved;
  for (Step& step : steps) {
    moved.push_back(std::move(step));
    if (moved.back().filter != nullptr) move_last(moved);
  }
  std::vector<Step> merged;
  for (Step& step : moved) {
    if (step.filter != nullptr && !merged.empty() && merged.back().filter != nullptr) {
      std::vector<value::Value> filters = std::move(merged.back().filters);
      filters.insert(filters.end(), step.filters.begin(), step.filters.end());
      const FilterRules rules{.variables = variables,
                              .place = merged.back().filter_place,
                              .text_index = merged.back().text_index};
      TRY(merged.back(), make_filter_step(std::move(filters), rules));
    } else {
      merged.push_back(std::move(step));
    }
  }
  return merged;
}

}  // namespace octavo::mongodb
