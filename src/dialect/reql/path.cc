#include "dialect/reql/path.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "dialect/reql/error.h"
#include "dialect/reql/text/time_text.h"

namespace octavo::reql {
namespace {

using Fields = std::map<std::string, Value, std::less<>>;

Value object_of(Fields fields) {
  std::vector<Field> list;
  list.reserve(fields.size());
  for (auto& [name, value] : fields) list.push_back({name, std::move(value)});
  return Value::object(std::move(list));
}

Fields fields_of(const Value& object) {
  Fields fields;
  for (const Field& field : object.as_object()) fields.emplace(field.name, field.value);
  return fields;
}

// Below the first level an array stands for each of its elements. Nothing but objects can be
// followed further: nullopt for other values, and for arrays with such elements.
using Change = Value (*)(const Value&, const Path&);
std::optional<Value> below(const Value& value, const Path& path, Change change) {
  if (value.is_object()) return change(value, path);
  if (!value.is_array()) return std::nullopt;
  std::vector<Value> elements;
  elements.reserve(value.as_array().size());
  for (const Value& element : value.as_array()) {
    if (!element.is_object()) return std::nullopt;
    elements.push_back(change(element, path));
  }
  return Value::array(std::move(elements));
}

void project_into(const Value& document, const Path& path, Fields& out) {
  if (const auto* name = std::get_if<std::string>(&path.node)) {
    if (const Value* value = document.find(*name)) out.insert_or_assign(*name, *value);
  } else if (const auto* paths = std::get_if<std::vector<Path>>(&path.node)) {
    for (const Path& each : *paths) project_into(document, each, out);
  } else {
    for (const auto& [branch, inner] : std::get<Path::Branches>(path.node)) {
      const Value* value = document.find(branch);
      if (value == nullptr) continue;
      if (auto part = below(*value, inner, project)) out.insert_or_assign(branch, *part);
    }
  }
}

void unproject_from(const Path& path, Fields& out) {
  if (const auto* name = std::get_if<std::string>(&path.node)) {
    out.erase(*name);
  } else if (const auto* paths = std::get_if<std::vector<Path>>(&path.node)) {
    for (const Path& each : *paths) unproject_from(each, out);
  } else {
    for (const auto& [branch, inner] : std::get<Path::Branches>(path.node)) {
      const auto found = out.find(branch);
      if (found == out.end()) continue;
      if (auto part = below(found->second, inner, unproject)) found->second = *part;
    }
  }
}

Path simplest(std::vector<Path> paths) {
  if (paths.size() == 1) return std::move(paths.front());
  return {.node = std::move(paths)};
}

}  // namespace

Result<Path> parse_paths(const std::vector<Value>& datums) {
  std::vector<Path> paths;
  for (const Value& datum : datums) {
    TRY(Path path, parse_path(datum));
    paths.push_back(std::move(path));
  }
  return simplest(std::move(paths));
}

Result<Path> parse_path(const Value& datum) {
  if (datum.is_string()) return Path{.node = std::string(datum.as_string())};
  if (datum.is_array()) {
    return parse_paths({datum.as_array().begin(), datum.as_array().end()});
  }
  if (!datum.is_object()) {
    // Times are shown as their number of seconds here.
    const std::string shown = datum.type() == Type::timestamp
                                  ? print_number(epoch_seconds(datum.as_timestamp()))
                                  : print(datum);
    return fail_logic(fmt::format("Invalid path argument `{}`.", shown));
  }
  std::vector<Path> paths;
  Path::Branches branches;
  for (const Field& field : datum.as_object()) {
    if (field.value.type() == Type::boolean && field.value.as_boolean()) {
      paths.push_back({.node = field.name});
    } else {
      TRY(Path inner, parse_path(field.value));
      branches.push_back({field.name, std::move(inner)});
    }
  }
  if (paths.empty()) return Path{.node = std::move(branches)};
  if (!branches.empty()) paths.push_back({.node = std::move(branches)});
  return simplest(std::move(paths));
}

Value project(const Value& document, const Path& path) {
  Fields fields;
  project_into(document, path, fields);
  return object_of(std::move(fields));
}

Value unproject(const Value& document, const Path& path) {
  Fields fields = fields_of(document);
  unproject_from(path, fields);
  return object_of(std::move(fields));
}

bool has_path(const Value& document, const Path& path) {
  if (!document.is_object()) return false;
  if (const auto* name = std::get_if<std::string>(&path.node)) {
    const Value* value = document.find(*name);
    return value != nullptr && !value->is_null();
  }
  if (const auto* paths = std::get_if<std::vector<Path>>(&path.node)) {
    for (const Path& each : *paths) {
      if (!has_path(document, each)) return false;
    }
    return true;
  }
  for (const auto& [branch, inner] : std::get<Path::Branches>(path.node)) {
    const Value* value = document.find(branch);
    if (value == nullptr || !has_path(*value, inner)) return false;
  }
  return true;
}

}  // namespace octavo::reql
