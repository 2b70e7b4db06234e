#pragma once

// The tables of stages and of their operations, one for each file that has some.

#include <span>

#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/pipeline/stage.h"

namespace octavo::mongodb {

std::span<const StageRow> match_stages();
std::span<const StageRow> shape_stages();
std::span<const StageRow> redact_stages();
std::span<const StageRow> group_stages();
std::span<const StageRow> bucket_stages();
std::span<const StageRow> bucket_auto_stages();
std::span<const StageRow> order_stages();
std::span<const StageRow> unwind_stages();
std::span<const StageRow> facet_stages();
std::span<const StageRow> lookup_stages();
std::span<const StageRow> graph_lookup_stages();
std::span<const StageRow> union_stages();
std::span<const StageRow> rank_fusion_stages();
std::span<const StageRow> densify_stages();
std::span<const StageRow> fill_stages();
std::span<const StageRow> window_stages();
std::span<const StageRow> source_stages();
std::span<const StageRow> output_stages();
std::span<const StageRow> geo_near_stages();

}  // namespace octavo::mongodb
