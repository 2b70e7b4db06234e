#include "dialect/mongodb/index/wildcard.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/index/entries.h"
#include "dialect/mongodb/type/type.h"
#include "value/key.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Type;
using value::Value;

constexpr std::string_view kProjection = "wildcardProjection", kId = "_id";

bool is_at_or_below(std::string_view path, std::string_view start) {
  return path == start ||
         (path.size() > start.size() && path.starts_with(start) && path[start.size()] == '.');
}

std::string joined(const std::vector<std::string>& names) {
  std::string path;
  for (const std::string& name : names) {
    if (!path.empty()) path += '.';
    path += name;
  }
  return path;
}

// {a: {b: 1}} and {"a.b": 1} alike.
void flatten(const Value& projection, const std::string& prefix,
             std::vector<std::pair<std::string, bool>>& out) {
  for (const Field& field : projection.as_object()) {
    const std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
    if (field.value.is_object()) {
      flatten(field.value, path, out);
    } else {
      out.emplace_back(path, is_truthy(field.value));
    }
  }
}

std::vector<std::pair<std::string, bool>> fields_of(const Value& projection) {
  std::vector<std::pair<std::string, bool>> fields;
  if (projection.is_object()) flatten(projection, "", fields);
  return fields;
}

// Nothing is computed: paths are in or out.
Status check_values(const Value& projection) {
  for (const Field& field : projection.as_object()) {
    const Value& value = field.value;
    if (value.is_object() && !value.as_object().empty()) {
      TRY_STATUS(check_values(value));
    } else if (!value.is_number() && value.type() != Type::boolean) {
      return error(51271, "Bad projection specification, cannot use computed fields: {}",
                   field.name);
    }
  }
  return {};
}

class Walker {
 public:
  Walker(const WildcardScope& scope, function::EvalContext& context)
      : scope_(scope), context_(context) {}

  Status walk(const Value& document, const std::string& prefix) {
    for (const Field& field : document.as_object()) {
      const std::string path = prefix.empty() ? field.name : prefix + "." + field.name;
      if (scope_.has(path) || scope_.may_have_below(path)) TRY_STATUS(take(field.value, path));
    }
    return {};
  }

  Value entries(const Value* primary_key) && {
    if (multikey_ && primary_key != nullptr && !found_.empty()) {
      Bytes bytes;
      value::encode_key(*primary_key, bytes);
      found_.push_back(Value::symbol(bytes));
    }
    return Value::array(std::move(found_));
  }

 private:
  Status take(const Value& value, const std::string& path) {
    TRY_STATUS(context_.spend(1));
    if (value.is_object() && !value.as_object().empty()) return walk(value, path);
    if (!value.is_array() || value.as_array().empty()) return emit(value, path);
    multikey_ = true;
    for (const Value& element : value.as_array()) {
      if (element.is_object() && !element.as_object().empty()) {
        TRY_STATUS(walk(element, path));
      } else {
        // An array within the array is a value.
        TRY_STATUS(emit(element, path));
      }
    }
    return {};
  }

  Status emit(const Value& value, const std::string& path) {
    TRY_STATUS(context_.spend(1));
    if (scope_.has(path)) {
      found_.push_back(Value::array({Value::string(path), index_form(value)}));
    }
    return {};
  }

  const WildcardScope& scope_;
  function::EvalContext& context_;
  std::vector<Value> found_;
  bool multikey_ = false;
};

Result<Item> wildcard_entries(const OperationCall& call, LazyArguments& arguments) {
  constexpr std::size_t kFilter = 4;
  TRY(const Item document, arguments.evaluate(0));
  TRY(const Item spec, arguments.evaluate(1));
  TRY(const Item names, arguments.evaluate(2));
  TRY(const Item primary_key, arguments.evaluate(3));
  Item none(Value::array({}));
  if (!document || !document->is_object() || !spec) return none;
  if (arguments.size() > kFilter) {
    TRY(const Item matches, arguments.apply(kFilter, {&document, 1}));
    if (!matches || matches->type() != Type::boolean || !matches->as_boolean()) return none;
  }
  if (!names || !names->is_array()) return fail(Code::type_mismatch, "a path is no array of names");
  KeyField field;
  for (const Value& name : names->as_array()) {
    if (!name.is_string()) return fail(Code::type_mismatch, "a path is no array of names");
    field.names.emplace_back(name.as_string());
  }
  const WildcardScope scope = wildcard_scope(field, *spec);
  Walker walker(scope, call.context);
  TRY_STATUS(walker.walk(*document, ""));
  const Value* const key =
      primary_key && primary_key->is_string() ? document->find(primary_key->as_string()) : nullptr;
  return Item(std::move(walker).entries(key));
}

constexpr OperationRow kOperations[] = {
    {.number = op::kWildcardEntries,
     .name = "wildcard_entries",
     .least = 4,
     .lazy = wildcard_entries},
};

}  // namespace

std::span<const OperationRow> wildcard_operations() { return kOperations; }

bool WildcardScope::has(std::string_view path) const {
  if (!below.empty()) return is_at_or_below(path, below);
  if (is_at_or_below(path, kId)) return has_id;
  if (paths.empty()) return true;
  const bool named = std::ranges::any_of(
      paths, [&](const std::string& start) { return is_at_or_below(path, start); });
  return named != excludes;
}

bool WildcardScope::may_have_below(std::string_view path) const {
  if (!below.empty()) return is_at_or_below(below, path);
  if (excludes || is_at_or_below(path, kId)) return false;
  return std::ranges::any_of(paths,
                             [&](const std::string& start) { return is_at_or_below(start, path); });
}

WildcardScope wildcard_scope(const KeyField& field, const Value& spec) {
  WildcardScope scope{.below = joined(field.names)};
  const Value* const projection = spec.find(kProjection);
  if (projection == nullptr) return scope;
  for (auto& [path, included] : fields_of(*projection)) {
    if (path == kId) {
      scope.has_id = included;
    } else {
      scope.excludes = !included;
      scope.paths.push_back(std::move(path));
    }
  }
  return scope;
}

std::size_t count_wildcard_entries(const WildcardScope& scope, const Value& document) {
  function::EvalContext context;
  Walker walker(scope, context);
  if (!walker.walk(document, "")) return 0;
  return std::move(walker).entries(nullptr).as_array().size();
}

Status check_wildcard_projection(const KeyPattern& pattern, const Value* projection) {
  const auto wildcard = std::ranges::find(pattern.fields, KeyKind::wildcard, &KeyField::kind);
  const bool is_wildcard = wildcard != pattern.fields.end();
  if (projection == nullptr) {
    if (!is_wildcard || pattern.fields.size() == 1 || !wildcard->names.empty()) return {};
    return error(ErrorCode::cannot_create_index,
                 "The 'wildcardProjection' field is required for a compound wildcard index over "
                 "all paths");
  }
  if (!is_wildcard) {
    return error(ErrorCode::bad_value,
                 "The field 'wildcardProjection' is only allowed in an 'wildcard' index");
  }
  if (!wildcard->names.empty()) {
    return error(ErrorCode::failed_to_parse,
                 "The field 'wildcardProjection' is only allowed when 'key' is {{\"$**\": ±1}}");
  }
  if (!projection->is_object() || projection->as_object().empty()) {
    return error(ErrorCode::failed_to_parse,
                 "The 'wildcardProjection' field can't be an empty object");
  }
  TRY_STATUS(check_values(*projection));
  const auto fields = fields_of(*projection);
  std::optional<bool> included;
  for (const auto& [path, is_included] : fields) {
    for (const auto& [other, ignored] : fields) {
      if (path != other && is_at_or_below(path, other)) {
        return error(31249, "Path collision at {} remaining portion {}", path,
                     path.substr(other.size() + 1));
      }
    }
    if (path == kId) continue;
    if (included && *included != is_included) {
      return is_included
                 ? error(31253, "Cannot do inclusion on field {} in exclusion projection", path)
                 : error(31254, "Cannot do exclusion on field {} in inclusion projection", path);
    }
    included = is_included;
  }
  const WildcardScope scope =
      wildcard_scope(*wildcard, Value::object({{std::string(kProjection), *projection}}));
  for (const KeyField& field : pattern.fields) {
    if (field.kind == KeyKind::wildcard || !scope.has(field.path)) continue;
    return error(7246209, "Field '{}' of the index has to be left out by wildcardProjection",
                 field.path);
  }
  return {};
}

}  // namespace octavo::mongodb
