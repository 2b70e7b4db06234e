// $rename: {from: "to"}, which is a removal at one path and a value for another.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/update/modifier.h"
#include "dialect/mongodb/update/path.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::string_view kId = "_id";

std::unexpected<Error> array_on_the_way(std::string_view which, std::string_view path,
                                        std::string_view array, const Application& application) {
  return error(ErrorCode::bad_value,
               "The {} field cannot be an array element, '{}' in doc with {} has an array field "
               "called '{}'",
               which, path, application.id_text(), array);
}

// What lies at a path that leads through documents alone; null: nothing. An array on the way is an
// error if there is something in it at the path; path_not_viable for other values on the way.
class PlainPath {
 public:
  PlainPath(std::string path, const std::vector<PathStep>& steps) : path_(std::move(path)) {
    for (const PathStep& step : steps) names_.push_back(step.name);
  }

  Result<const Value*> find(std::string_view which, const Application& application) const {
    const Value* at = &application.document;
    std::string_view array;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (at->is_array()) {
        if (array.empty()) array = names_[i - 1];
        const auto position = position_of(names_[i]);
        if (!position) return not_viable(i, *at);
        if (*position >= at->as_array().size()) return nullptr;
        at = &at->as_array()[*position];
        continue;
      }
      if (!is_document(*at)) return not_viable(i, *at);
      at = at->find(names_[i]);
      if (at == nullptr) return nullptr;
    }
    if (!array.empty()) return array_on_the_way(which, path_, array, application);
    return at;
  }

  const std::string& text() const { return path_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::unexpected<Error> not_viable(std::size_t i, const Value& blocking) const {
    return error(ErrorCode::path_not_viable,
                 "cannot use the part ({} of {}) to traverse the element ({{{}: {}}})",
                 names_[i - 1], path_, names_[i - 1], print(blocking));
  }

  std::string path_;
  std::vector<std::string> names_;
};

class RenameSource final : public Modifier {
 public:
  Result<Change> apply(const EditTarget& target) const override {
    return Change::removal(target.existing);
  }
};

class RenameTarget final : public Modifier {
 public:
  RenameTarget(PlainPath source, PlainPath target)
      : source_(std::move(source)), target_(std::move(target)) {}

  Result<Change> apply(const EditTarget& target) const override {
    TRY(const Value* const source, source_.find("source", target.application));
    if (source == nullptr) return Change();
    TRY_STATUS(check_no_array(target.application));
    if (target_.text() == kId && !target.application.insert) {
      return error(ErrorCode::immutable_field,
                   "Performing an update on the path '_id' would modify the immutable field "
                   "'_id'");
    }
    return Change::to(target.existing, *source);
  }

 private:
  // Whatever is missing behind it, no array may be on the way.
  Status check_no_array(const Application& application) const {
    const Value* at = &application.document;
    const std::vector<std::string>& names = target_.names();
    for (std::size_t i = 0; i + 1 < names.size() && at != nullptr; ++i) {
      at = at->find(names[i]);
      if (at != nullptr && at->is_array()) {
        return array_on_the_way("destination", target_.text(), names[i], application);
      }
    }
    return {};
  }

  PlainPath source_;
  PlainPath target_;
};

Status check_static(std::string_view which, std::string_view path,
                    const std::vector<PathStep>& steps) {
  const bool dynamic = std::ranges::any_of(
      steps, [](const PathStep& step) { return step.kind != PathStep::Kind::name; });
  if (!dynamic) return {};
  return error(ErrorCode::bad_value, "The {} field for $rename may not be dynamic: {}", which,
               path);
}

Result<std::vector<PlacedModifier>> parse_rename(const ModifierCall& call) {
  if (!call.operand.is_string()) {
    return error(ErrorCode::bad_value, "The 'to' field for $rename must be a string: {}",
                 call.text());
  }
  const std::string source(call.path);
  const std::string target(call.operand.as_string());
  if (target.find('\0') != std::string::npos) {
    return error(9867600, "The 'to' field for $rename cannot contain an embedded null byte");
  }
  TRY(const std::vector<PathStep> from, parse_update_path(source));
  TRY(const std::vector<PathStep> to, parse_update_path(target));
  if (source == target) {
    return error(ErrorCode::bad_value, "The source and target field for $rename must differ: {}",
                 call.text());
  }
  const auto [in_from, in_to] = std::ranges::mismatch(from, to);
  if (in_from == from.end() || in_to == to.end()) {
    return error(ErrorCode::bad_value,
                 "The source and target field for $rename must not be on the same path: {}",
                 call.text());
  }
  TRY_STATUS(check_static("source", source, from));
  TRY_STATUS(check_static("destination", target, to));
  std::vector<PlacedModifier> both;
  both.push_back({.path = source, .modifier = std::make_shared<const RenameSource>()});
  both.push_back({.path = target,
                  .modifier = std::make_shared<const RenameTarget>(PlainPath(source, from),
                                                                   PlainPath(target, to))});
  return both;
}

constexpr ModifierRow kRows[] = {{"$rename", parse_rename}};

}  // namespace

std::span<const ModifierRow> rename_modifiers() { return kRows; }

}  // namespace octavo::mongodb
