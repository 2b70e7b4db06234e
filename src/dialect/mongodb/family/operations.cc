// The one place that names every table of operations.

#include "dialect/mongodb/accumulator/operations.h"

#include <array>

#include "base/assert.h"
#include "dialect/mongodb/expression/operation.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/script.h"
#include "dialect/mongodb/index/operation_tables.h"
#include "dialect/mongodb/index/wildcard.h"
#include "dialect/mongodb/match/operation_tables.h"
#include "dialect/mongodb/match/where.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/project/operation_tables.h"

namespace octavo::mongodb {
namespace {

using Tables = std::array<const OperationRow*, operation_block::kEnd>;

Tables make_tables() {
  Tables tables{};
  constexpr std::span<const OperationRow> (*kTables[])() = {
      access_operations,
      index_operations,
      arithmetic_operations,
      unary_operations,
      element_operations,
      logic_operations_of_filters,
      schema_operations,
      test_operations,
      accumulation_operations,
      pipeline_operations,
      shape_operations,
      array_operations_of_projections,
      bits_operations,
      totals_operations,
      compare_operations,
      logic_operations,
      types_operations,
      array_read_operations,
      array_build_operations,
      array_loop_operations,
      array_order_operations,
      set_operations,
      text_operations,
      text_search_operations,
      regex_operations,
      date_part_operations,
      date_math_operations,
      date_fields_operations,
      date_text_operations,
      convert_operations,
      object_operations,
      misc_operations,
      percentile_operations,
      geometry_operations,
      text_operations_of_filters,
      special_index_operations,
      wildcard_operations,
      script_operations,
      where_operations,
  };
  for (const auto table : kTables) {
    for (const OperationRow& row : table()) {
      ASSERT(row.number < tables.size() && tables[row.number] == nullptr);
      ASSERT((row.eager != nullptr) != (row.lazy != nullptr));
      tables[row.number] = &row;
    }
  }
  return tables;
}

}  // namespace

const OperationRow* find_operation(std::uint16_t number) {
  static const Tables kByNumber = make_tables();
  return number < kByNumber.size() ? kByNumber[number] : nullptr;
}

}  // namespace octavo::mongodb
