// Operators that belong to no other family.

#include <algorithm>
#include <iterator>
#include <random>

#include "dialect/mongodb/expression/access.h"
#include "dialect/mongodb/expression/operands.h"
#include "dialect/mongodb/expression/operation_tables.h"
#include "dialect/mongodb/expression/operator_tables.h"
#include "dialect/mongodb/expression/operators.h"
#include "dialect/mongodb/expression/row_metadata.h"
#include "dialect/mongodb/expression/script.h"
#include "dialect/mongodb/type/bson_form.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

Result<ExprPtr> parse_literal(const OperatorUse& use) { return algebra::constant(use.operand); }

// What rows may carry besides their fields; without some of it a query is wrong.
struct MetaRow {
  std::string_view kind;
  bool required = false;
};
constexpr MetaRow kMeta[] = {
    {"textScore", true},
    {"geoNearDistance", true},
    {"geoNearPoint", true},
    {"randVal"},
    {"searchScore"},
    {"searchHighlights"},
    {"recordId"},
    {"indexKey"},
    {"sortKey"},
    {"searchScoreDetails"},
    {"vectorSearchScore"},
    {"timeseriesBucketMinTime"},
    {"timeseriesBucketMaxTime"},
};

Result<ExprPtr> parse_meta(const OperatorUse& use) {
  if (!use.operand.is_string()) return error(17307, "$meta only supports string arguments");
  const std::string_view kind = use.operand.as_string();
  if (ExprPtr bound = use.variables.find_meta(kind)) {
    return on_row(bound, use.variables.find(variable_name::kRoot));
  }
  const auto* const row = std::ranges::find(kMeta, kind, &MetaRow::kind);
  if (row == std::end(kMeta)) return error(17308, "Unsupported argument to $meta: {}", kind);
  if (!row->required) return call(op::kRemove, {});
  return error(40218, "query requires {} metadata, but it is not available", kind);
}

Result<ExprPtr> parse_rand(const OperatorUse& use) {
  const Value& operand = use.operand;
  if (!operand.is_object() && !operand.is_array()) {
    return error(10065, "invalid parameter: expected an object ($rand)");
  }
  const bool empty = operand.is_object() ? operand.as_object().empty() : operand.as_array().empty();
  if (!empty) return error(3040501, "$rand not expected to be called with arguments");
  return call(op::kRand, {});
}

Result<Item> random_number(const OperationCall& /*call*/, std::span<const Item> /*arguments*/) {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return Item(Value::float64(std::uniform_real_distribution<double>(0, 1)(generator)));
}

Result<Item> size_in_bson(const OperationCall& call, std::span<const Item> arguments) {
  const Item& object = arguments[0];
  if (is_nullish(object)) return null_item();
  if (!object->is_object()) {
    return error(31393, "$bsonSize requires a document input, found: {}", type_alias(object));
  }
  TRY_STATUS(call.context.spend_on(*object));
  return Item(Value::int32(static_cast<std::int32_t>(bson_size(*object))));
}

Result<Item> size_in_bytes(const OperationCall& /*call*/, std::span<const Item> arguments) {
  const Item& binary = arguments[0];
  if (is_nullish(binary)) return null_item();
  const bool bytes = binary->type() == Type::bytes || binary->type() == Type::uuid;
  if (!bytes && !is_string(binary)) {
    return error(51276, "$binarySize requires a string or BinData argument, found: {}",
                 type_alias(binary));
  }
  const std::size_t size = bytes ? binary->as_bytes().size() : binary->as_string().size();
  return Item(Value::int32(static_cast<std::int32_t>(size)));
}

Result<Item> hashed(const OperationCall& call, std::span<const Item> arguments) {
  const Item& item = arguments[0];
  const Value value = item ? *item : Value::null();
  TRY_STATUS(call.context.spend_on(value));
  return Item(Value::int64(bson_hash(value)));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kRand, .name = "rand", .flags = operation_flag::kImpure, .eager = random_number},
    {.number = op::kBsonSize, .name = "bsonSize", .least = 1, .eager = size_in_bson},
    {.number = op::kBinarySize, .name = "binarySize", .least = 1, .eager = size_in_bytes},
    {.number = op::kToHashedIndexKey, .name = "toHashedIndexKey", .least = 1, .eager = hashed},
};

constexpr OperatorRow kOperators[] = {
    {.name = "$literal", .parse = parse_literal},
    {.name = "$const", .parse = parse_literal},
    {.name = "$meta", .parse = parse_meta},
    {.name = "$rand", .number = op::kRand, .parse = parse_rand},
    {.name = "$bsonSize", .number = op::kBsonSize},
    {.name = "$binarySize", .number = op::kBinarySize},
    {.name = "$toHashedIndexKey", .number = op::kToHashedIndexKey},
    {.name = "$function", .parse = parse_function},
    {.name = "$_internalJsEmit", .parse = parse_emit},
};

}  // namespace

std::span<const OperationRow> misc_operations() { return kOperations; }
std::span<const OperatorRow> misc_operators() { return kOperators; }

}  // namespace octavo::mongodb
