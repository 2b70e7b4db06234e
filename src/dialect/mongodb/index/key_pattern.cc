#include "dialect/mongodb/index/key_pattern.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

using value::Value;

struct KindName {
  std::string_view name;
  KeyKind kind;
};
constexpr KindName kKindNames[] = {{"hashed", KeyKind::hashed},
                                   {"text", KeyKind::text},
                                   {"2dsphere", KeyKind::sphere},
                                   {"2d", KeyKind::plane}};

constexpr std::string_view kWildcard = "$**";

Result<KeyKind> kind_of(const Value& direction) {
  if (direction.is_number()) {
    const double number = direction.to_double();
    if (number == 0 || std::isnan(number)) {
      return error(ErrorCode::cannot_create_index, "Values in the index key pattern cannot be 0.");
    }
    return number > 0 ? KeyKind::ascending : KeyKind::descending;
  }
  if (!direction.is_string()) {
    return error(ErrorCode::cannot_create_index,
                 "Values in v:2 index key pattern cannot be of type {}. Only numbers > 0, numbers "
                 "< 0, and strings are allowed.",
                 value::type_name(direction.type()));
  }
  const auto* const row = std::ranges::find(kKindNames, direction.as_string(), &KindName::name);
  if (row == std::end(kKindNames)) {
    return error(ErrorCode::cannot_create_index, "Unknown index plugin '{}'",
                 direction.as_string());
  }
  return row->kind;
}

Result<std::vector<std::string>> names_of(std::string_view path) {
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name.empty()) {
      return error(ErrorCode::cannot_create_index, "Index keys cannot contain an empty field.");
    }
    // What drivers write as {$ref, $id, $db} has fields that begin so.
    static constexpr std::string_view kReference[] = {"$ref", "$id", "$db"};
    if (name.starts_with('$') &&
        (names.empty() || std::ranges::find(kReference, name) == std::end(kReference))) {
      return error(ErrorCode::cannot_create_index,
                   "Index key contains an illegal field name: field name starts with '$'.");
    }
    names.emplace_back(name);
    begin = end + 1;
  }
  return names;
}

Result<KeyField> field_of(const value::Field& given) {
  KeyField field{.path = given.name};
  TRY(field.kind, kind_of(given.value));
  std::string_view path = field.path;
  if (path == kWildcard || (path.ends_with(kWildcard) && path.size() > kWildcard.size() &&
                            path[path.size() - kWildcard.size() - 1] == '.')) {
    const bool is_text = field.kind == KeyKind::text && path == kWildcard;
    if (field.kind != KeyKind::ascending && field.kind != KeyKind::descending && !is_text) {
      return error(ErrorCode::cannot_create_index,
                   "A wildcard key pattern can only be of a number, or of all text: {}", path);
    }
    if (!is_text) field.kind = KeyKind::wildcard;
    path.remove_suffix(std::min(path.size(), kWildcard.size() + 1));
    if (path.empty()) return field;
  }
  TRY(field.names, names_of(path));
  return field;
}

}  // namespace

bool KeyPattern::is_ordered() const {
  return std::ranges::all_of(fields, [](const KeyField& field) {
    return field.kind == KeyKind::ascending || field.kind == KeyKind::descending;
  });
}

bool KeyPattern::has_position() const {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::any_of(fields, [&](const KeyField& field) {
    return std::ranges::any_of(
        field.names, [&](const std::string& name) { return std::ranges::all_of(name, is_digit); });
  });
}

bool KeyPattern::has(KeyKind kind) const {
  return std::ranges::find(fields, kind, &KeyField::kind) != fields.end();
}

Result<KeyPattern> parse_key_pattern(const Value& key) {
  if (!key.is_object() || key.as_object().empty()) {
    return error(ErrorCode::cannot_create_index, "Index keys cannot be empty.");
  }
  if (key.as_object().size() > kMostKeyFields) {
    return error(13103, "too many compound keys");
  }
  KeyPattern pattern;
  for (const value::Field& given : key.as_object()) {
    TRY(KeyField field, field_of(given));
    pattern.fields.push_back(std::move(field));
  }
  if (std::ranges::count(pattern.fields, KeyKind::hashed, &KeyField::kind) > 1) {
    return error(31303,
                 "A maximum of one index field is allowed to be hashed but found 2 for "
                 "'key'");
  }
  if (std::ranges::count(pattern.fields, KeyKind::wildcard, &KeyField::kind) > 1) {
    return error(7246201, "wildcard indexes do not allow more than one wildcard field");
  }
  return pattern;
}

}  // namespace octavo::mongodb
