#include "dialect/sql/function/operation.h"

#include <array>

#include "dialect/sql/function/operation_tables.h"

namespace octavo::sql {
namespace {

using Finder = std::span<const OperationRow> (*)();
constexpr Finder kTables[] = {
    access_operations,       logic_operations,       arithmetic_operations,
    bit_operations,          comparison_operations,  pattern_operations,
    conversion_operations,   time_conversions,       read_operations,
    store_operations,        rounding_operations,    real_operations,
    numeral_operations,      text_part_operations,   text_build_operations,
    text_measure_operations, text_search_operations, regexp_operations,
    time_part_operations,    time_add_operations,    time_difference_operations,
    time_make_operations,    time_format_operations, time_now_operations,
    json_read_operations,    json_search_operations, json_write_operations,
    hash_operations,         address_operations,     information_operations,
    lock_operations,
};

using Rows = std::array<const OperationRow*, operation_block::kEnd>;

Rows all_rows() {
  Rows rows{};
  for (const Finder table : kTables) {
    for (const OperationRow& row : table()) rows[row.number] = &row;
  }
  return rows;
}

}  // namespace

const OperationRow* find_operation(std::uint16_t number) {
  static const Rows kRows = all_rows();
  return number < kRows.size() ? kRows[number] : nullptr;
}

const OperationRow* operation_of(const algebra::Call& call) {
  return call.function.family == kFamily ? find_operation(call.function.number) : nullptr;
}

void warn(function::EvalContext& context, const Error& error, function::NoteLevel level) {
  if (context.notes != nullptr) context.notes->add(level, error.number, error.what);
}

}  // namespace octavo::sql
