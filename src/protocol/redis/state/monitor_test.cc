#include "protocol/redis/state/monitor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace octavo::redis {
namespace {

std::string line_of(std::vector<std::string_view> args) {
  return monitor_line(
      {.wall_ns = 1'700'000'000'000'001'999, .db = 3, .client = "c:1", .args = args});
}

TEST(MonitorTest, QuotesWhatIsNotPrintable) {
  EXPECT_EQ(line_of({"get", ""}), R"(1700000000.000001 [3 c:1] "get" "")");
  EXPECT_EQ(line_of({std::string_view("a\"b\\c\n\r\t\a\bd", 11)}),
            R"(1700000000.000001 [3 c:1] "a\"b\\c\n\r\t\a\bd")");
  EXPECT_EQ(line_of({std::string_view("\0~\x7f\xff ", 5)}),
            R"(1700000000.000001 [3 c:1] "\x00~\x7f\xff ")");
}

TEST(MonitorTest, FindsWhatIsNotPrintableWhereverItIs) {
  for (std::size_t size = 0; size < 200; ++size) {
    for (std::size_t at = 0; at < size; at += 7) {
      std::string text(size, 'x');
      text[at] = '\n';
      std::string quoted(size + 1, 'x');
      quoted.replace(at, 2, "\\n");
      EXPECT_EQ(line_of({text}), "1700000000.000001 [3 c:1] \"" + quoted + "\"");
    }
  }
}

}  // namespace
}  // namespace octavo::redis
