// $bucket: $group by the boundary that lies below.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/group.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Field;
using value::Value;

struct BucketParts {
  ExprPtr key;
  std::vector<Value> boundaries;
  std::optional<Value> otherwise;
  std::optional<GroupFields> output;
};

struct BucketParser {
  const StageRowVariable& row;
  BucketParts parts;
};

Status read_key(BucketParser& parser, const Value& value) {
  constexpr std::uint32_t kNoExpression = 40202;
  const bool is_path = value.is_string() && value.as_string().starts_with('$');
  const bool is_operator = value.is_object() && !value.as_object().empty() &&
                           value.as_object().front().name.starts_with('$');
  if (!is_path && !is_operator) {
    return error(kNoExpression,
                 "The $bucket 'groupBy' field must be defined as a $-prefixed path or an "
                 "expression, but found: {}.",
                 print(value));
  }
  TRY(ExprPtr key, parse_expression(value, parser.row.variables));
  parser.parts.key = std::move(key);
  return {};
}

bool are_of_one_kind(const Value& a, const Value& b) {
  return (a.is_number() && b.is_number()) || bson_type(a) == bson_type(b);
}

Status read_boundaries(BucketParser& parser, const Value& value) {
  constexpr std::uint32_t kNotConstant = 40191;
  constexpr std::uint32_t kTooFew = 40192;
  constexpr std::uint32_t kMixed = 40193;
  constexpr std::uint32_t kNotAscending = 40194;
  constexpr std::uint32_t kNoArray = 40200;
  if (!value.is_array()) {
    return error(kNoArray, "The $bucket 'boundaries' field must be an array, but found type: {}.",
                 type_alias(value));
  }
  std::vector<Value>& boundaries = parser.parts.boundaries;
  for (const Value& element : value.as_array()) {
    TRY(const ExprPtr expression, parse_expression(element, parser.row.variables));
    const Value* constant = constant_of(expression);
    if (constant == nullptr) {
      return error(kNotConstant,
                   "The $bucket 'boundaries' field must be an array of constant values, but found "
                   "value: {}.",
                   print(element));
    }
    boundaries.push_back(*constant);
  }
  if (boundaries.size() < 2) {
    return error(kTooFew,
                 "The $bucket 'boundaries' field must have at least 2 values, but found {} "
                 "value(s).",
                 boundaries.size());
  }
  TRY(const CollatedOrder order, collated_order(parser.row.variables));
  for (std::size_t i = 1; i < boundaries.size(); ++i) {
    const Value& lower = boundaries[i - 1];
    const Value& upper = boundaries[i];
    if (!are_of_one_kind(lower, upper)) {
      return error(
          kMixed,
          "All values in the 'boundaries' option to $bucket must have the same type. Found "
          "conflicting types {} and {}.",
          type_alias(lower), type_alias(upper));
    }
    if (order.compare(lower, upper) >= 0) {
      return error(kNotAscending,
                   "The 'boundaries' option to $bucket must be sorted, but elements {} and {} are "
                   "not in ascending order ({} is not less than {}).",
                   i - 1, i, print(lower), print(upper));
    }
  }
  return {};
}

Status read_default(BucketParser& parser, const Value& value) {
  constexpr std::uint32_t kNotConstant = 40195;
  TRY(const ExprPtr expression, parse_expression(value, parser.row.variables));
  const Value* constant = constant_of(expression);
  if (constant == nullptr) {
    return error(kNotConstant,
                 "The $bucket 'default' field must be a constant expression, but found: {}.",
                 print(value));
  }
  parser.parts.otherwise = *constant;
  return {};
}

Status read_output(BucketParser& parser, const Value& value) {
  constexpr std::uint32_t kNoObject = 40196;
  constexpr std::uint32_t kKeyTwice = 15948;
  if (!value.is_object()) {
    return error(kNoObject, "The $bucket 'output' field must be an object, but found type: {}.",
                 type_alias(value));
  }
  if (value.find("_id") != nullptr) {
    return error(kKeyTwice, "a group's _id may only be specified once");
  }
  TRY(GroupFields fields, parse_group_fields(value, parser.row, nullptr));
  parser.parts.output = std::move(fields);
  return {};
}

struct OptionRow {
  std::string_view name;
  Status (*read)(BucketParser& parser, const Value& value);
};
constexpr OptionRow kOptions[] = {
    {"groupBy", read_key},
    {"boundaries", read_boundaries},
    {"default", read_default},
    {"output", read_output},
};

Status check_default(const BucketParts& parts, const Variables& variables) {
  constexpr std::uint32_t kInRange = 40199;
  if (!parts.otherwise) return {};
  TRY(const CollatedOrder order, collated_order(variables));
  const bool below = order.less(*parts.otherwise, parts.boundaries.front());
  const bool above = !order.less(*parts.otherwise, parts.boundaries.back());
  if (below || above) return {};
  return error(kInRange,
               "The $bucket 'default' field must be less than the lowest boundary or greater than "
               "or equal to the highest boundary.");
}

Result<Step> parse_bucket(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kUnknown = 40197;
  constexpr std::uint32_t kMissing = 40198;
  constexpr std::uint32_t kNoObject = 40201;
  if (!operand.is_object()) {
    return error(kNoObject, "Argument to $bucket stage must be an object, but found type: {}.",
                 type_alias(operand));
  }
  const StageRowVariable row = row_of(context);
  BucketParser parser{row, {}};
  for (const Field& field : operand.as_object()) {
    const auto* option = std::ranges::find(kOptions, field.name, &OptionRow::name);
    if (option == std::end(kOptions)) {
      return error(kUnknown, "Unrecognized option to $bucket: {}.", field.name);
    }
    TRY_STATUS(option->read(parser, field.value));
  }
  BucketParts& parts = parser.parts;
  if (parts.key == nullptr || parts.boundaries.empty()) {
    return error(kMissing, "$bucket requires 'groupBy' and 'boundaries' to be specified.");
  }
  TRY_STATUS(check_default(parts, row.variables));
  std::vector<ExprPtr> arguments{std::move(parts.key),
                                 algebra::constant(Value::array(std::move(parts.boundaries)))};
  if (parts.otherwise) arguments.push_back(algebra::constant(*parts.otherwise));
  ExprPtr bucket = collate(call(op::kBucket, std::move(arguments)), collation_of(row.variables));
  return make_group_step(row, std::move(bucket),
                         parts.output ? *std::move(parts.output) : count_alone());
}

constexpr StageRow kStages[] = {{.name = "$bucket", .flags = 0, .parse = parse_bucket}};

Result<Item> bucket(const OperationCall& call, std::span<const Item> arguments) {
  constexpr std::uint32_t kNoBucket = 40066;
  if (!arguments[1] || !arguments[1]->is_array()) {
    return fail(Code::type_mismatch, "$bucket has no boundaries");
  }
  const auto boundaries = arguments[1]->as_array();
  if (arguments[0]) {
    TRY(CollatedOrder order, collated_order(call));
    const auto above =
        std::ranges::upper_bound(boundaries, *arguments[0], CollatedLess{std::move(order)});
    if (above != boundaries.begin() && above != boundaries.end()) return Item(*std::prev(above));
  }
  if (arguments.size() > 2) return arguments[2];
  return error(kNoBucket,
               "$switch could not find a matching branch for an input, and no default was "
               "specified.");
}

constexpr OperationRow kOperations[] = {
    {.number = op::kBucket,
     .name = "bucket",
     .least = 2,
     .flags = operation_flag::kCompares,
     .eager = bucket},
};

}  // namespace

std::span<const StageRow> bucket_stages() { return kStages; }
std::span<const OperationRow> bucket_operations() { return kOperations; }

}  // namespace octavo::mongodb
