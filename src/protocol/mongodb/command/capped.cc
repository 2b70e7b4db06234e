#include "protocol/mongodb/command/capped.h"

#include <algorithm>
#include <utility>

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using catalog::IndexDefinition;
using catalog::TableDefinition;
using value::Field;
using value::Value;

constexpr std::string_view kCapped = "capped", kSize = "size", kMax = "max";

Value short_number(std::int64_t number) {
  constexpr std::int64_t kMostInt = 2'147'483'647;
  return number <= kMostInt ? Value::int32(static_cast<std::int32_t>(number))
                            : Value::int64(number);
}

const IndexDefinition* natural_index(const TableDefinition& table) {
  const auto* const index = table.find_index(kNaturalField);
  return index != nullptr && index->hidden ? index : nullptr;
}

}  // namespace

std::optional<CappedLimits> capped_limits(const TableDefinition& table) {
  const Value* const capped = find_option(table, kCapped);
  if (capped == nullptr || !to_flag(*capped)) return std::nullopt;
  CappedLimits limits;
  if (const Value* const size = find_option(table, kSize)) limits.bytes = to_integer(*size);
  if (const Value* const max = find_option(table, kMax)) limits.documents = to_integer(*max);
  return limits;
}

bool is_capped(const TableDefinition& table) { return capped_limits(table).has_value(); }

std::vector<Field> capped_options(std::int64_t bytes, std::optional<std::int64_t> documents) {
  constexpr std::int64_t kUnit = 256;
  const std::int64_t rounded = (bytes + kUnit - 1) / kUnit * kUnit;
  std::vector<Field> fields = {{std::string(kCapped), Value::boolean(true)},
                               {std::string(kSize), short_number(rounded)}};
  if (documents && *documents > 0 && *documents < kMostCappedDocuments) {
    fields.push_back({std::string(kMax), short_number(*documents)});
  }
  return fields;
}

// Unique, so that everybody who writes rows takes the lock of the table: who has that for himself
// knows which number is next. A row without a number has the key null, which is nobody's alone.
Status add_natural_order(TableDefinition& table) {
  constexpr algebra::VarId kRow{1};
  const std::string names[] = {std::string(kNaturalField)};
  IndexDefinition index;
  index.name = kNaturalField;
  index.kind = catalog::kOrderedIndex;
  index.unique = true;
  index.hidden = true;
  index.options =
      Value::object({{"multi", Value::boolean(false)}, {"nulls", Value::boolean(true)}});
  const auto function = algebra::lambda(
      {kRow}, call(op::kIfNull,
                   {path_call(algebra::variable(kRow), names), algebra::constant(Value::null())}));
  TRY_STATUS(algebra::encode(function, index.function));
  table.indexes.push_back(std::move(index));
  std::ranges::sort(table.indexes, {}, &IndexDefinition::name);
  return {};
}

algebra::PlanPtr natural_scan(const TableDefinition& table, algebra::Direction direction,
                              algebra::KeyRange keys) {
  algebra::Scan scan{.table = table.id, .keys = std::move(keys), .order = direction};
  if (const auto* const index = natural_index(table)) scan.index = index->id;
  return algebra::make_plan(std::move(scan));
}

std::optional<std::int64_t> natural_number_of(const Value& row) {
  const Value* const number = row.find(kNaturalField);
  if (number == nullptr || number->type() != value::Type::int64) return std::nullopt;
  return number->as_int64();
}

Value with_natural_number(const Value& row, std::int64_t number) {
  value::ObjectBuilder builder(row);
  builder.set(kNaturalField, Value::int64(number));
  return std::move(builder).build();
}

Value without_natural_number(const Value& row) { return without_field(row, kNaturalField); }

}  // namespace octavo::mongodb
