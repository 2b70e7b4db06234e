// The stages that make a document of each document, $project apart.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/project/operations.h"
#include "dialect/mongodb/project/parse.h"
#include "dialect/mongodb/project/tree.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using algebra::ExprPtr;
using value::Type;
using value::Value;

using Path = std::vector<std::string>;

ExprPtr shape(std::uint16_t operation, algebra::VarId row, Value tree,
              const std::vector<ExprPtr>& computed) {
  std::vector<ExprPtr> arguments{algebra::variable(row), algebra::constant(std::move(tree))};
  arguments.insert(arguments.end(), computed.begin(), computed.end());
  return row_lambda(row, call(operation, std::move(arguments)));
}

// {a: <expression>, b: {c: <expression>}}: a document without an operator has fields that are added
// to those that are there.
class AddedFields {
 public:
  explicit AddedFields(const Variables& variables) : variables_(variables) {}

  Status add(const Path& path, const Value& value) {
    if (!is_document(value)) return add_expression(path, value);
    const value::ObjectView fields = value.as_object();
    // Without fields it is a value.
    if (fields.empty()) return add_expression(path, value);
    if (fields.front().name.starts_with('$')) {
      if (fields.size() > 1) {
        return error(40181,
                     "an expression specification must contain exactly one field, the name of the "
                     "expression. Found {} fields in {}, while parsing object at path {}",
                     fields.size(), print(value), fmt::join(path, "."));
      }
      return add_expression(path, value);
    }
    for (const value::Field& field : fields) TRY_STATUS(add_below(path, field));
    return {};
  }

  const ProjectionTree& tree() const { return tree_; }

 private:
  Status add_below(const Path& path, const value::Field& field) {
    if (field.name.find('.') != std::string::npos) {
      return error(40183, "cannot use dotted field name '{}' in a sub object: found at path {}",
                   field.name, fmt::join(path, "."));
    }
    TRY(const Path last, split_field_path(field.name));
    Path whole = path;
    whole.insert(whole.end(), last.begin(), last.end());
    return add(whole, field.value);
  }

  Status add_expression(const Path& path, const Value& value) {
    TRY(ExprPtr expression, parse_expression(value, variables_));
    return tree_.add_computed(path, std::move(expression));
  }

  const Variables& variables_;
  ProjectionTree tree_{PathClash::of_fields};
};

Result<ExprPtr> add_fields(std::string_view name, const Value& spec, const Variables& variables) {
  if (!is_document(spec)) {
    return error(40272, "{} specification stage must be an object, got {}", name, type_alias(spec));
  }
  const algebra::VarId row = variables.fresh();
  const Variables inner = variables.with_row(row);
  AddedFields fields(inner);
  const auto invalid = [name](Error error) {
    return fail(caused_by(fmt::format("Invalid {}", name), std::move(error)));
  };
  for (const value::Field& field : spec.as_object()) {
    const auto path = split_field_path(field.name);
    if (!path) return invalid(path.error());
    const Status added = fields.add(*path, field.value);
    if (!added) return invalid(added.error());
  }
  return shape(op::kAddFields, row, fields.tree().kept(), fields.tree().computed());
}

constexpr std::string_view kAddFieldsName = "$addFields";
constexpr std::string_view kSetName = "$set";

Result<ExprPtr> parse_add_fields(const Value& spec, const Variables& variables) {
  return add_fields(kAddFieldsName, spec, variables);
}
Result<ExprPtr> parse_set(const Value& spec, const Variables& variables) {
  return add_fields(kSetName, spec, variables);
}

Status drop(const Value& name, ProjectionTree& tree) {
  TRY(const Path path, split_field_path(name.as_string()));
  return tree.add(path);
}

Result<ExprPtr> parse_unset(const Value& spec, const Variables& variables) {
  if (!spec.is_string() && !spec.is_array()) {
    return error(31002, "$unset specification must be a string or an array");
  }
  const value::ArrayView names = spec.is_array() ? spec.as_array() : value::ArrayView(&spec, 1);
  if (names.empty()) {
    return error(31119,
                 "$unset specification must be a string or an array with at least one field");
  }
  if (!std::ranges::all_of(names, &Value::is_string)) {
    return error(31120,
                 "$unset specification must be a string or an array containing only string values");
  }
  for (const Value& name : names) {
    if (name.as_string().find('\0') == std::string_view::npos) continue;
    return error(9527900, "$unset specification must not contain an embedded null byte");
  }
  ProjectionTree tree(PathClash::of_projections);
  for (const Value& name : names) {
    const Status dropped = drop(name, tree);
    if (!dropped) return fail(caused_by("Invalid $unset", dropped.error()));
  }
  return shape(op::kExclude, variables.fresh(), tree.dropped(), {});
}

Result<ExprPtr> parse_replace_with(const Value& spec, const Variables& variables) {
  const algebra::VarId row = variables.fresh();
  TRY(ExprPtr root, parse_expression(spec, variables.with_row(row)));
  return row_lambda(row, call(op::kNewRoot, {std::move(root), algebra::variable(row)}));
}

Result<ExprPtr> parse_replace_root(const Value& spec, const Variables& variables) {
  constexpr std::string_view kNewRoot = "newRoot";
  if (!is_document(spec)) {
    return error(40229, "expected an object as specification for $replaceRoot stage, got {}",
                 type_alias(spec));
  }
  for (const value::Field& field : spec.as_object()) {
    if (field.name == kNewRoot) continue;
    return error(40415, "BSON field '$replaceRoot.{}' is an unknown field.", field.name);
  }
  const Value* root = spec.find(kNewRoot);
  if (root == nullptr) {
    return error(40414, "BSON field '$replaceRoot.newRoot' is missing but a required field");
  }
  return parse_replace_with(*root, variables);
}

constexpr ShapingStage kStages[] = {
    {kAddFieldsName, parse_add_fields},
    {"$project", parse_project_stage},
    {"$replaceRoot", parse_replace_root},
    {"$replaceWith", parse_replace_with},
    {kSetName, parse_set},
    {"$unset", parse_unset},
};

}  // namespace

const ShapingStage* find_shaping_stage(std::string_view name) {
  const auto* const stage = std::ranges::find(kStages, name, &ShapingStage::name);
  return stage == std::end(kStages) ? nullptr : stage;
}

}  // namespace octavo::mongodb
