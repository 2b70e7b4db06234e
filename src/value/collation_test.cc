// Keys against comparison, padding against a model, golden keys, and the tables of the older
// collations against what MariaDB has.

#include "value/collation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/crypto.h"
#include "base/random.h"
#include "base/text.h"
#include "value/latin1.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

Bytes key(const Collation& collation, std::string_view text) {
  Bytes out;
  collation.key(text, out);
  return out;
}

std::string hex_key(std::string_view name, std::string_view text) {
  return format_hex(key(*find_collation(name), text));
}

bool equal(std::string_view name, std::string_view a, std::string_view b) {
  const Collation& collation = *find_collation(name);
  const bool same = collation.equal(a, b);
  EXPECT_EQ(key(collation, a) == key(collation, b), same) << name << ": " << a << ", " << b;
  return same;
}

int compare(const Collation& collation, std::string_view a, std::string_view b) {
  const auto order = collation.compare(a, b);
  return order < 0 ? -1 : static_cast<int>(order > 0);
}

int compare(std::string_view name, std::string_view a, std::string_view b) {
  return compare(*find_collation(name), a, b);
}

int by_keys(const Collation& collation, std::string_view a, std::string_view b) {
  return key(collation, a).compare(key(collation, b));
}

// Pieces that meet each other often: spaces and what is below and above them, letters that fold and
// expand, characters that join, marks, ideographs, syllables, and bytes that are no UTF-8.
const std::vector<std::string> kPieces = {" ",
                                          " ",
                                          "   ",
                                          "\t",
                                          std::string(1, '\0'),
                                          "!",
                                          "a",
                                          "A",
                                          "\u00e4",
                                          "a\u0308",
                                          "b",
                                          "ss",
                                          "\u00df",
                                          "l",
                                          "L",
                                          "\u00b7",
                                          "\u0301",
                                          "\u0327",
                                          "\u3041",
                                          "\u3042",
                                          "\u30a2",
                                          "\u0e40",
                                          "\u0e01",
                                          "\u0dd9",
                                          "\u0dcf",
                                          "\u0dca",
                                          "\u0fb2",
                                          "\u0f71",
                                          "\u0f80",
                                          "\u4e00",
                                          "\u3400",
                                          "\U00020000",
                                          "\u2f00",
                                          "\uac00",
                                          "\uac01",
                                          "\u1100\u1161",
                                          "\ufb03",
                                          "\ufdfa",
                                          "\u00a0",
                                          "\u20ac",
                                          "\U0001f600",
                                          "\U00017000",
                                          "\ue000",
                                          "\u0378",
                                          "\ufffd",
                                          "\ufffe",
                                          "\uffff",
                                          "\xff",
                                          "\xc3",
                                          "\xe4\xb8",
                                          std::string(300, ' ')};

class RandomTexts {
 public:
  std::string next() {
    std::string text;
    for (auto pieces = random_.below(6); pieces > 0; --pieces)
      text += kPieces[random_.below(kPieces.size())];
    return text;
  }
  // Half of the time only a little different.
  std::string like(const std::string& text) {
    if (random_.below(2) == 0) return next();
    return text + kPieces[random_.below(kPieces.size())];
  }

 private:
  Random random_{20260601};
};

TEST(Collation, KeysHaveTheOrderOfComparison) {
  RandomTexts texts;
  for (int i = 0; i < 4000; ++i) {
    const std::string a = texts.next(), b = texts.like(a);
    for (const Collation& collation : collations()) {
      const Bytes of_a = key(collation, a), of_b = key(collation, b);
      const auto order = collation.compare(a, b);
      ASSERT_EQ(of_a.compare(of_b) <=> 0, order)
          << collation.name << ": " << format_hex(a) << " " << format_hex(b);
      ASSERT_EQ(0 <=> collation.compare(b, a), order) << collation.name;
      ASSERT_TRUE(order == 0 || (!of_a.starts_with(of_b) && !of_b.starts_with(of_a)))
          << collation.name << ": a key is the beginning of another";
      ASSERT_TRUE(collation.equal(a, a));
    }
  }
}

TEST(Collation, KeysEndAsTextsOfKeysDo) {
  RandomTexts texts;
  for (int i = 0; i < 2000; ++i) {
    const std::string text = texts.next();
    for (const Collation& collation : collations()) {
      const Bytes bytes = key(collation, text);
      std::size_t end = bytes.find('\0');
      while (end + 1 < bytes.size() && bytes[end + 1] == '\xff') end = bytes.find('\0', end + 2);
      ASSERT_EQ(end + 2, bytes.size()) << collation.name << " " << format_hex(bytes);
      ASSERT_EQ(bytes[end + 1], '\x01') << collation.name;
    }
  }
}

TEST(Collation, PaddingIsSpacesWithoutEnd) {
  RandomTexts texts;
  const std::pair<std::string_view, std::string_view> pairs[] = {
      {"utf8mb4_unicode_ci", "utf8mb4_0900_ai_ci"}, {"utf8mb4_bin", "utf8mb4_0900_bin"}};
  for (int i = 0; i < 4000; ++i) {
    const std::string a = texts.next(), b = texts.like(a);
    for (const auto& [padded, plain] : pairs) {
      const auto filled = [&](const std::string& text) { return text + std::string(4000, ' '); };
      const Collation& model = *find_collation(plain);
      // Longer than the other by less than what was filled in: its first other weight decides.
      const auto order = model.compare(filled(a), filled(b));
      const auto found = find_collation(padded)->compare(a, b);
      if (found == 0) {  // all that one of them has more is spaces
        Bytes x, y;
        model.key_prefix(filled(a), x);
        model.key_prefix(filled(b), y);
        ASSERT_TRUE(x.starts_with(y) || y.starts_with(x)) << padded << ": " << format_hex(a);
        continue;
      }
      ASSERT_EQ(found, order) << padded << ": " << format_hex(a) << " " << format_hex(b);
    }
  }
}

TEST(Collation, TrailingSpaces) {
  for (const Collation& collation : collations()) {
    EXPECT_EQ(collation.equal("a", "a  "), collation.pads) << collation.name;
    EXPECT_EQ(key(collation, "a") == key(collation, "a  "), collation.pads) << collation.name;
    EXPECT_TRUE(!collation.pads || collation.equal("", " ")) << collation.name;
    // A tab is below a space, so that of the padded texts the shorter one is the greater.
    EXPECT_EQ(compare(collation, "a\t", "a") < 0, collation.pads) << collation.name;
    EXPECT_EQ(by_keys(collation, "a\t", "a") < 0, collation.pads) << collation.name;
    EXPECT_GT(by_keys(collation, "a b", "a  b"), 0) << collation.name << ": a space is below b";
  }
}

TEST(Collation, LongRunsOfSpaces) {
  const Collation& collation = *find_collation("utf8mb4_general_ci");
  const auto spaced = [](std::size_t count, std::string_view behind) {
    return "a" + std::string(count, ' ') + std::string(behind);
  };
  std::vector<std::string> ascending;
  for (const std::size_t count : {1U, 2U, 239U, 240U, 241U, 242U, 300U, 20000U}) {
    ascending.push_back(spaced(count, "\t"));
  }
  ascending.push_back(spaced(7, ""));
  for (const std::size_t count : {20000U, 300U, 242U, 241U, 240U, 239U, 2U, 1U}) {
    ascending.push_back(spaced(count, "b"));
  }
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(compare(collation, ascending[i - 1], ascending[i]), 0) << i;
    EXPECT_LT(by_keys(collation, ascending[i - 1], ascending[i]), 0) << i;
  }
}

TEST(Collation, WhatIsEqual) {
  EXPECT_TRUE(equal("utf8mb4_0900_ai_ci", "\u00df", "ss"));
  EXPECT_TRUE(equal("utf8mb4_0900_ai_ci", "\u00c9", "e"));
  EXPECT_TRUE(equal("utf8mb4_0900_ai_ci", "e\u0301", "\u00e9"));
  EXPECT_FALSE(equal("utf8mb4_0900_ai_ci", "\u00f8", "p"));
  EXPECT_TRUE(equal("utf8mb4_0900_ai_ci", "L\u00b7l", "ll"));  // a letter of Catalan
  EXPECT_FALSE(equal("utf8mb4_0900_ai_ci", "n\u00b7l", "nl"));
  EXPECT_FALSE(equal("utf8mb4_0900_as_ci", "\u00e9", "e"));
  EXPECT_TRUE(equal("utf8mb4_0900_as_ci", "\u00e9", "\u00c9"));
  EXPECT_FALSE(equal("utf8mb4_0900_as_cs", "\u00e9", "\u00c9"));
  EXPECT_TRUE(equal("utf8mb4_0900_as_cs", "\u00e9", "e\u0301"));
  EXPECT_FALSE(equal("utf8mb4_0900_as_cs", "\u3041", "\u3042"));
  EXPECT_LT(compare("utf8mb4_0900_as_cs", "\u3041\u3042", "\u3042\u3042"), 0);
  EXPECT_LT(compare("utf8mb4_0900_as_cs", "\u3041", "\u3042"), 0);
  EXPECT_TRUE(equal("utf8mb4_general_ci", "\u00df", "s"));
  EXPECT_FALSE(equal("utf8mb4_general_ci", "\u00df", "ss"));
  EXPECT_TRUE(equal("utf8mb4_general_ci", "\U0001f600", "\U0001f601"));
  EXPECT_FALSE(equal("utf8mb4_0900_ai_ci", "\U0001f600", "\U0001f601"));
  EXPECT_TRUE(equal("latin1_swedish_ci", "\u00fc", "Y"));
  EXPECT_LT(compare("latin1_swedish_ci", "z", "\u00e5"), 0);
  EXPECT_LT(compare("latin1_swedish_ci", "\u00e5", "\u00e4"), 0);
  EXPECT_LT(compare("latin1_bin", "\u20ac", "\u00a1"), 0);
  EXPECT_TRUE(equal("ascii_general_ci", "Name", "nAME "));
  EXPECT_FALSE(equal("ascii_bin", "Name", "name"));
  EXPECT_FALSE(equal("binary", "a", "a "));
}

TEST(Collation, IdeographsComeByCodePoint) {
  const Collation& collation = *find_collation("utf8mb4_0900_ai_ci");
  // The unified ideographs of the first block, of the others, then what is not assigned.
  const std::vector<std::string> ascending = {
      "z",      "\U00017000", "\U00018aff", "\U0001b170", "\U00018b00", "\u4e00",
      "\u4e01", "\u9fff",     "\ufa0e",     "\u3400",     "\U00020000", "\U000323af",
      "\u0378", "\ue000",     "\U0010fffd", "\ufffd",     "\uffff"};
  for (std::size_t i = 1; i < ascending.size(); ++i) {
    EXPECT_LT(by_keys(collation, ascending[i - 1], ascending[i]), 0) << i;
  }
  EXPECT_TRUE(collation.equal("\u2f00", "\u4e00"));  // the radical
}

// Stored keys are made of these bytes: they change with a version of their collation, or never.
TEST(Collation, GoldenKeys) {
  EXPECT_EQ(hex_key("binary", std::string_view("a\0 b", 4)), "6100ff20620001");
  EXPECT_EQ(hex_key("utf8mb4_0900_bin", "a "), "61200001");
  EXPECT_EQ(hex_key("utf8mb4_bin", "a  "), "6120020001");
  EXPECT_EQ(hex_key("utf8mb4_bin", "a  b\tc \n"),
            "612003fe62096320010"
            "10a20020001");
  EXPECT_EQ(hex_key("ascii_general_ci", "Az"), "415a20020001");
  EXPECT_EQ(hex_key("latin1_swedish_ci", "\u00e5\u00d8"), "5bd820020001");
  EXPECT_EQ(hex_key("latin1_bin", "\u20ac"), "8020020001");
  EXPECT_EQ(hex_key("utf8mb4_general_ci", "a\u00e9\u0436\u4e00\U0001f600"),
            "4145d096e4b880efbfbd20020001");
  EXPECT_EQ(hex_key("utf8mb4_0900_ai_ci", "Octavo 1"), "846c8e6892840a5f0001");
  EXPECT_EQ(hex_key("utf8mb4_unicode_ci", "Octavo 1 "), "846c8e6892840a03ff5f0a020001");
  EXPECT_EQ(hex_key("utf8mb4_0900_ai_ci", "\u00e9\u0436\u4e00\u3400\uac00\u0378"),
            "709bc2d90303da03379fb956b9d4db0306840001");
  EXPECT_EQ(hex_key("utf8mb4_0900_as_ci", "p\u00e9p"), "867086010403fe1104020001");
  EXPECT_EQ(hex_key("utf8mb4_0900_as_cs", "Pe"), "8670010402011005020001");
}

// All of the weights of version 1, by their hash.
TEST(Collation, FrozenWeights) {
  const auto digest_of = [](std::string_view name) {
    Bytes all;
    for (char32_t c = 0; c < 0x110000; ++c) {
      if (c >= 0xd800 && c <= 0xdfff) continue;
      std::string text;
      append_utf8(text, c);
      find_collation(name)->key(text, all);
    }
    return format_hex(sha256(all));
  };
  EXPECT_EQ(digest_of("utf8mb4_0900_as_cs"),
            "34717cd930c8ab5561bf55de5e961fec3c0739bcfb7210b509612347f6063d22");
  EXPECT_EQ(digest_of("utf8mb4_general_ci"),
            "2cb66ebd257f59ee443d2dcdb1485786af8e6026c2c0fc81d7360cf581a75b3d");
}

// What WEIGHT_STRING of MariaDB 10.11 gives for each character up to U+FFFF, 16 bits each.
TEST(Collation, GeneralWeightsAreThoseOfMariaDb) {
  const Collation& collation = *find_collation("utf8mb4_general_ci");
  Bytes all;
  for (char32_t c = 0; c < 0x10000; ++c) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    std::string text;
    append_utf8(text, c);
    std::string_view rest = text;
    Bytes weight;
    collation.take(rest, weight);
    EXPECT_TRUE(rest.empty());
    std::string_view code = weight;
    put_be(all, static_cast<std::uint16_t>(take_code_point(code)));
  }
  EXPECT_EQ(format_hex(sha256(all)),
            "32feec741656ddac4291499154362c932f97505616b93914057912929c6547af");
}

// Letters of each table, in their order, and those that are alike.
TEST(Collation, TablesOfLatin1) {
  const auto less = [](std::string_view name, std::string_view a, std::string_view b) {
    return find_collation(name)->compare(a, b) < 0;
  };
  const auto equal = [](std::string_view name, std::string_view a, std::string_view b) {
    return find_collation(name)->equal(a, b);
  };
  EXPECT_TRUE(equal("latin1_general_ci", "A b", "a B  "));
  EXPECT_TRUE(less("latin1_general_ci", "a", "á"));
  EXPECT_TRUE(less("latin1_general_ci", "åz", "ba"));
  EXPECT_FALSE(equal("latin1_general_cs", "A", "a"));
  EXPECT_TRUE(less("latin1_general_cs", "A", "a"));
  EXPECT_TRUE(less("latin1_general_cs", "a", "B"));
  EXPECT_TRUE(equal("latin1_german1_ci", "äß", "AS"));
  EXPECT_TRUE(less("latin1_danish_ci", "zæ", "æ"));
  EXPECT_TRUE(less("latin1_danish_ci", "ø", "å"));
  EXPECT_TRUE(less("latin1_spanish_ci", "nz", "ña"));
  EXPECT_TRUE(less("latin1_spanish_ci", "ñz", "o"));
  for (const Collation& row : collations()) {
    if (row.charset != CharsetId::latin1) continue;
    Bytes a;
    Bytes b;
    row.key("aé z", a);
    row.key("b", b);
    EXPECT_LT(a, b) << row.name;
  }
}

// Letters of an alphabet's own stand between two others, small and capital, composed or not.
TEST(Collation, LettersOfAlphabets) {
  struct Row {
    std::string_view collation;
    std::vector<std::string_view> ascending;
    std::vector<std::string_view> equal;
  };
  const Row rows[] = {
      {"utf8mb4_esperanto_ci",
       {"c", "cz", "ĉ", "ĉa", "ĉz", "d", "gz", "ĝ", "h", "ĥ", "j", "ĵ", "s", "ŝ", "t", "u", "ŭ",
        "v"},
       {"ĉu", "Ĉu", "c\u0302u", "C\u0302U  "}},
      {"utf8mb4_swedish_ci", {"y", "z", "zz", "å", "ä", "öa", "øb"}, {"ä", "Æ", "A\u0308"}},
      {"utf8mb4_swedish_ci", {"x", "ü", "z"}, {"ü", "Y"}},
      {"utf8mb4_spanish_ci", {"n", "nz", "ñ", "o"}, {"é", "E"}},
      {"utf8mb4_polish_ci", {"l", "ł", "m", "z", "ź", "ż"}, {"Ż", "z\u0307"}},
      {"utf8mb4_icelandic_ci", {"d", "ð", "e", "z", "þ", "æ", "ö", "å"}, {"ä", "æ"}},
      {"utf8mb4_romanian_ci", {"a", "ă", "â", "b"}, {"ţ", "Ţ"}},
      {"utf8mb4_slovenian_ci", {"c", "č", "d"}, {"š", "Š"}},
      {"utf8mb4_hungarian_ci", {"o", "ö", "p"}, {"ő", "Ö"}},
      {"utf8mb4_sv_0900_ai_ci", {"z", "å", "ä", "ö"}, {"ô", "ø"}},
  };
  const auto key_of = [](const Collation& collation, std::string_view text) {
    Bytes key;
    collation.key(text, key);
    return key;
  };
  for (const Row& row : rows) {
    const Collation& collation = *find_collation(row.collation);
    for (std::size_t i = 1; i < row.ascending.size(); ++i) {
      const std::string_view a = row.ascending[i - 1];
      const std::string_view b = row.ascending[i];
      EXPECT_TRUE(collation.compare(a, b) < 0) << row.collation << ' ' << a << ' ' << b;
      EXPECT_LT(key_of(collation, a), key_of(collation, b))
          << row.collation << ' ' << a << ' ' << b;
    }
    for (const std::string_view text : row.equal) {
      EXPECT_TRUE(collation.equal(text, row.equal.front())) << row.collation << ' ' << text;
      EXPECT_EQ(key_of(collation, text), key_of(collation, row.equal.front())) << text;
    }
  }
  // What LIKE goes by.
  const Collation& esperanto = *find_collation("utf8mb4_esperanto_ci");
  const auto taken = [&](std::string_view text) {
    Bytes weights;
    esperanto.take(text, weights);
    return weights;
  };
  EXPECT_EQ(taken("ĉ"), taken("Ĉ"));
  EXPECT_NE(taken("ĉ"), taken("c"));
  Bytes prefix;
  esperanto.key_prefix("ĉa", prefix);
  EXPECT_TRUE(key_of(esperanto, "ĈABC").starts_with(prefix));
  prefix.clear();
  esperanto.key_prefix("bc", prefix);
  EXPECT_TRUE(key_of(esperanto, "bc\u0302").starts_with(prefix));
}

// Likewise for each byte from 0xc0 on, and the ASCII part.
TEST(Collation, SwedishWeightsAreThoseOfMariaDb) {
  const Collation& collation = *find_collation("latin1_swedish_ci");
  Bytes all;
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::string text;
    append_utf8(text, from_latin1(static_cast<std::uint8_t>(byte)));
    std::string_view rest = text;
    Bytes weight;
    collation.take(rest, weight);
    all += weight[0];
  }
  EXPECT_EQ(format_hex(all.substr(0xc0)),
            "41414141"
            "5c5b5c43"
            "45454545"
            "49494949"
            "444e4f4f"
            "4f4f5dd7"
            "d8555555"
            "5959dedf"
            "41414141"
            "5c5b5c43"
            "45454545"
            "49494949"
            "444e4f4f"
            "4f4f5df7"
            "d8555555"
            "5959deff");
  for (unsigned byte = 0; byte < 0xc0; ++byte) {
    const bool small = byte >= 'a' && byte <= 'z';
    EXPECT_EQ(static_cast<unsigned char>(all[byte]), small ? byte - 'a' + 'A' : byte);
  }
}

// Between two letters a character is equal to another one when its weights are.
TEST(Collation, CharactersMatchWhenTheirWeightsDo) {
  Random random(7);
  for (int i = 0; i < 20000; ++i) {
    const auto any = [&] {
      const auto c = static_cast<char32_t>(random.below(random.below(2) == 0 ? 0x250 : 0x3000));
      std::string text;
      append_utf8(text, c);
      return text;
    };
    const std::string a = any(), b = any();
    for (const Collation& collation : collations()) {
      if (collation.charset == CharsetId::binary) continue;
      std::string_view rest_of_a = a, rest_of_b = b;
      Bytes of_a, of_b;
      while (!rest_of_a.empty()) collation.take(rest_of_a, of_a);
      while (!rest_of_b.empty()) collation.take(rest_of_b, of_b);
      ASSERT_EQ(of_a == of_b, collation.equal("x" + a + "x", "x" + b + "x"))
          << collation.name << " " << a << " " << b;
    }
  }
}

// LIKE 'text%' finds its rows in the range of the prefix, whatever follows and however they write
// the characters.
TEST(Collation, PrefixesAreRanges) {
  Random random(11);
  // For each character, others that match it in some collation.
  const std::vector<std::vector<std::string>> classes_of_characters = {
      {"a", "A", "\u00e4", "\uff41"},
      {"l", "L", "\uff4c"},
      {"\u00b7", "\u0387"},
      {"\u0301", "\u0306", "\u00ad"},
      {"\u0438", "\u0418"},
      {"\u0e40"},
      {"\u0e01"},
      {"\u0dd9"},
      {"\u0dcf", "\u0dca"},
      {" ", "\u00a0", "\u3000"},
      {"\u0fb2"},
      {"\u0f71"},
      {"\u0f80"},
      {"\u4e00", "\u2f00"},
      {"\u00df", "\u1e9e"},
      {"\uac00"},
      {"\U0001f600", "\U0001f601"}};
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::size_t> classes(random.below(4));
    for (std::size_t& which : classes) which = random.below(classes_of_characters.size());
    for (const Collation& collation : collations()) {
      std::string pattern, text;
      for (const std::size_t which : classes) {
        const auto& all = classes_of_characters[which];
        const std::string& wanted = all[random.below(all.size())];
        const std::string& other = all[random.below(all.size())];
        std::string_view rest_of_wanted = wanted, rest_of_other = other;
        Bytes a, b;
        collation.take(rest_of_wanted, a);
        collation.take(rest_of_other, b);
        const bool match = rest_of_wanted.empty() && rest_of_other.empty() && a == b;
        pattern += wanted;
        text += match ? other : wanted;
      }
      for (auto more = random.below(3); more > 0; --more) {
        const auto& all = classes_of_characters[random.below(classes_of_characters.size())];
        text += all[random.below(all.size())];
      }
      Bytes prefix;
      collation.key_prefix(pattern, prefix);
      ASSERT_TRUE(key(collation, text).starts_with(prefix))
          << collation.name << ": " << pattern << "% " << text;
    }
  }
  Bytes prefix;
  find_collation("utf8mb4_0900_ai_ci")->key_prefix("Caf\u00e9 ", prefix);
  Bytes whole = key(*find_collation("utf8mb4_0900_ai_ci"), "cafe ");
  EXPECT_EQ(prefix, whole.substr(0, whole.size() - 2));
}

TEST(Collation, Rows) {
  for (const Collation& collation : collations()) {
    EXPECT_EQ(find_collation(collation.id), &collation);
    EXPECT_EQ(find_collation(collation.name), &collation);
    EXPECT_TRUE(collation.name.starts_with(charset_of(collation.charset).name));
  }
  for (const Charset& set : charsets()) {
    const Collation* collation = find_collation(set.default_collation);
    ASSERT_NE(collation, nullptr) << set.name;
    EXPECT_EQ(collation->charset, set.id);
    EXPECT_TRUE(collation->is_default());
  }
  EXPECT_EQ(find_collation("UTF8MB4_Bin")->id, 46);
  EXPECT_EQ(find_collation("utf8_general_ci")->id, 33);
  EXPECT_EQ(find_collation("utf8mb4_klingon_ci"), nullptr);
  EXPECT_EQ(find_collation(0), nullptr);
}

}  // namespace
}  // namespace octavo::value
