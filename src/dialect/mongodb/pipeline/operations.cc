#include "dialect/mongodb/pipeline/operations.h"

#include <vector>

namespace octavo::mongodb {

std::span<const OperationRow> pipeline_operations() {
  static const std::vector<OperationRow> kAll = [] {
    constexpr std::span<const OperationRow> (*kTables[])() = {
        group_operations,    unwind_operations, bucket_operations,  bucket_auto_operations,
        document_operations, redact_operations, foreign_operations, graph_lookup_operations,
        densify_operations,  source_operations, window_operations,
    };
    std::vector<OperationRow> all;
    for (const auto table : kTables) all.insert(all.end(), table().begin(), table().end());
    return all;
  }();
  return kAll;
}

}  // namespace octavo::mongodb
