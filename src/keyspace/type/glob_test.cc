#include "keyspace/type/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace octavo::keyspace {
namespace {

TEST(GlobTest, Matches) {
  struct Case {
    std::string_view pattern;
    std::string_view text;
    bool matches;
  };
  constexpr Case kCases[] = {
      {"", "", true},
      {"", "a", false},
      {"*", "", true},
      {"*", "abc", true},
      {"a*c", "abbc", true},
      {"a*c", "abcd", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"?", "", false},
      {"[abc]", "b", true},
      {"[abc]", "d", false},
      {"[a-c]x", "bx", true},
      {"[c-a]x", "bx", true},
      {"[^a]b", "cb", true},
      {"[^a]b", "ab", false},
      {"\\*", "*", true},
      {"\\*", "a", false},
      {"a\\", "a\\", true},
      {"[\\]]", "]", true},
      {"[a", "a", true},
      {"*a*b*c*", "xxaxxbxxcxx", true},
      {"*a*b*c*", "acb", false},
      {"h[a-b]llo", "hbllo", true},
      {"**", "a", true},
  };
  for (const Case& one : kCases) {
    EXPECT_EQ(glob_matches(one.pattern, one.text), one.matches)
        << one.pattern << " against " << one.text;
  }
  EXPECT_TRUE(glob_matches("ABC*", "abcd", true));
  EXPECT_FALSE(glob_matches("ABC*", "abcd"));
}

TEST(GlobTest, ManyStarsAreNotExponential) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "a*";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(5'000, 'a')));
}

}  // namespace
}  // namespace octavo::keyspace
