#include "dialect/mongodb/expression/collation_rules.h"

#include <fmt/format.h>
#include <unicode/coll.h>
#include <unicode/locid.h>
#include <unicode/uversion.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

// What MongoDB 7.0 calls its rules, which drivers and stored definitions compare.
constexpr std::string_view kShownVersion = "57.1";
constexpr std::string_view kRoot = "root";
constexpr std::size_t kMostLocaleBytes = 64;

// --- Options as attributes of ICU's ---

// A word of an option, or a number or a boolean as a word, and what ICU calls it.
struct Word {
  std::string_view word;
  int value;
};
constexpr Word kFlagWords[] = {{"false", UCOL_OFF}, {"true", UCOL_ON}};
constexpr Word kStrengthWords[] = {{"1", UCOL_PRIMARY},
                                   {"2", UCOL_SECONDARY},
                                   {"3", UCOL_TERTIARY},
                                   {"4", UCOL_QUATERNARY},
                                   {"5", UCOL_IDENTICAL}};
constexpr Word kCaseWords[] = {
    {"off", UCOL_OFF}, {"upper", UCOL_UPPER_FIRST}, {"lower", UCOL_LOWER_FIRST}};
constexpr Word kAlternateWords[] = {{"non-ignorable", UCOL_NON_IGNORABLE},
                                    {"shifted", UCOL_SHIFTED}};
constexpr Word kVariableWords[] = {{"punct", UCOL_REORDER_CODE_PUNCTUATION},
                                   {"space", UCOL_REORDER_CODE_SPACE}};

enum class Shown : std::uint8_t { flag, number, word };

struct OptionRow {
  std::string_view name;
  UColAttribute attribute;  // UCOL_ATTRIBUTE_COUNT: the group of characters that may be shifted
  std::span<const Word> words;
  Shown shown;
};
// In MongoDB's order.
constexpr OptionRow kOptions[] = {
    {"caseLevel", UCOL_CASE_LEVEL, kFlagWords, Shown::flag},
    {"caseFirst", UCOL_CASE_FIRST, kCaseWords, Shown::word},
    {"strength", UCOL_STRENGTH, kStrengthWords, Shown::number},
    {"numericOrdering", UCOL_NUMERIC_COLLATION, kFlagWords, Shown::flag},
    {"alternate", UCOL_ALTERNATE_HANDLING, kAlternateWords, Shown::word},
    {"maxVariable", UCOL_ATTRIBUTE_COUNT, kVariableWords, Shown::word},
    {"normalization", UCOL_NORMALIZATION_MODE, kFlagWords, Shown::flag},
    {"backwards", UCOL_FRENCH_COLLATION, kFlagWords, Shown::flag},
};

std::string word_of(const Value& option) {
  if (option.is_string()) return std::string(option.as_string());
  if (option.type() == value::Type::boolean) return option.as_boolean() ? "true" : "false";
  return option.is_number() ? fmt::format("{}", option.to_int64().value_or(0)) : std::string();
}

Value shown_as(Shown shown, std::string_view word) {
  switch (shown) {
    case Shown::flag: return Value::boolean(word == kFlagWords[1].word);
    case Shown::number: return Value::int32(word.front() - '0');
    case Shown::word: return Value::string(word);
  }
  return Value();
}

// False: it is none of the option's words, or ICU does not take it.
bool set_option(icu::Collator& collator, const OptionRow& row, std::string_view word) {
  const auto known = std::ranges::find(row.words, word, &Word::word);
  if (known == row.words.end()) return false;
  UErrorCode status = U_ZERO_ERROR;
  if (row.attribute == UCOL_ATTRIBUTE_COUNT) {
    collator.setMaxVariable(static_cast<UColReorderCode>(known->value), status);
  } else {
    collator.setAttribute(row.attribute, static_cast<UColAttributeValue>(known->value), status);
  }
  return U_SUCCESS(status) != 0;
}

std::string_view option_of(const icu::Collator& collator, const OptionRow& row) {
  UErrorCode status = U_ZERO_ERROR;
  const int value = row.attribute == UCOL_ATTRIBUTE_COUNT
                        ? static_cast<int>(collator.getMaxVariable())
                        : static_cast<int>(collator.getAttribute(row.attribute, status));
  const auto known = std::ranges::find(row.words, value, &Word::value);
  // Of the groups that may be shifted MongoDB has words for two.
  return known == row.words.end() ? row.words.front().word : known->word;
}

// --- Locales ---

using CollatorPtr = std::unique_ptr<icu::Collator>;

// Null: ICU makes none of it. Any text is a locale to ICU; what is not known is the root.
CollatorPtr make_collator(const std::string& locale) {
  UErrorCode status = U_ZERO_ERROR;
  CollatorPtr collator(icu::Collator::createInstance(
      locale == kRoot ? icu::Locale::getRoot() : icu::Locale(locale.c_str()), status));
  return U_SUCCESS(status) != 0 ? std::move(collator) : nullptr;
}

// The locale whose rules they are; empty: the root's.
std::string locale_of(const icu::Collator& collator) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Locale locale = collator.getLocale(ULOC_VALID_LOCALE, status);
  return U_SUCCESS(status) != 0 ? locale.getName() : "";
}

Result<CollatorPtr> open_locale(const Value& document) {
  const std::string locale(document.find("locale")->as_string());
  if (locale.find('\0') != std::string::npos) {
    return error(ErrorCode::bad_value,
                 "Field 'locale' cannot contain null byte. Collation spec: {}", print(document));
  }
  if (locale.empty()) {
    return error(ErrorCode::bad_value, "Field 'locale' cannot be the empty string in: {}",
                 print(document));
  }
  CollatorPtr collator = locale.size() <= kMostLocaleBytes ? make_collator(locale) : nullptr;
  const std::string known = collator == nullptr ? "" : locale_of(*collator);
  if (collator != nullptr && (known == locale || locale == kRoot)) return collator;
  return error(ErrorCode::bad_value, "Field 'locale' is invalid in: {}{}", print(document),
               known.empty() ? "" : fmt::format(". Did you mean '{}'?", known));
}

Status check_together(const icu::Collator& collator, const Value& document) {
  UErrorCode status = U_ZERO_ERROR;
  const auto strength = collator.getAttribute(UCOL_STRENGTH, status);
  const bool knows_case = strength != UCOL_PRIMARY && strength != UCOL_SECONDARY;
  const bool has_level = collator.getAttribute(UCOL_CASE_LEVEL, status) == UCOL_ON;
  const bool orders_case = collator.getAttribute(UCOL_CASE_FIRST, status) != UCOL_OFF;
  const bool backwards = collator.getAttribute(UCOL_FRENCH_COLLATION, status) == UCOL_ON;
  if (document.find("backwards") != nullptr && backwards && strength == UCOL_PRIMARY) {
    return error(ErrorCode::bad_value, "'backwards' is invalid with 'strength' of 1 in: {}",
                 print(document));
  }
  // Letters of two cases are the same then, so none can be first.
  if (document.find("caseFirst") != nullptr && orders_case && !has_level && !knows_case) {
    return error(ErrorCode::bad_value,
                 "'caseFirst' is invalid unless 'caseLevel' is on or 'strength' is greater than 2 "
                 "in: {}",
                 print(document));
  }
  return {};
}

// --- Names: the version of the rules, a word for each option, the locale ---

// Strings compare otherwise by another version of ICU's data, so that it is a part of the name.
std::string rules_version() {
  UVersionInfo version;
  u_getVersion(version);
  return fmt::format("icu{}.{}", version[0], version[1]);
}

std::vector<std::string_view> split(std::string_view name) {
  std::vector<std::string_view> words;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find(' ', begin), name.size());
    words.push_back(name.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

Result<CollatorPtr> open_name(std::string_view name) {
  const auto words = split(name);
  const auto unknown = [&] {
    return fail(Code::unsupported,
                fmt::format("the collation '{}' is not one of this version's rules ({})", name,
                            rules_version()));
  };
  if (words.size() != std::size(kOptions) + 2 || words.front() != rules_version() ||
      words.back().size() > kMostLocaleBytes) {
    return unknown();
  }
  CollatorPtr collator = make_collator(std::string(words.back()));
  if (collator == nullptr) return unknown();
  for (std::size_t i = 0; i < std::size(kOptions); ++i) {
    if (!set_option(*collator, kOptions[i], words[i + 1])) return unknown();
  }
  return collator;
}

// --- In use ---

std::string as_code_points(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kOneByte = 0x80;
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 4);
  for (const std::uint8_t byte : bytes) {
    if (byte < kOneByte) {
      text.push_back(static_cast<char>(byte));
    } else {
      text.push_back(static_cast<char>(0xC0U | (byte >> 6U)));
      text.push_back(static_cast<char>(kOneByte | (byte & 0x3FU)));
    }
  }
  return text;
}

class IcuCollation final : public Collation {
 public:
  // Nothing changes the collator from here on, as ICU asks of what threads share.
  IcuCollation(std::string name, std::unique_ptr<const icu::Collator> collator)
      : Collation(std::move(name)), collator_(std::move(collator)) {}

  std::strong_ordering compare(std::string_view a, std::string_view b) const override {
    UErrorCode status = U_ZERO_ERROR;
    return collator_->compareUTF8(piece(a), piece(b), status) <=> 0;
  }

  std::string key_of(std::string_view text) const override {
    const icu::UnicodeString wide = icu::UnicodeString::fromUTF8(piece(text));
    std::array<std::uint8_t, kUsualBytes> usual{};
    std::int32_t size = collator_->getSortKey(wide, usual.data(), kUsualBytes);
    if (size <= 0) return {};
    // Without the zero at the end.
    if (size <= kUsualBytes) return as_code_points(std::span(usual).first(end_of(size)));
    std::vector<std::uint8_t> large(static_cast<std::size_t>(size));
    size = collator_->getSortKey(wide, large.data(), size);
    return as_code_points(std::span(large).first(end_of(size)));
  }

 private:
  static constexpr std::int32_t kUsualBytes = 256;

  static std::size_t end_of(std::int32_t size) { return static_cast<std::size_t>(size) - 1; }
  static icu::StringPiece piece(std::string_view text) {
    return {text.data(), static_cast<std::int32_t>(text.size())};
  }

  std::unique_ptr<const icu::Collator> collator_;
};

}  // namespace

Collation::Collation(std::string name) : name_(std::move(name)) {}

Result<CollationPtr> Collation::of(std::string_view name) {
  // To make one costs much more than to use it.
  constexpr std::size_t kMostKept = 8;
  thread_local std::vector<CollationPtr> kept;
  const auto known = std::ranges::find(kept, name, &Collation::name);
  if (known != kept.end()) {
    std::rotate(kept.begin(), known, known + 1);
    return kept.front();
  }
  TRY(CollatorPtr collator, open_name(name));
  auto made = std::make_shared<const IcuCollation>(std::string(name), std::move(collator));
  if (kept.size() == kMostKept) kept.pop_back();
  kept.insert(kept.begin(), std::move(made));
  return kept.front();
}

Result<Value> full_collation(const Value& document) {
  TRY(const CollatorPtr collator, open_locale(document));
  for (const OptionRow& row : kOptions) {
    const Value* const given = document.find(row.name);
    if (given == nullptr || given->is_null()) continue;
    if (set_option(*collator, row, word_of(*given))) continue;
    return error(ErrorCode::bad_value, "Field '{}' is invalid in: {}", row.name, print(document));
  }
  TRY_STATUS(check_together(*collator, document));
  std::vector<Field> fields = {{"locale", *document.find("locale")}};
  for (const OptionRow& row : kOptions) {
    fields.push_back({std::string(row.name), shown_as(row.shown, option_of(*collator, row))});
  }
  fields.push_back({"version", Value::string(kShownVersion)});
  return Value::object(std::move(fields));
}

std::string collation_name(const Value* full) {
  if (full == nullptr || !full->is_object()) return {};
  std::string name = rules_version();
  for (const OptionRow& row : kOptions) {
    const Value* const option = full->find(row.name);
    name += ' ';
    name += option == nullptr ? std::string() : word_of(*option);
  }
  const Value* const locale = full->find("locale");
  name += ' ';
  if (locale != nullptr && locale->is_string()) name += locale->as_string();
  return name;
}

}  // namespace octavo::mongodb
