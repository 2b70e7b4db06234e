// The stages by their names.

#include <algorithm>
#include <array>

#include "dialect/mongodb/pipeline/stage_tables.h"

namespace octavo::mongodb {
namespace {

constexpr std::span<const StageRow> (*kTables[])() = {
    match_stages,        shape_stages,  redact_stages,      group_stages,    bucket_stages,
    bucket_auto_stages,  order_stages,  unwind_stages,      facet_stages,    lookup_stages,
    graph_lookup_stages, union_stages,  rank_fusion_stages, densify_stages,  fill_stages,
    window_stages,       source_stages, output_stages,      geo_near_stages,
};

}  // namespace

const StageRow* find_stage(std::string_view name) {
  for (const auto table : kTables) {
    const auto rows = table();
    const auto row = std::ranges::find(rows, name, &StageRow::name);
    if (row != rows.end()) return &*row;
  }
  return nullptr;
}

}  // namespace octavo::mongodb
