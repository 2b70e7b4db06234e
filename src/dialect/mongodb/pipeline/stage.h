#pragma once

// A stage: how it is parsed, and what it then does to a plan. A stage is a row of a table; a file
// of this folder has those of one family.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/accumulator/sort_pattern.h"
#include "dialect/mongodb/expression/variables.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/pipeline/pipeline.h"
#include "value/value.h"

namespace octavo::mongodb {

// What a stage does to documents, for filters that want to be moved in front of it.
struct Changes {
  enum class Kind : std::uint8_t {
    anything,  // no filter passes
    fields,    // `names`, of the top level, may be others behind it
    others,    // all but `names` may
  };
  Kind kind = Kind::anything;
  std::vector<std::string> names;
};

// What $lookup puts into documents: `matches`, an array, at a path; `row` is the document.
struct LookedUp {
  algebra::VarId row{};
  std::vector<std::string> as;
  algebra::ExprPtr matches;
};

// A stage that was parsed.
struct Step {
  // What it makes of its input; a source is given none.
  std::function<Result<algebra::PlanPtr>(algebra::PlanPtr input)> plan;
  Changes changes;
  algebra::ExprPtr filter = nullptr;  // of $match alone
  std::vector<value::Value> filters;  // that it was made of
  FilterPlace filter_place = FilterPlace::match_stage;
  std::optional<value::Value> text_index;  // that its $text asks
  std::optional<NearWanted> near;          // of $geoNear, and of a find's $near
  std::optional<SortPattern> sort;         // of $sort alone
  std::optional<LookedUp> looked_up;       // of $lookup alone
  // Of an $unwind that leaves out documents without elements and numbers none: its path.
  std::vector<std::string> unwound;
  std::uint16_t flags = 0;  // of its row
  std::string_view name;    //
};

struct StageContext {
  Collections& collections;
  Variables variables;
  CollectionName name;  // of the pipeline's collection
  PipelinePlace place = PipelinePlace::command;
  FilterPlace filter_place = FilterPlace::match_stage;  // of its $match
  bool in_facet = false;                                // or in a pipeline that is in one
  bool in_transaction = false;
  bool api_strict = false;
  std::uint32_t depth = 0;
  // What the variables of the pipelines around this one are: what its plan is run with.
  std::vector<algebra::VarId> outer;
  Pipeline* made = nullptr;  // where what is more than a plan is noted
};

namespace stage_flag {
enum Bit : std::uint16_t {
  kFirst = 1 << 0,             // nothing may stand before it
  kLast = 1 << 1,              // nothing behind it
  kSource = 1 << 2,            // brings rows in place of the collection's
  kNotInFacet = 1 << 3,        //
  kNotInLookup = 1 << 4,       // nor in $graphLookup
  kNotInUnion = 1 << 5,        //
  kNotInView = 1 << 6,         //
  kNotInTransaction = 1 << 7,  //
  kNoCollection = 1 << 9,      // of a database alone
  kInChanges = 1 << 8,         // may follow $changeStream
  kUnstable = 1 << 10,         // not in version 1 of the Stable API
  kKeepsDocuments = 1 << 11,   // those that it lets through are as they were
};
}  // namespace stage_flag

struct StageRow {
  std::string_view name;
  std::uint16_t flags;
  Result<Step> (*parse)(const value::Value& operand, StageContext& context);
  std::uint32_t nested_code = 0;  // of the error where it stands in another pipeline, or a view
};

const StageRow* find_stage(std::string_view name);  // null: there is none

// The stages of a pipeline, parsed in their order, with the errors of their places.
Result<std::vector<Step>> parse_stages(std::span<const value::Value> stages, StageContext& context);

// A pipeline within a stage, over a collection, or over `rows` where they are given.
struct NestedPipeline {
  std::span<const value::Value> stages;
  CollectionName name;
  algebra::PlanPtr rows = nullptr;
  PipelinePlace place = PipelinePlace::lookup;
  Variables variables;
  std::vector<algebra::VarId> params;  // what the plan is run with, beside those around
};
Result<algebra::PlanPtr> plan_nested(const NestedPipeline& nested, const StageContext& context);

// A variable that a plan within an expression is run with, and what it is there.
struct BoundVariable {
  algebra::VarId id{};
  algebra::ExprPtr value;
};
// An array of the rows of such a plan.
algebra::ExprPtr rows_of_plan(const algebra::PlanPtr& plan, std::vector<BoundVariable> bound,
                              const StageContext& context);

// The document of a stage with a variable for the row.
struct StageRowVariable {
  algebra::VarId row{};
  Variables variables;
};
StageRowVariable row_of(const StageContext& context);

// The plan with a function of its rows: a node above `input`.
std::function<Result<algebra::PlanPtr>(algebra::PlanPtr)> map_rows(algebra::ExprPtr function);

// One row, of which `collected` is an array of all rows of `input`.
algebra::PlanPtr collect_rows(algebra::PlanPtr input, const Variables& variables);
algebra::ExprPtr collected(algebra::VarId row);
// The rows that are elements of the array that an expression gives, which names what the plan is
// run with.
algebra::PlanPtr rows_of(algebra::ExprPtr array, const Variables& variables);

}  // namespace octavo::mongodb
