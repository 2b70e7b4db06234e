#include "log/fake_shared_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <future>

#include "io/sim_file.h"
#include "log/local_log.h"
#include "log/memory_log.h"
#include "log/test_support.h"

namespace octavo::log {
namespace {

constexpr std::chrono::milliseconds kSoon{1};

void settle(CommitLog& log) {
  std::promise<bool> reached;
  log.fence([&](const Result<Lsn>& at) { reached.set_value(at.has_value()); });
  ASSERT_TRUE(reached.get_future().get());
}

// What two nodes must agree on.
std::vector<std::pair<Lsn, Bytes>> story(const Recorder& recorder) {
  std::vector<std::pair<Lsn, Bytes>> out;
  for (const SeenRecord& record : recorder.seen) out.emplace_back(record.lsn, record.payload);
  return out;
}

TEST(FakeSharedLog, NothingComesBackWithinAppend) {
  ManualClock clock;
  const auto broker = make_broker(make_memory_log(clock), std::chrono::hours(1));
  Recorder recorder;
  const auto log = broker->node(0);
  ASSERT_TRUE(log->start(Lsn::zero(), recorder, {}));
  const Lsn tail = log->tail();
  ASSERT_TRUE(append_text(*log, "one", 0, 7));
  EXPECT_EQ(log->tail(), tail);
  std::optional<Code> answer;
  log->fence([&](const Result<Lsn>& at) { answer = at.error().code; });
  EXPECT_EQ(answer, std::nullopt);
  log->stop();
  EXPECT_EQ(answer, Code::unavailable);
  EXPECT_TRUE(recorder.payloads().empty());
}

// Two nodes of one broker, not started.
class TwoNodes : public testing::Test {
 public:
  ManualClock clock;
  const std::shared_ptr<Broker> broker = make_broker(make_memory_log(clock), kSoon);
  Recorder first;
  Recorder second;
  const std::unique_ptr<CommitLog> zero = broker->node(0);
  const std::unique_ptr<CommitLog> one = broker->node(1);
};

TEST_F(TwoNodes, AreToldOfEveryRecordInOneOrder) {
  EXPECT_EQ(one->start(Lsn::zero(), second, {}).error().code, Code::unavailable);
  ASSERT_TRUE(zero->start(Lsn::zero(), first, {}));
  ASSERT_TRUE(append_text(*zero, "before"));
  const auto late = broker->node(1);
  ASSERT_TRUE(late->start(Lsn::zero(), second, {}));
  for (std::uint64_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(append_text(*(i % 2 == 0 ? zero : late), std::to_string(i), 0, i));
  }
  settle(*zero);
  settle(*late);
  EXPECT_EQ(story(first), story(second));
  ASSERT_EQ(first.seen.size(), 53U);  // with two that begin a node, and "before"
  for (std::size_t i = 3; i < first.seen.size(); ++i) {
    const SeenRecord& here = first.seen[i];
    const SeenRecord& there = second.seen[i];
    const bool of_zero = !here.payload.empty() && std::stoi(here.payload) % 2 == 0;
    EXPECT_EQ(here.header, there.header);
    EXPECT_EQ(here.header.origin.node, of_zero ? 0U : 1U);
    EXPECT_EQ(here.token != 0, of_zero);
    EXPECT_EQ(there.token != 0, !of_zero);
  }
  // Each counts its own appends without a gap.
  std::uint64_t sequences[2] = {};
  for (const SeenRecord& record : first.seen) {
    EXPECT_EQ(record.header.origin.sequence, ++sequences[record.header.origin.node]);
  }
}

TEST_F(TwoNodes, OnlyTheOneThatCouldNotApplyStops) {
  ASSERT_TRUE(zero->start(Lsn::zero(), first, {}));
  ASSERT_TRUE(one->start(Lsn::zero(), second, {}));
  settle(*one);
  second.refuse();
  ASSERT_TRUE(append_text(*zero, "a"));
  settle(*zero);
  std::promise<Code> refused;
  one->fence([&](const Result<Lsn>& at) { refused.set_value(at.error().code); });
  EXPECT_EQ(refused.get_future().get(), Code::unavailable);
  EXPECT_FALSE(one->writable());
  EXPECT_TRUE(append_text(*zero, "b"));
  settle(*zero);
  EXPECT_EQ(first.payloads().size(), 2U);
}

TEST(FakeSharedLog, IncarnationsGrowOverRestartsOfNodeAndProcess) {
  ManualClock clock;
  const auto disk = io::make_sim_disk(1);
  const auto files = disk->mount();
  std::vector<std::uint32_t> incarnations;
  for (int process = 0; process < 2; ++process) {
    auto store = open_local_log(
        *files, clock,
        {.directory = "/log", .segment_bytes = 256 * kKiB, .background_thread = false});
    ASSERT_TRUE(store) << store.error().what;
    const auto broker = make_broker(*std::move(store), kSoon);
    Recorder ignored;
    const auto zero = broker->node(0);
    ASSERT_TRUE(zero->start(Lsn::zero(), ignored, {}));
    for (int life = 0; life < 2; ++life) {
      Recorder seen;
      const auto one = broker->node(1);
      ASSERT_TRUE(one->start(zero->head(), seen, {}));
      incarnations.push_back(seen.seen.back().header.origin.incarnation);
      EXPECT_EQ(seen.seen.back().header.kind, RecordKind::incarnate);
      EXPECT_EQ(seen.seen.back().header.origin.node, 1U);
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(incarnations, std::less_equal<>()));
}

}  // namespace
}  // namespace octavo::log
