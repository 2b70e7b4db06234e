#include "protocol/echo/line.h"

#include <gtest/gtest.h>

namespace octavo::echo {
namespace {

TEST(Line, IsWholeWithItsEnd) {
  const Line line = next_line("one\ntwo\n", 10);
  EXPECT_EQ(line.state, Line::State::whole);
  EXPECT_EQ(line.text, "one");
  EXPECT_EQ(line.size, 4U);
  EXPECT_EQ(next_line("\n", 10).size, 1U);
  EXPECT_EQ(next_line("", 10).state, Line::State::more);
  EXPECT_EQ(next_line("tw", 10).state, Line::State::more);
}

TEST(Line, MayBeAsLongAsTheLimit) {
  EXPECT_EQ(next_line("four\n", 4).state, Line::State::whole);
  EXPECT_EQ(next_line("four", 4).state, Line::State::more);
  EXPECT_EQ(next_line("fives", 4).state, Line::State::too_long);
  EXPECT_EQ(next_line("fives\n", 4).state, Line::State::too_long);
}

}  // namespace
}  // namespace octavo::echo
