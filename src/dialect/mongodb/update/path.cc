#include "dialect/mongodb/update/path.h"

#include <algorithm>

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

constexpr std::string_view kPosition = "$";
constexpr std::string_view kFilterBegin = "$[";

PathStep step_of(std::string_view part) {
  if (part == kPosition) return {.kind = PathStep::Kind::position, .name = {}};
  if (part.starts_with(kFilterBegin) && part.ends_with(']')) {
    part.remove_prefix(kFilterBegin.size());
    part.remove_suffix(1);
    return {.kind = PathStep::Kind::filtered, .name = std::string(part)};
  }
  return {.kind = PathStep::Kind::name, .name = std::string(part)};
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Status check(const std::vector<PathStep>& steps, std::string_view path) {
  const PathStep& first = steps.front();
  if (first.kind == PathStep::Kind::position) {
    return error(ErrorCode::bad_value,
                 "Cannot have positional (i.e. '$') element in the first position in path '{}'",
                 path);
  }
  if (first.kind == PathStep::Kind::filtered) {
    return error(ErrorCode::bad_value,
                 "Cannot have array filter identifier (i.e. '$[<id>]') element in the first "
                 "position in path '{}'",
                 path);
  }
  if (std::ranges::count(steps, PathStep::Kind::position, &PathStep::kind) > 1) {
    return error(ErrorCode::bad_value, "Too many positional (i.e. '$') elements found in path '{}'",
                 path);
  }
  return {};
}

}  // namespace

Result<std::vector<PathStep>> parse_update_path(std::string_view path) {
  if (path.empty()) {
    return error(ErrorCode::empty_field_name, "An empty update path is not valid.");
  }
  std::vector<PathStep> steps;
  std::string_view rest = path;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    if (part.empty()) {
      return error(ErrorCode::empty_field_name,
                   "The update path '{}' contains an empty field name, which is not allowed.",
                   path);
    }
    if (steps.size() == kMostPathParts) {
      return error(ErrorCode::overflow, "A path of an update has more than {} parts",
                   kMostPathParts);
    }
    steps.push_back(step_of(part));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  TRY_STATUS(check(steps, path));
  return steps;
}

bool comes_before(std::string_view a, std::string_view b) {
  if (is_number(a) && is_number(b) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

std::string to_string(const PathStep& step) {
  switch (step.kind) {
    case PathStep::Kind::name: return step.name;
    case PathStep::Kind::position: return std::string(kPosition);
    case PathStep::Kind::filtered: return fmt::format("$[{}]", step.name);
  }
  return {};
}

}  // namespace octavo::mongodb
