#include "base/progress.h"

#include <gtest/gtest.h>

namespace octavo {
namespace {

using namespace std::chrono_literals;

TEST(Progress, SaysNothingAboutQuickWork) {
  ManualClock clock;
  Progress progress("replay", 100, clock);
  clock.advance(1900ms);
  progress.advance_to(100);
  EXPECT_EQ(progress.lines(), 0U);
}

TEST(Progress, SpeaksEveryTwoSecondsAndAtTheEnd) {
  ManualClock clock;
  testing::internal::CaptureStderr();
  {
    Progress progress("replay", 200, clock);
    clock.advance(2s);
    progress.advance_to(50);
    clock.advance(1s);
    progress.advance(50);
    EXPECT_EQ(progress.lines(), 1U);
    clock.advance(1s);
    progress.advance(100);
    EXPECT_EQ(progress.lines(), 2U);
    progress.finish();
  }
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_NE(lines.find("work=replay done=50 total=200 percent=25 elapsed_ms=2000"),
            std::string::npos)
      << lines;
  EXPECT_NE(lines.find("message=finished work=replay done=200 total=200 percent=100"),
            std::string::npos)
      << lines;
}

TEST(Progress, DoesNotCallFinishedWhatWasGivenUp) {
  ManualClock clock;
  testing::internal::CaptureStderr();
  {
    Progress progress("replay", 200, clock);
    clock.advance(2s);
    progress.advance_to(50);
  }
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_NE(lines.find("message=\"not finished\" work=replay done=50"), std::string::npos) << lines;
  EXPECT_EQ(lines.find("message=finished"), std::string::npos) << lines;
}

}  // namespace
}  // namespace octavo
