#pragma once

// Aggregation pipelines: stages, as they were sent, to a plan of the algebra whose rows are
// documents.
//
//   TRY(Pipeline planned, plan_pipeline(stages, {.collection = name}, {collections, variables}));
//
// Errors are MongoDB's, those of parsing first, in the order of the stages. What needs all rows at
// once ($facet, $bucketAuto, $densify, …) is a Group that collects and an operation over the array;
// $lookup and its like are plans in expressions, so that whoever runs the plan has to have set
// EvalContext::subplans (QueryContext::one_version).

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "algebra/plan.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "dialect/mongodb/pipeline/output.h"
#include "value/value.h"

namespace octavo::mongodb {

// Where a pipeline stands, which some stages do not like.
enum class PipelinePlace : std::uint8_t {
  command,        // aggregate
  view,           // the definition of one
  lookup,         // within $lookup, $graphLookup
  union_with,     // within $unionWith
  facet,          // within $facet
  change_stream,  // behind $changeStream
};

// What a pipeline reads.
struct PipelineSource {
  // Its documents: a collection or view. Without a name of the collection (`aggregate: 1`) the
  // first stage has to bring rows.
  CollectionName name;
  // In place of those: these rows.
  algebra::PlanPtr rows = nullptr;
};

struct PipelineContext {
  Collections& collections;
  // Those of `let`, NOW, …; the row's are set by the stages.
  const Variables& variables;
  PipelinePlace place = PipelinePlace::command;
  bool in_transaction = false;  // $out, $merge and others are refused
  bool api_strict = false;      // what is not in version 1 of the Stable API is
  std::uint32_t depth = 0;      // of pipelines within pipelines
  bool is_query = false;        // of find and its kin: $match is its filter, which may have $near
};

struct Pipeline {
  algebra::PlanPtr plan;
  PipelineOutput output;
  bool reads_changes = false;  // begins with $changeStream
};

Result<Pipeline> plan_pipeline(std::span<const value::Value> stages, const PipelineSource& source,
                               const PipelineContext& context);

// Whether the stages may be a view's definition: $out, $merge and $changeStream may not, nor what
// is unknown. (Their operands are looked at when the view is read.)
Status check_view_pipeline(std::span<const value::Value> stages);

}  // namespace octavo::mongodb
