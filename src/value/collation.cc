#include "value/collation.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "value/bytes_order.h"
#include "value/folded_order.h"
#include "value/own_letters.h"
#include "value/root_order.h"
#include "value/tailored_order.h"

namespace octavo::value {
namespace {

using Ignores = Collation::Ignores;
using Levels = RootOrder::Levels;
constexpr CharsetId kLatin1 = CharsetId::latin1, kAscii = CharsetId::ascii;
constexpr CharsetId kMb3 = CharsetId::utf8mb3, kMb4 = CharsetId::utf8mb4;

constexpr BytesOrder kBytes(false, true), kCodePoints(false, false), kPaddedCodePoints(true, false);
constexpr FoldedOrder<AsciiAlphabet> kAsciiLetters;
constexpr FoldedOrder<SwedishAlphabet> kLatin1Swedish;
constexpr FoldedOrder<Latin1Alphabet> kLatin1Bytes;
template <std::size_t kTable>
constexpr FoldedOrder<Latin1TableAlphabet<kTable>> kByTable;
constexpr FoldedOrder<GeneralAlphabet> kGeneral;
constexpr RootOrder kLetters(Levels::letters, false), kPaddedLetters(Levels::letters, true);
constexpr RootOrder kAccents(Levels::accents, false), kCases(Levels::cases, false);
constexpr TailoredOrder kIcelandic(kIcelandicLetters, true);
constexpr TailoredOrder kRomanian(kRomanianLetters, true);
constexpr TailoredOrder kSlovenian(kSlovenianLetters, true);
constexpr TailoredOrder kPolish(kPolishLetters, true);
constexpr TailoredOrder kSpanish(kSpanishLetters, true);
constexpr TailoredOrder kSwedish(kSwedishLetters, true);
constexpr TailoredOrder kEsperanto(kEsperantoLetters, true);
constexpr TailoredOrder kHungarian(kHungarianLetters, true);
constexpr TailoredOrder kNewPolish(kPolishLetters, false), kNewSpanish(kSpanishLetters, false);
constexpr TailoredOrder kNewSwedish(kNewSwedishLetters, false),
    kNewEsperanto(kEsperantoLetters, false);

// MySQL's unicode_ci and unicode_520_ci have the weights of older versions of Unicode; here they
// are those of today's.
constexpr auto kTable = Ignores::by_table;
constexpr auto kAccentsAndCases = Ignores::accents_and_cases;
constexpr std::array kCollations = {
    Collation{5, "latin1_german1_ci", kLatin1, true, kTable, 1, &kByTable<latin1_table::kGerman1>},
    Collation{8, "latin1_swedish_ci", kLatin1, true, kTable, 1, &kLatin1Swedish},
    Collation{11, "ascii_general_ci", kAscii, true, Ignores::cases, 1, &kAsciiLetters},
    Collation{15, "latin1_danish_ci", kLatin1, true, kTable, 1, &kByTable<latin1_table::kDanish>},
    Collation{33, "utf8mb3_general_ci", kMb3, true, kTable, 1, &kGeneral},
    Collation{45, "utf8mb4_general_ci", kMb4, true, kTable, 1, &kGeneral},
    Collation{46, "utf8mb4_bin", kMb4, true, Ignores::nothing, 1, &kPaddedCodePoints},
    Collation{47, "latin1_bin", kLatin1, true, Ignores::nothing, 1, &kLatin1Bytes},
    Collation{48, "latin1_general_ci", kLatin1, true, kTable, 1,
              &kByTable<latin1_table::kGeneralCi>},
    Collation{49, "latin1_general_cs", kLatin1, true, kTable, 1,
              &kByTable<latin1_table::kGeneralCs>},
    Collation{63, "binary", CharsetId::binary, false, Ignores::nothing, 1, &kBytes},
    Collation{65, "ascii_bin", kAscii, true, Ignores::nothing, 1, &kPaddedCodePoints},
    Collation{83, "utf8mb3_bin", kMb3, true, Ignores::nothing, 1, &kPaddedCodePoints},
    Collation{94, "latin1_spanish_ci", kLatin1, true, kTable, 1, &kByTable<latin1_table::kSpanish>},
    Collation{192, "utf8mb3_unicode_ci", kMb3, true, kAccentsAndCases, 1, &kPaddedLetters},
    Collation{214, "utf8mb3_unicode_520_ci", kMb3, true, kAccentsAndCases, 1, &kPaddedLetters},
    Collation{224, "utf8mb4_unicode_ci", kMb4, true, kAccentsAndCases, 1, &kPaddedLetters},
    Collation{225, "utf8mb4_icelandic_ci", kMb4, true, kAccentsAndCases, 1, &kIcelandic},
    Collation{227, "utf8mb4_romanian_ci", kMb4, true, kAccentsAndCases, 1, &kRomanian},
    Collation{228, "utf8mb4_slovenian_ci", kMb4, true, kAccentsAndCases, 1, &kSlovenian},
    Collation{229, "utf8mb4_polish_ci", kMb4, true, kAccentsAndCases, 1, &kPolish},
    Collation{231, "utf8mb4_spanish_ci", kMb4, true, kAccentsAndCases, 1, &kSpanish},
    Collation{232, "utf8mb4_swedish_ci", kMb4, true, kAccentsAndCases, 1, &kSwedish},
    Collation{241, "utf8mb4_esperanto_ci", kMb4, true, kAccentsAndCases, 1, &kEsperanto},
    Collation{242, "utf8mb4_hungarian_ci", kMb4, true, kAccentsAndCases, 1, &kHungarian},
    Collation{246, "utf8mb4_unicode_520_ci", kMb4, true, kAccentsAndCases, 1, &kPaddedLetters},
    Collation{255, "utf8mb4_0900_ai_ci", kMb4, false, kAccentsAndCases, 1, &kLetters},
    Collation{261, "utf8mb4_pl_0900_ai_ci", kMb4, false, kAccentsAndCases, 1, &kNewPolish},
    Collation{263, "utf8mb4_es_0900_ai_ci", kMb4, false, kAccentsAndCases, 1, &kNewSpanish},
    Collation{264, "utf8mb4_sv_0900_ai_ci", kMb4, false, kAccentsAndCases, 1, &kNewSwedish},
    Collation{273, "utf8mb4_eo_0900_ai_ci", kMb4, false, kAccentsAndCases, 1, &kNewEsperanto},
    Collation{278, "utf8mb4_0900_as_cs", kMb4, false, Ignores::nothing, 1, &kCases},
    Collation{305, "utf8mb4_0900_as_ci", kMb4, false, Ignores::cases, 1, &kAccents},
    Collation{309, "utf8mb4_0900_bin", kMb4, false, Ignores::nothing, 1, &kCodePoints},
};
static_assert(std::ranges::is_sorted(kCollations, {}, &Collation::id));

}  // namespace

std::span<const Collation> collations() { return kCollations; }

const Collation* find_collation(std::string_view name) {
  constexpr std::string_view kOldPrefix = "utf8_";
  std::string wanted(name);
  if (equals_ignoring_case(name.substr(0, kOldPrefix.size()), kOldPrefix)) {
    wanted = "utf8mb3_" + wanted.substr(kOldPrefix.size());
  }
  const auto* found = std::ranges::find_if(
      kCollations, [&](const Collation& row) { return equals_ignoring_case(row.name, wanted); });
  return found == kCollations.end() ? nullptr : found;
}

const Collation* find_collation(std::uint16_t id) {
  const auto* found = std::ranges::find(kCollations, id, &Collation::id);
  return found == kCollations.end() ? nullptr : found;
}

}  // namespace octavo::value
