#include "protocol/mongodb/command/collation.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/collection.h"
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

}  // namespace

Status check_collation(std::string_view path, const Value& document) {
  constexpr std::int64_t kStrongest = 5;
  TRY_STATUS(check_fields(path, document.as_object(), kFields));
  if (const Value* const number = given(document, "strength")) {
    const std::int64_t strength = std::isnan(number->to_double()) ? 0 : to_integer(*number);
    if (strength < 1 || strength > kStrongest) return not_valid(path, "strength");
  }
  for (const WordRow& row : kWords) {
    const Value* const word = given(document, row.field);
    if (word == nullptr) continue;
    if (std::ranges::find(row.words, word->as_string()) == row.words.end()) {
      return not_valid(path, row.field);
    }
  }
  const Value* const version = given(document, "version");
  if (version != nullptr && version->as_string() != kVersion) {
    return error(ErrorCode::incompatible_collation_version,
                 "Requested collation version {}, but the only one that there is is {}",
                 version->as_string(), kVersion);
  }
  return {};
}

Result<std::optional<Value>> read_collation(std::string_view path, const Value& document) {
  static constexpr std::string_view kSimple = "simple";
  TRY_STATUS(check_collation(path, document));
  if (given(document, "locale")->as_string() == kSimple) return std::optional<Value>();
  TRY(Value full, full_collation(document));
  return std::optional(std::move(full));
}

const Value* own_collation(const catalog::TableDefinition& table) {
  const Value* const found = find_option(table, "collation");
  return found != nullptr && found->is_object() ? found : nullptr;
}

const Value* own_collation(const catalog::ViewDefinition& view) {
  const Value* const found = view.forms.of(kProtocolName).find("collation");
  return found != nullptr && found->is_object() ? found : nullptr;
}

Result<std::string> operation_collation(CommandCall& call, const Value* asked) {
  const auto state = call.engine().catalog();
  const auto* const view = find_view(*state, call.database(), call.collection());
  const auto table = find_collection(*state, call.database(), call.collection());
  const Value* const own = view != nullptr ? own_collation(*view)
                           : table         ? own_collation(*table->table)
                                           : nullptr;
  std::string name = collation_name(own);
  if (asked == nullptr || !asked->is_object() || asked->as_object().empty()) return name;
  TRY(const auto full, read_collation("collation", *asked));
  std::string wanted = collation_name(full ? &*full : nullptr);
  if (view != nullptr && wanted != name) {
    return error(ErrorCode::option_not_supported_on_view,
                 "Cannot override a view's default collation");
  }
  return wanted;
}

}  // namespace octavo::mongodb
