#include "protocol/mongodb/command/oplog_diff.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

constexpr int kMostLevels = 100;
constexpr std::int64_t kVersion = 2;

std::unexpected<Error> malformed(std::string_view what) {
  return error(ErrorCode::failed_to_parse, "A diff of an update has {}", what);
}

// What a diff says, by paths.
class Changes {
 public:
  Status add(const Value& diff, const std::string& prefix, int level) {
    if (!diff.is_object() || level > kMostLevels)
      return malformed("no documents in it, or too many");
    const Value* const is_array = diff.find("a");
    if (is_array != nullptr) return add_array(diff, prefix, level);
    for (const Field& field : diff.as_object()) {
      const std::string_view name = field.name;
      if (name == "u" || name == "i") {
        TRY_STATUS(set_all(field.value, prefix));
      } else if (name == "d") {
        TRY_STATUS(unset_all(field.value, prefix));
      } else if (name.starts_with('s')) {
        TRY_STATUS(add(field.value, path(prefix, name.substr(1)), level + 1));
      } else {
        return malformed("a section that is not known");
      }
    }
    return {};
  }

  Value update() && {
    std::vector<Field> operators;
    if (!set_.empty()) operators.push_back({"$set", document(std::move(set_))});
    if (!unset_.empty()) operators.push_back({"$unset", document(std::move(unset_))});
    return document(std::move(operators));
  }

 private:
  static std::string path(const std::string& prefix, std::string_view name) {
    return prefix.empty() ? std::string(name) : prefix + "." + std::string(name);
  }

  // {a: true, l: length, u<index>: value, s<index>: diff}.
  Status add_array(const Value& diff, const std::string& prefix, int level) {
    for (const Field& field : diff.as_object()) {
      const std::string_view name = field.name;
      if (name == "a") continue;
      if (name == "l") {
        return error(ErrorCode::command_not_supported,
                     "An array that an entry makes shorter is not supported");
      }
      if (name.starts_with('u')) {
        set_.push_back({path(prefix, name.substr(1)), field.value});
      } else if (name.starts_with('s')) {
        TRY_STATUS(add(field.value, path(prefix, name.substr(1)), level + 1));
      } else {
        return malformed("a section that is not known");
      }
    }
    return {};
  }

  Status set_all(const Value& given, const std::string& prefix) {
    if (!given.is_object()) return malformed("a section that is no document");
    for (const Field& field : given.as_object()) {
      set_.push_back({path(prefix, field.name), field.value});
    }
    return {};
  }
  Status unset_all(const Value& given, const std::string& prefix) {
    if (!given.is_object()) return malformed("a section that is no document");
    for (const Field& field : given.as_object()) {
      unset_.push_back({path(prefix, field.name), Value::boolean(true)});
    }
    return {};
  }

  std::vector<Field> set_;
  std::vector<Field> unset_;
};

}  // namespace

Result<Value> update_of_diff(const Value& entry) {
  const Value* const version = entry.find("$v");
  if (version == nullptr || !version->is_number() || to_integer(*version) != kVersion) {
    return error(ErrorCode::command_not_supported, "An update is read in version {} of its form",
                 kVersion);
  }
  const Value* const diff = entry.find("diff");
  if (diff == nullptr) return malformed("no field 'diff'");
  Changes changes;
  TRY_STATUS(changes.add(*diff, {}, 0));
  return std::move(changes).update();
}

}  // namespace octavo::mongodb
