#include "log/faulty_log.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "log/test_support.h"

namespace octavo::log {
namespace {

TEST(FaultyLog, RefusedAppendsChangeNothing) {
  ManualClock clock;
  auto log = make_faulty_log(clock, {.seed = 5, .append_error = 0.5});
  Recorder recorder;
  ASSERT_TRUE(log->start(Lsn::zero(), recorder, {}));
  std::vector<Bytes> accepted;
  for (int i = 0; i < 200; ++i) {
    const Bytes text = std::to_string(i);
    if (append_text(*log, text)) accepted.push_back(text);
  }
  EXPECT_GT(accepted.size(), 50U);
  EXPECT_LT(accepted.size(), 150U);
  EXPECT_GT(log->undelivered(), 0U);
  log->pump();
  EXPECT_EQ(log->undelivered(), 0U);
  EXPECT_EQ(recorder.payloads(), accepted);
}

TEST(FaultyLog, SameSeedSameDay) {
  const auto run = [] {
    ManualClock clock;
    auto log = make_faulty_log(clock, {.seed = 11, .append_error = 0.2, .delivery_delay = 0.5});
    Recorder recorder;
    EXPECT_TRUE(log->start(Lsn::zero(), recorder, {}));
    std::vector<std::size_t> trace;
    for (int i = 0; i < 100; ++i) {
      (void)append_text(*log, std::to_string(i));
      trace.push_back(log->undelivered());
      if (i % 7 == 0) trace.push_back(log->pump(2));
    }
    return trace;
  };
  EXPECT_EQ(run(), run());
}

TEST(FaultyLog, CrashLosesOnlyWhatWasNotDurable) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    ManualClock clock;
    Random random(seed);
    auto log = make_faulty_log(clock, {.seed = seed, .delivery_delay = 0.5});
    std::vector<Bytes> acknowledged;  // a prefix of what was appended
    std::vector<Bytes> appended;
    for (int life = 0; life < 4; ++life) {
      Recorder recorder;
      ASSERT_TRUE(log->start(Lsn::zero(), recorder, {}));
      std::vector<Bytes> found = recorder.payloads();
      ASSERT_GE(found.size(), acknowledged.size());
      ASSERT_LE(found.size(), appended.size());
      EXPECT_TRUE(std::equal(found.begin(), found.end(), appended.begin()));
      appended = acknowledged = found;
      for (std::uint64_t i = random.below(60); i > 0; --i) {
        appended.push_back(std::to_string(random()));
        ASSERT_TRUE(append_text(*log, appended.back()));
        if (random.below(4) == 0) log->pump(random.below(8));
        const std::size_t delivered = recorder.payloads().size();
        if (delivered == 0) continue;
        if (log->is_durable(recorder.seen.back().lsn, Durability::disk)) {
          acknowledged.assign(appended.begin(),
                              appended.begin() + static_cast<std::ptrdiff_t>(delivered));
        }
      }
      if (random.below(3) == 0) {
        log->kill();
        acknowledged = appended;
      } else {
        log->crash();
      }
    }
  }
}

TEST(FaultyLog, CrashAnswersThoseWhoWait) {
  ManualClock clock;
  auto log = make_faulty_log(clock, {.sync_delay = 1});
  Recorder recorder;
  ASSERT_TRUE(log->start(Lsn::zero(), recorder, {}));
  ASSERT_TRUE(append_text(*log, "x"));
  log->pump();
  int answers = 0;
  log->when_durable(recorder.seen.back().lsn, Durability::disk, [&](const Status& status) {
    EXPECT_EQ(status.error().code, Code::unavailable);
    ++answers;
  });
  log->fence([&](const Result<Lsn>& at) {
    EXPECT_EQ(at.error().code, Code::unavailable);
    ++answers;
  });
  log->crash();
  EXPECT_EQ(answers, 2);
}

}  // namespace
}  // namespace octavo::log
