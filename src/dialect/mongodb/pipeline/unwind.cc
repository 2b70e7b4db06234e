// $unwind.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/parse.h"
#include "dialect/mongodb/pipeline/documents.h"
#include "dialect/mongodb/pipeline/operations.h"
#include "dialect/mongodb/pipeline/stage_tables.h"
#include "dialect/mongodb/type/type.h"
#include "value/maker.h"

namespace octavo::mongodb {
namespace {

using algebra::PlanPtr;
using value::Field;
using value::Value;

struct UnwindParts {
  std::string path;  // with its "$"
  bool has_path = false;
  bool keeps_empty = false;
  std::optional<std::string> index;
};

Status read_path(UnwindParts& parts, const Value& value) {
  constexpr std::uint32_t kNoString = 28808;
  if (!value.is_string()) {
    return error(kNoString, "expected a string as the path for $unwind stage, got {}",
                 type_alias(value));
  }
  parts.path = value.as_string();
  parts.has_path = true;
  return {};
}

Status read_keeps_empty(UnwindParts& parts, const Value& value) {
  constexpr std::uint32_t kNoBoolean = 28809;
  if (value.type() != value::Type::boolean) {
    return error(kNoBoolean,
                 "expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, "
                 "got {}",
                 type_alias(value));
  }
  parts.keeps_empty = value.as_boolean();
  return {};
}

Status read_index(UnwindParts& parts, const Value& value) {
  constexpr std::uint32_t kNoString = 28810;
  constexpr std::uint32_t kDollar = 28822;
  if (!value.is_string() || value.as_string().empty()) {
    return error(kNoString,
                 "expected a non-empty string for the includeArrayIndex option to $unwind stage, "
                 "got {}",
                 type_alias(value));
  }
  if (value.as_string().starts_with('$')) {
    return error(kDollar,
                 "includeArrayIndex option to $unwind stage should not be prefixed with a '$': {}",
                 value.as_string());
  }
  parts.index = value.as_string();
  return {};
}

struct OptionRow {
  std::string_view name;
  Status (*read)(UnwindParts& parts, const Value& value);
};
constexpr OptionRow kOptions[] = {
    {"path", read_path},
    {"preserveNullAndEmptyArrays", read_keeps_empty},
    {"includeArrayIndex", read_index},
};

Result<UnwindParts> read_parts(const Value& operand) {
  constexpr std::uint32_t kOther = 15981;
  constexpr std::uint32_t kUnknown = 28811;
  UnwindParts parts;
  if (operand.is_string()) {
    TRY_STATUS(read_path(parts, operand));
    return parts;
  }
  if (!operand.is_object()) {
    return error(kOther,
                 "expected either a string or an object as specification for $unwind stage, got {}",
                 type_alias(operand));
  }
  for (const Field& field : operand.as_object()) {
    const auto* option = std::ranges::find(kOptions, field.name, &OptionRow::name);
    if (option == std::end(kOptions)) {
      return error(kUnknown, "unrecognized option to $unwind stage: {}", field.name);
    }
    TRY_STATUS(option->read(parts, field.value));
  }
  return parts;
}

// 16411 and 16419 are for a null byte, which no name of a field has.
Result<std::vector<std::string>> read_names(std::string_view path, std::uint32_t null_byte) {
  if (path.find('\0') != std::string_view::npos) {
    return error(null_byte, "FieldPath field names may not contain '\\0'.");
  }
  return split_field_path(path);
}

Result<Step> parse_unwind(const Value& operand, StageContext& context) {
  constexpr std::uint32_t kNoPath = 28812;
  constexpr std::uint32_t kNoDollar = 28818;
  constexpr std::uint32_t kNullByteInExpression = 16419;
  constexpr std::uint32_t kNullByte = 16411;
  TRY(const UnwindParts parts, read_parts(operand));
  if (parts.path.empty()) return error(kNoPath, "no path specified to $unwind stage");
  if (!parts.path.starts_with('$')) {
    return error(kNoDollar, "path option to $unwind stage should be prefixed with a '$': {}",
                 parts.path);
  }
  TRY(const auto path, read_names(std::string_view(parts.path).substr(1), kNullByteInExpression));
  Step step;
  step.changes = {Changes::Kind::fields, {path.front()}};
  Value index;
  if (parts.index) {
    TRY(const auto names, read_names(*parts.index, kNullByte));
    step.changes.names.push_back(names.front());
    index = names_of(names);
  }
  if (!parts.keeps_empty && !parts.index) step.unwound = path;
  const algebra::VarId row = context.variables.fresh();
  const algebra::ExprPtr function =
      row_lambda(row, call(op::kUnwind, {algebra::variable(row), algebra::constant(names_of(path)),
                                         algebra::constant(Value::boolean(parts.keeps_empty)),
                                         algebra::constant(std::move(index))}));
  step.plan = [function](PlanPtr input) -> Result<PlanPtr> {
    return algebra::make_plan(algebra::Unwind{std::move(input), function});
  };
  return step;
}

constexpr StageRow kStages[] = {{.name = "$unwind", .flags = 0, .parse = parse_unwind}};

// --- Operation ---

Value with_index(const Value& document, const Item& path, Value index) {
  if (!is_path(path)) return document;
  return with_path(document, path->as_array(), std::move(index));
}

Result<Item> unwind(const OperationCall& call, std::span<const Item> arguments) {
  const bool fits = arguments[0] && is_path(arguments[1]) && arguments[2] &&
                    arguments[2]->type() == value::Type::boolean;
  if (!fits) return fail(Code::type_mismatch, "$unwind has other arguments");
  const Value& document = *arguments[0];
  const auto path = arguments[1]->as_array();
  const Value* content = at_document_path(document, path);
  const bool is_array = content != nullptr && content->is_array();
  std::vector<Value> documents;
  if (is_array && !content->as_array().empty()) {
    std::int64_t number = 0;
    for (const Value& element : content->as_array()) {
      TRY_STATUS(call.context.check());
      documents.push_back(
          with_index(with_path(document, path, element), arguments[3], Value::int64(number++)));
    }
  } else if (is_array) {
    // An empty one leaves nothing at the path.
    if (arguments[2]->as_boolean()) {
      documents.push_back(with_index(with_path(document, path, Item()), arguments[3], Value()));
    }
  } else if (arguments[2]->as_boolean() || (content != nullptr && !is_nullish(*content))) {
    documents.push_back(with_index(document, arguments[3], Value()));
  }
  return Item(Value::array(std::move(documents)));
}

// (document, path, array): what `unwind` makes of the document with the array at the path.
Result<Item> unwind_at(const OperationCall& call, std::span<const Item> arguments) {
  const bool fits =
      arguments[0] && is_path(arguments[1]) && arguments[2] && arguments[2]->is_array();
  if (!fits) return fail(Code::type_mismatch, "$unwind has other arguments");
  const auto elements = arguments[2]->as_array();
  value::ArrayMaker documents(elements.size());
  for (const Value& element : elements) {
    TRY_STATUS(call.context.check());
    documents.append(with_path(*arguments[0], arguments[1]->as_array(), element));
  }
  return Item(std::move(documents).finish());
}

constexpr OperationRow kOperations[] = {
    {.number = op::kUnwindAt, .name = "unwind_at", .least = 3, .eager = unwind_at},
    {.number = op::kUnwind, .name = "unwind", .least = 4, .eager = unwind},
};

}  // namespace

std::span<const StageRow> unwind_stages() { return kStages; }
std::span<const OperationRow> unwind_operations() { return kOperations; }

}  // namespace octavo::mongodb
