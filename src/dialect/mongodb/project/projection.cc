// {a: 1, "b.c": 0, d: {$slice: 2}, …}: projections of find and $project.

#include "dialect/mongodb/project/projection.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/operator.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/match/filter.h"
#include "dialect/mongodb/match/tree.h"
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

constexpr std::string_view kId = "_id";
constexpr std::string_view kElemMatch = "$elemMatch";
constexpr std::string_view kMeta = "$meta";
constexpr std::string_view kSlice = "$slice";
constexpr std::string_view kPosition = ".$";

using Path = std::vector<std::string>;

Value names_of_path(const Path& path) {
  std::vector<Value> names;
  for (const std::string& name : path) names.push_back(Value::string(name));
  return Value::array(std::move(names));
}

// Whether part of the filter is an expression of aggregation.
bool has_expression(const ExprPtr& filter) {
  const algebra::Call* call = call_of(filter);
  if (call == nullptr) return false;
  return call->function.number == op::kTruth || std::ranges::any_of(call->args, has_expression);
}

class Parser {
 public:
  Parser(ProjectionKind kind, algebra::VarId row, const Variables& variables, ExprPtr filter)
      : find_(kind == ProjectionKind::find),
        row_(row),
        variables_(variables.with_row(row)),
        filter_(std::move(filter)) {}

  Status add_fields(const Value& fields, const std::string& prefix) {
    for (const value::Field& field : fields.as_object()) {
      TRY_STATUS(add(prefix.empty() ? field.name : prefix + "." + field.name, field.value));
    }
    return {};
  }

  ExprPtr finish() && {
    ExprPtr document = shaped();
    for (const Slice& slice : slices_) {
      document =
          call(op::kSliceAt, {std::move(document), algebra::constant(names_of_path(slice.path)),
                              algebra::constant(slice.skip), algebra::constant(slice.count)});
    }
    if (!position_) return document;
    return call(op::kPositionAt,
                {algebra::variable(row_), algebra::constant(names_of_path(*position_)), filter_,
                 std::move(document)});
  }

 private:
  enum class Sort : std::uint8_t { undecided, inclusion, exclusion };
  struct Slice {
    Path path;
    Value skip;  // null: none
    Value count;
  };

  Status add(const std::string& path, const Value& value) {
    if (path.ends_with(kPosition)) return add_position(path, value);
    TRY(const Path names, checked_path(path));
    if (is_document(value)) return add_document(path, names, value);
    if (value.is_number() || value.type() == Type::boolean) {
      return is_truthy(value) ? include(path, names) : exclude(path, names);
    }
    return compute(path, names, value);
  }

  // "$" within a path is an error of its own in find.
  Result<Path> checked_path(const std::string& path) const {
    if (find_ && path.find(".$.") != std::string::npos) {
      return error(31394,
                   "As of 4.4, it's illegal to specify positional operator in the middle of a "
                   "path.Positional projection may only be used at the end, for example: a.b.$. If "
                   "the query previously used a form like a.b.$.d, remove the parts following the "
                   "'$' and the results will be equivalent.");
    }
    return split_field_path(path);
  }

  Status include(const std::string& path, const Path& names) {
    if (path == kId) {
      id_ = true;
      // Said of an exclusion it changes nothing, and of an inclusion nothing new.
      return {};
    }
    if (sort_ == Sort::exclusion) {
      return error(31253, "Cannot do inclusion on field {} in exclusion projection", path);
    }
    sort_ = Sort::inclusion;
    return tree_.add(names);
  }

  Status exclude(const std::string& path, const Path& names) {
    if (path == kId) {
      id_ = false;
      return {};
    }
    if (sort_ == Sort::inclusion) {
      return error(31254, "Cannot do exclusion on field {} in inclusion projection", path);
    }
    sort_ = Sort::exclusion;
    return tree_.add(names);
  }

  Status compute(const std::string& path, const Path& names, const Value& value) {
    if (sort_ == Sort::exclusion) {
      return error(31310, "Cannot use an expression {}: {} in an exclusion projection", path,
                   print(value));
    }
    sort_ = Sort::inclusion;
    TRY(ExprPtr expression, parse_expression(value, variables_));
    return tree_.add_computed(names, std::move(expression));
  }

  Status add_document(const std::string& path, const Path& names, const Value& value) {
    const value::ObjectView fields = value.as_object();
    if (fields.empty()) {
      return error(51270,
                   "An empty sub-projection is not a valid value. Found empty object at path");
    }
    const std::string& first = fields.front().name;
    if (!first.starts_with('$') || fields.size() > 1) return add_fields(value, path);
    if (find_ && first == kElemMatch) return add_elem_match(names, fields.front().value);
    // Of the field that the positional operator is about it is an expression.
    if (find_ && first == kSlice && position_ != names) {
      TRY(const bool is_slice, add_slice(names, fields.front().value));
      if (is_slice) return {};
    }
    return add_operator(names, value);
  }

  Status add_operator(const Path& names, const Value& value) {
    const std::string& name = value.as_object().front().name;
    if (name != kMeta) {
      if (find_operator(name) == nullptr) {
        if (!find_ && name == kElemMatch) {
          return error(ErrorCode::invalid_pipeline_operator, "Unrecognized expression '{}'", name);
        }
        return error(31325, "Unknown expression {}", name);
      }
      if (sort_ == Sort::exclusion) {
        return error(31252, "Cannot use expression other than $meta in exclusion projection");
      }
      sort_ = Sort::inclusion;
    }
    TRY(ExprPtr expression, parse_expression(value, variables_));
    return tree_.add_computed(names, std::move(expression));
  }

  // The two forms that only find has: a count, or numbers to skip and to give. False: it is an
  // expression.
  Result<bool> add_slice(const Path& names, const Value& operand) {
    Slice slice{.path = names, .skip = Value(), .count = Value()};
    if (operand.is_number()) {
      slice.count = Value::int64(saturated_int64(operand));
    } else {
      const bool numbers = operand.is_array() && operand.as_array().size() == 2 &&
                           operand.as_array()[0].is_number() && operand.as_array()[1].is_number();
      if (!numbers) return false;
      slice.skip = Value::int64(saturated_int64(operand.as_array()[0]));
      slice.count = Value::int64(saturated_int64(operand.as_array()[1]));
      if (slice.count.as_int64() <= 0) {
        return error(28724, "First argument to $slice must be an array, but is of type: int");
      }
    }
    TRY_STATUS(tree_.add_always(names));
    slices_.push_back(std::move(slice));
    return true;
  }

  Status add_elem_match(const Path& names, const Value& condition) {
    if (!is_document(condition)) {
      return error(31274, "elemMatch: Invalid argument, object required, but got {}",
                   type_alias(condition));
    }
    if (position_) {
      return error(31255, "Cannot specify positional operator and $elemMatch.");
    }
    if (names.size() > 1) {
      return error(31275, "Cannot use $elemMatch projection on a nested field.");
    }
    const FilterContext context{.variables = variables_, .place = FilterPlace::pull};
    TRY(ElementFilter filter, parse_element(condition, context));
    elem_match_ = true;
    return tree_.add_computed(
        names, call(filter.of_values ? op::kFirstElement : op::kFirstDocument,
                    {algebra::variable(row_), algebra::constant(names_of_path(names)),
                     std::move(filter.lambda)}));
  }

  Status add_position(const std::string& path, const Value& value) {
    if (!find_) {
      return error(31324, "Cannot use positional projection in aggregation projection");
    }
    TRY(const Path names, checked_path(path.substr(0, path.size() - kPosition.size())));
    if (is_document(value)) {
      return error(31271, "positional projection cannot be used with an expression or sub object");
    }
    if (!value.is_number() && value.type() != Type::boolean) {
      return error(31308, "positional projection cannot be used with a literal");
    }
    if (!is_truthy(value)) {
      return error(31395, "positional projection cannot be used with exclusion");
    }
    if (position_) {
      return error(31276, "Cannot specify more than one positional projection per query.");
    }
    if (elem_match_) {
      return error(31256, "Cannot specify positional operator and $elemMatch.");
    }
    if (filter_ == nullptr) {
      return error(31324, "Cannot use positional projection without a filter");
    }
    if (has_expression(body_of(filter_).body)) {
      return error(ErrorCode::query_feature_not_allowed, "$expr is not allowed in this context");
    }
    TRY_STATUS(include(path, names));
    position_ = names;
    return {};
  }

  // Without a field that decides it: an inclusion where _id or elements of arrays are asked for.
  bool is_inclusion() const {
    if (sort_ != Sort::undecided) return sort_ == Sort::inclusion;
    if (elem_match_ && slices_.empty()) return true;
    return id_.value_or(false);
  }

  ExprPtr shaped() {
    const bool inclusion = is_inclusion();
    if (inclusion) {
      if (id_.value_or(true) && !tree_.has(std::string(kId))) tree_.add_first(std::string(kId));
    } else if (id_ == false && !tree_.has(std::string(kId))) {
      tree_.add_first(std::string(kId));
    }
    std::vector<ExprPtr> arguments{algebra::variable(row_)};
    if (inclusion) arguments.push_back(algebra::constant(tree_.names()));
    arguments.push_back(algebra::constant(inclusion ? tree_.kept() : tree_.dropped()));
    arguments.insert(arguments.end(), tree_.computed().begin(), tree_.computed().end());
    return call(inclusion ? op::kInclude : op::kExclude, std::move(arguments));
  }

  bool find_;
  algebra::VarId row_;
  Variables variables_;
  ExprPtr filter_;
  ProjectionTree tree_{PathClash::of_projections};
  Sort sort_ = Sort::undecided;
  std::optional<bool> id_;  // what is said of _id alone
  std::vector<Slice> slices_;
  std::optional<Path> position_;
  bool elem_match_ = false;
};

Result<ExprPtr> parse(const Value& projection, ProjectionKind kind, const ExprPtr& filter,
                      const Variables& variables) {
  const algebra::VarId row = variables.fresh();
  Parser parser(kind, row, variables, filter);
  TRY_STATUS(parser.add_fields(projection, {}));
  return row_lambda(row, std::move(parser).finish());
}

}  // namespace

Result<ExprPtr> parse_projection(const Value& projection, const ExprPtr& filter,
                                 const ProjectionContext& context) {
  if (!is_document(projection)) {
    return error(ErrorCode::type_mismatch, "a projection must be an object");
  }
  if (projection.as_object().empty()) return ExprPtr();
  return parse(projection, ProjectionKind::find, filter, context.variables);
}

Result<ExprPtr> parse_project_stage(const Value& spec, const Variables& variables) {
  if (!is_document(spec)) return error(15969, "$project specification must be an object");
  if (spec.as_object().empty()) {
    return error(51272,
                 "Invalid $project :: caused by :: projection specification must have at least one "
                 "field");
  }
  auto stage = parse(spec, ProjectionKind::stage, nullptr, variables);
  if (!stage) return fail(caused_by("Invalid $project", std::move(stage).error()));
  return stage;
}

}  // namespace octavo::mongodb
