// The frozen weights against the collator that they were made from. Ideographs are left out: here
// they have the order of code points, in ICU 72 that of radicals.

#include <gtest/gtest.h>
#include <unicode/coleitr.h>
#include <unicode/tblcoll.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/uset.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/text.h"
#include "value/collation.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

class Icu {
 public:
  explicit Icu(icu::Collator::ECollationStrength strength) {
    UErrorCode status = U_ZERO_ERROR;
    collator_.reset(dynamic_cast<icu::RuleBasedCollator*>(
        icu::Collator::createInstance(icu::Locale::getRoot(), status)));
    EXPECT_TRUE(U_SUCCESS(status));
    collator_->setStrength(strength);
  }
  std::strong_ordering compare(const std::string& a, const std::string& b) const {
    UErrorCode status = U_ZERO_ERROR;
    const UCollationResult order = collator_->compareUTF8(a, b, status);
    EXPECT_TRUE(U_SUCCESS(status));
    return static_cast<int>(order) <=> 0;
  }
  bool has_ideograph(char32_t c) const {
    const auto primaries = [&](char32_t of) {
      std::vector<unsigned> all;
      const std::unique_ptr<icu::CollationElementIterator> elements(
          collator_->createCollationElementIterator(icu::UnicodeString(static_cast<UChar32>(of))));
      UErrorCode status = U_ZERO_ERROR;
      for (;;) {
        const std::int32_t order = elements->next(status);
        if (order == icu::CollationElementIterator::NULLORDER) return all;
        all.push_back(static_cast<unsigned>(order) >> 24);
      }
    };
    constexpr char32_t kFirstRadical = 0x4e00, kUnassigned = 0x378;
    const unsigned first = primaries(kFirstRadical).front(),
                   behind = primaries(kUnassigned).front();
    return std::ranges::any_of(primaries(c), [&](unsigned p) { return p >= first && p < behind; });
  }

  // All contractions, and characters with those that have a say in front of them.
  std::vector<std::u32string> joined() const {
    UErrorCode status = U_ZERO_ERROR;
    USet* set = uset_openEmpty();
    ucol_getContractionsAndExpansions(reinterpret_cast<const UCollator*>(collator_.get()), set,
                                      nullptr, 1, &status);
    std::vector<std::u32string> all;
    for (std::int32_t i = 0; i < uset_getItemCount(set); ++i) {
      UChar32 first = 0, last = 0;
      UChar buffer[16];
      const std::int32_t size = uset_getItem(set, i, &first, &last, buffer, 16, &status);
      if (size < 2) continue;  // a range of characters
      const icu::UnicodeString text(buffer, size);
      std::u32string points;
      for (std::int32_t at = 0; at < size; at = text.moveIndex32(at, 1)) {
        points += static_cast<char32_t>(text.char32At(at));
      }
      // U+FDD0 and U+FDD1 mark places in ICU's own data.
      if (points.find_first_of(U"\ufdd0\ufdd1") == points.npos) all.push_back(points);
    }
    uset_close(set);
    EXPECT_TRUE(U_SUCCESS(status));
    return all;
  }

 private:
  std::unique_ptr<icu::RuleBasedCollator> collator_;
};

struct Level {
  std::string_view collation;
  icu::Collator::ECollationStrength strength;
};
constexpr Level kLevels[] = {{"utf8mb4_0900_ai_ci", icu::Collator::PRIMARY},
                             {"utf8mb4_0900_as_ci", icu::Collator::SECONDARY},
                             {"utf8mb4_0900_as_cs", icu::Collator::TERTIARY}};

class CollationAgainstIcu : public testing::Test {
 protected:
  void SetUp() override {
    if (U_ICU_VERSION_MAJOR_NUM != 72) GTEST_SKIP() << "the weights are those of ICU 72";
  }
};

// Every character but the ideographs, and some of those that are not assigned.
std::vector<char32_t> characters() {
  const Icu icu(icu::Collator::TERTIARY);
  std::vector<char32_t> all;
  for (char32_t c = 0; c < 0x110000; ++c) {
    const auto code = static_cast<UChar32>(c);
    if (U_IS_SURROGATE(c) || u_hasBinaryProperty(code, UCHAR_UNIFIED_IDEOGRAPH) != 0) continue;
    const bool known = u_isdefined(code) != 0 && u_charType(code) != U_PRIVATE_USE_CHAR;
    if (!known && c >= 0x3000 && c % 251 != 0 && (c & 0xfffe) != 0xfffe) continue;
    if (!icu.has_ideograph(c)) all.push_back(c);
  }
  return all;
}

std::string text_of(std::u32string_view points) {
  std::string text;
  for (const char32_t c : points) append_utf8(text, c);
  return text;
}

// The texts in the order of their keys are in ICU's, at each level.
void expect_order_of_icu(const std::vector<std::string>& texts) {
  for (const Level& level : kLevels) {
    const Icu icu(level.strength);
    const Collation& collation = *find_collation(level.collation);
    std::vector<std::pair<Bytes, std::string>> sorted;
    for (const std::string& text : texts) {
      Bytes key;
      collation.key(text, key);
      sorted.emplace_back(std::move(key), text);
    }
    std::ranges::sort(sorted);
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      const auto& [key, text] = sorted[i];
      const auto& [before, text_before] = sorted[i - 1];
      ASSERT_EQ(icu.compare(text_before, text), before <=> key)
          << level.collation << ": " << format_hex(text_before) << " " << format_hex(text);
    }
  }
}

TEST_F(CollationAgainstIcu, EachCharacter) {
  std::vector<std::string> texts;
  for (const char32_t c : characters()) texts.push_back(text_of({&c, 1}));
  ASSERT_GT(texts.size(), 50'000U);
  expect_order_of_icu(texts);
}

// Characters that weigh otherwise beside each other, and their parts, with something between them
// and before and behind them.
TEST_F(CollationAgainstIcu, JoinedCharacters) {
  std::vector<std::string> texts;
  for (const std::u32string& joined : Icu(icu::Collator::TERTIARY).joined()) {
    for (std::size_t size = 1; size <= joined.size(); ++size) {
      const std::u32string part = joined.substr(0, size), rest = joined.substr(size);
      std::u32string apart = part;
      apart.append(U"a").append(rest);
      for (const auto& whole : {part, apart, U"\u00e4" + part, part + U"b", rest}) {
        texts.push_back(text_of(whole));
      }
    }
  }
  ASSERT_GT(texts.size(), 5'000U);
  expect_order_of_icu(texts);
}

// Random texts: of all characters, and of those where more than one has a say. ICU also joins
// characters across marks that stand between them, which MySQL does not: no two marks in a row.
TEST_F(CollationAgainstIcu, RandomTexts) {
  const std::vector<char32_t> all = characters();
  std::vector<char32_t> common;
  for (const auto& [first, last] : std::initializer_list<std::pair<char32_t, char32_t>>{
           {0x20, 0x7e},     {0x20, 0x7e},     {0xa0, 0x17f},    {0x300, 0x330},   {0x370, 0x4ff},
           {0x620, 0x655},   {0xc80, 0xcff},   {0xd80, 0xdff},   {0xe01, 0xe5a},   {0xe81, 0xedd},
           {0xf40, 0xf84},   {0x1100, 0x11ff}, {0x1b05, 0x1b35}, {0x1980, 0x19da}, {0x3041, 0x30ff},
           {0xaa80, 0xaadf}, {0xac00, 0xac40}, {0xfb00, 0xfb06}, {0xb7, 0xb7},     {'l', 'l'}}) {
    for (char32_t c = first; c <= last; ++c) common.push_back(c);
  }
  Random random(20261129);
  const auto random_text = [&](std::size_t most) {
    std::string text;
    bool behind_mark = true;
    for (auto size = random.below(most + 1); size > 0; --size) {
      const std::vector<char32_t>& from = random.below(4) == 0 ? all : common;
      const char32_t c = from[random.below(from.size())];
      const bool mark = u_getCombiningClass(static_cast<UChar32>(c)) != 0;
      if (mark && behind_mark) continue;
      behind_mark = mark || u_hasBinaryProperty(static_cast<UChar32>(c),
                                                UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
      append_utf8(text, c);
    }
    return text;
  };
  for (const Level& level : kLevels) {
    const Icu icu(level.strength);
    const Collation& collation = *find_collation(level.collation);
    for (int i = 0; i < 100'000; ++i) {
      const std::string a = random_text(6);
      const std::string b = i % 2 == 0 ? random_text(6) : a + random_text(2);
      ASSERT_EQ(collation.compare(a, b), icu.compare(a, b))
          << level.collation << ": " << format_hex(a) << " " << format_hex(b);
    }
  }
}

}  // namespace
}  // namespace octavo::value
