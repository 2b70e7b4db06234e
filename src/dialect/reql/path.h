#pragma once

// Paths into documents, as pluck, without, has_fields and with_fields take them: a name, an array
// of paths, or an object of name → path or true.

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "dialect/reql/datum.h"

namespace octavo::reql {

struct Path {
  struct Inner;
  using Branches = std::vector<Inner>;  // name → what is below it
  std::variant<std::string, std::vector<Path>, Branches> node;
};
struct Path::Inner {
  std::string name;
  Path below;
};

Result<Path> parse_path(const Value& datum);
Result<Path> parse_paths(const std::vector<Value>& datums);

Value project(const Value& document, const Path& path);    // only what is on the path
Value unproject(const Value& document, const Path& path);  // all but what is on the path
bool has_path(const Value& document, const Path& path);    // all of it is there and not null

}  // namespace octavo::reql
