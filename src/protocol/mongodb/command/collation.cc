#include "protocol/mongodb/command/collation.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr FieldRow kFields[] = {
    {"locale", field::kString, FieldRule::required},
    {"strength", field::kNumber},
    {"caseLevel", field::kBool},
    {"caseFirst", field::kString},
    {"numericOrdering", field::kBool},
    {"alternate", field::kString},
    {"maxVariable", field::kString},
    {"normalization", field::kBool},
    {"backwards", field::kBool, FieldRule::null_is_a_value},
    {"version", field::kString},
};

constexpr std::string_view kCaseFirst[] = {"off", "upper", "lower"};
constexpr std::string_view kAlternate[] = {"non-ignorable", "shifted"};
constexpr std::string_view kMaxVariable[] = {"punct", "space"};

struct WordRow {
  std::string_view field;
  std::span<const std::string_view> words;
};
constexpr WordRow kWords[] = {
    {"caseFirst", kCaseFirst}, {"alternate", kAlternate}, {"maxVariable", kMaxVariable}};

// What the rules of ICU that MongoDB has are numbered.
constexpr std::string_view kVersion = "57.1";

const Value* given(const Value& document, std::string_view name) {
  const Value* const found = document.find(name);
  return found == nullptr || found->is_null() ? nullptr : found;
}

std::unexpected<Error> not_valid(std::string_view path, std::string_view field) {
  return error(ErrorCode::bad_value, "Field '{}' of '{}' has a value that is not valid", field,
               path);
}

// A language of two or three letters, what follows it being a script, a country, a variant.
bool may_be_locale(std::string_view locale) {
  constexpr std::string_view kRoot = "root";
  constexpr std::string_view kSimple = "simple";
  if (locale == kRoot || locale == kSimple) return true;
  const std::string_view language = locale.substr(0, locale.find_first_of("_-@"));
  return (language.size() == 2 || language.size() == 3) &&
         std::ranges::all_of(language, [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

Status check_collation(std::string_view path, const Value& document) {
  constexpr std::int64_t kStrongest = 5;
  constexpr std::int64_t kUsualStrength = 3;
  TRY_STATUS(check_fields(path, document.as_object(), kFields));
  if (!may_be_locale(given(document, "locale")->as_string())) return not_valid(path, "locale");
  std::int64_t strength = kUsualStrength;
  if (const Value* const number = given(document, "strength")) {
    strength = std::isnan(number->to_double()) ? 0 : to_integer(*number);
    if (strength < 1 || strength > kStrongest) return not_valid(path, "strength");
  }
  for (const WordRow& row : kWords) {
    const Value* const word = given(document, row.field);
    if (word == nullptr) continue;
    if (std::ranges::find(row.words, word->as_string()) == row.words.end()) {
      return not_valid(path, row.field);
    }
  }
  // Letters of two cases are the same then, so none can be first.
  const Value* const level = given(document, "caseLevel");
  const Value* const first = given(document, "caseFirst");
  const bool ordered_case = first != nullptr && first->as_string() != kCaseFirst[0];
  const bool has_level = level != nullptr && level->as_boolean();
  if (ordered_case && !has_level && strength < kUsualStrength) return not_valid(path, "caseFirst");
  const Value* const version = given(document, "version");
  if (version != nullptr && version->as_string() != kVersion) {
    return error(ErrorCode::incompatible_collation_version,
                 "Requested collation version {}, but the only one that there is is {}",
                 version->as_string(), kVersion);
  }
  return {};
}

}  // namespace octavo::mongodb
