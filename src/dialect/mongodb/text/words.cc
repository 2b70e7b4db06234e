#include "dialect/mongodb/text/words.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "base/ascii.h"

namespace octavo::mongodb {
namespace {

constexpr UChar32 kApostrophe = '\'';

constexpr UProperty kDelimiters[] = {UCHAR_DASH,
                                     UCHAR_HYPHEN,
                                     UCHAR_PATTERN_SYNTAX,
                                     UCHAR_QUOTATION_MARK,
                                     UCHAR_TERMINAL_PUNCTUATION,
                                     UCHAR_WHITE_SPACE};

bool is_delimiter(const Language& language, UChar32 point) {
  if (point == kApostrophe && language.joins_by_apostrophe) return false;
  // NUL and its kin are in no word either.
  if (point < 0x20) return true;
  return std::ranges::any_of(
      kDelimiters, [&](UProperty property) { return u_hasBinaryProperty(point, property) != 0; });
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<signed char>(c) >= 0; });
}

icu::UnicodeString without_marks(const icu::UnicodeString& text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFDInstance(status);
  const icu::Normalizer2* const compose = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return text;
  const icu::UnicodeString apart = decompose->normalize(text, status);
  icu::UnicodeString bare;
  for (std::int32_t i = 0; i < apart.length(); i = apart.moveIndex32(i, 1)) {
    const UChar32 point = apart.char32At(i);
    if (u_hasBinaryProperty(point, UCHAR_DIACRITIC) == 0 && u_charType(point) != U_NON_SPACING_MARK)
      bare.append(point);
  }
  icu::UnicodeString together = compose->normalize(bare, status);
  return U_FAILURE(status) ? text : together;
}

}  // namespace

std::string folded(std::string_view text, const Sensitivity& sensitivity) {
  if (is_ascii(text)) {
    std::string lower(text);
    if (!sensitivity.letter_case) {
      std::ranges::transform(lower, lower.begin(), to_lower);
    }
    if (!sensitivity.diacritics) std::erase_if(lower, [](char c) { return c == '^' || c == '`'; });
    return lower;
  }
  icu::UnicodeString wide =
      icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  if (!sensitivity.diacritics) wide = without_marks(wide);
  if (!sensitivity.letter_case) wide.foldCase();
  std::string out;
  wide.toUTF8String(out);
  return out;
}

void each_word(const Language& language, std::string_view text,
               const std::function<bool(std::string_view)>& take) {
  const auto size = static_cast<std::int32_t>(text.size());
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  std::int32_t begin = 0;
  const auto end_word = [&](std::int32_t end) {
    if (end == begin) return true;
    return take(
        text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
  };
  for (std::int32_t at = 0; at < size;) {
    const std::int32_t before = at;
    UChar32 point = 0;
    U8_NEXT(bytes, at, size, point);
    if (!is_delimiter(language, point)) continue;
    if (!end_word(before)) return;
    begin = at;
  }
  end_word(size);
}

std::string term_of(const Language& language, std::string_view word,
                    const Sensitivity& sensitivity) {
  const std::string lower = folded(word, {.diacritics = true});
  if (language.is_stop_word != nullptr && language.is_stop_word(lower)) return {};
  const std::string base = sensitivity.letter_case ? std::string(word) : lower;
  return folded(stem(language, base), sensitivity);
}

}  // namespace octavo::mongodb
