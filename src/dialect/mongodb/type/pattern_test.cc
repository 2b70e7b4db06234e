#include "dialect/mongodb/type/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::mongodb {
namespace {

TEST(Patterns, Match) {
  struct Case {
    std::string_view pattern;
    std::string_view options;
    std::string_view subject;
    bool matches;
  };
  constexpr Case kCases[] = {
      {"b", "", "abc", true},
      {"B", "", "abc", false},
      {"B", "i", "abc", true},
      {"^b", "", "a\nb", false},
      {"^b", "m", "a\nb", true},
      {"a.b", "", "a\nb", false},
      {"a.b", "s", "a\nb", true},
      {"a b", "x", "ab", true},
      {"(a)\\1", "", "aa", true},
      {"foo(?!bar)", "", "foobar", false},
      {"É", "i", "é", true},
      {"^.$", "u", "é", true},
      {"b", "",
       "a\xff"
       "b",
       true},
      {"^a.b$", "",
       "a\xff"
       "b",
       false},
  };
  for (const Case& test : kCases) {
    const auto pattern = Pattern::compile(test.pattern, test.options);
    ASSERT_TRUE(pattern) << test.pattern;
    const auto matches = pattern->matches(test.subject);
    ASSERT_TRUE(matches);
    EXPECT_EQ(*matches, test.matches) << test.pattern << " in " << test.subject;
  }
}

TEST(Patterns, AreRefused) {
  struct Case {
    std::string_view pattern;
    std::string_view options;
    std::uint32_t code;
  };
  using namespace std::string_view_literals;
  constexpr Case kCases[] = {{"(", "", 51091}, {"a", "z", 51108}, {"a\0b"sv, "", 51109}};
  for (const Case& test : kCases) {
    const auto pattern = Pattern::compile(test.pattern, test.options);
    ASSERT_FALSE(pattern);
    EXPECT_EQ(pattern.error().number, test.code);
  }
}

TEST(Patterns, DoNotRunForEver) {
  const auto pattern = Pattern::compile("^(a|aa)+$", "");
  ASSERT_TRUE(pattern);
  const auto matches = pattern->matches(std::string(200, 'a') + "c");
  ASSERT_FALSE(matches);
  EXPECT_EQ(matches.error().number, 51156U);
}

TEST(Patterns, MatchLongTexts) {
  const auto pattern = Pattern::compile("^(?:a|b)*$", "");
  ASSERT_TRUE(pattern);
  const auto matches = pattern->matches(std::string(300'000, 'a'));
  ASSERT_TRUE(matches) << matches.error().what;
  EXPECT_TRUE(*matches);
}

TEST(Patterns, TellWhereGroupsAre) {
  const auto pattern = Pattern::compile("(b)(x)?c", "");
  ASSERT_TRUE(pattern);
  const auto match = pattern->find("abcbc", 2);
  ASSERT_TRUE(match && *match);
  EXPECT_EQ((*match)->whole.begin, 3U);
  EXPECT_EQ((*match)->whole.end, 5U);
  ASSERT_EQ((*match)->groups.size(), 2U);
  EXPECT_TRUE((*match)->groups[0]);
  EXPECT_FALSE((*match)->groups[1]);
}

TEST(Patterns, HavePrefixes) {
  struct Case {
    std::string_view pattern;
    std::string_view options;
    std::string_view prefix;  // empty: none
    bool whole;
  };
  constexpr Case kCases[] = {
      {"^abc", "", "abc", true},      {"^abc.*", "", "abc", true}, {"^ab?c", "", "a", false},
      {"^abc+", "", "abc", false},    {"^a\\.b", "", "a.b", true}, {"abc", "", "", false},
      {"^abc", "i", "", false},       {"^a|b", "", "", false},     {"^abc$", "", "abc", false},
      {"\\Aab[cd]", "", "ab", false}, {"^abc", "m", "", false},    {"^é?a", "", "", false},
      {"^a\\d", "", "a", false},
  };
  for (const Case& test : kCases) {
    const auto pattern = Pattern::compile(test.pattern, test.options);
    ASSERT_TRUE(pattern) << test.pattern;
    const auto prefix = pattern->prefix();
    EXPECT_EQ(prefix ? prefix->text : "", test.prefix) << test.pattern;
    EXPECT_EQ(prefix && prefix->whole, test.whole) << test.pattern;
  }
}

}  // namespace
}  // namespace octavo::mongodb
