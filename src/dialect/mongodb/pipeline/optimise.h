#pragma once

// Stages in another order, or two as one. Filters nearer to the collection: what is filtered early
// is not sorted, grouped or looked up for, and an index may serve it.

#include <vector>

#include "base/result.h"
#include "dialect/mongodb/pipeline/stage.h"

namespace octavo::mongodb {

// Moves each $match in front of stages that leave the fields it reads as they are, and makes one of
// those that then follow each other. The rows that come out are the same.
Result<std::vector<Step>> move_filters(std::vector<Step> steps, const Variables& variables);

// Makes one of each $lookup and the $unwind right behind it of what it has found: no document with
// the array of all of that is made.
std::vector<Step> join_unwinds(std::vector<Step> steps);

// A step of $match for a filter that holds when all of these do.
struct FilterRules {
  const Variables& variables;
  FilterPlace place = FilterPlace::match_stage;
  std::optional<value::Value> text_index = {};
};
Result<Step> make_filter_step(std::vector<value::Value> filters, const FilterRules& rules);

}  // namespace octavo::mongodb
