#include "protocol/common/jobs.h"

#include <gtest/gtest.h>

#include <optional>
#include <thread>

namespace octavo::protocol {
namespace {

TEST(Jobs, AreListedAsLongAsTheirEntryLives) {
  Jobs jobs;
  std::optional<Jobs::Entry> first;
  first.emplace(jobs, Job{.name = "a", .user = "u"});
  const Jobs::Entry second(jobs, Job{.name = "b"});
  ASSERT_EQ(jobs.list().size(), 2U);
  EXPECT_EQ(jobs.list()[0].second.user, "u");
  EXPECT_LT(jobs.list()[0].first, jobs.list()[1].first);
  first.reset();
  ASSERT_EQ(jobs.list().size(), 1U);
  EXPECT_EQ(jobs.list()[0].second.name, "b");
}

TEST(Jobs, AreKilledOneByOne) {
  Jobs jobs;
  int killed = 0;
  JobId id{};
  {
    // The action may look at the list itself.
    const Jobs::Entry entry(jobs,
                            Job{.kill = [&] { killed += static_cast<int>(jobs.list().size()); }});
    const Jobs::Entry other(jobs, Job{.kill = [] { FAIL(); }});
    id = jobs.list()[0].first;
    EXPECT_TRUE(jobs.kill(id));
    EXPECT_EQ(killed, 1 + 1);
  }
  EXPECT_FALSE(jobs.kill(id));
}

TEST(Jobs, ComeAndGoWhileOthersLookAndKill) {
  Jobs jobs;
  std::atomic<int> killed = 0;
  std::atomic<bool> done = false;
  std::thread other([&] {
    while (!done) {
      for (const auto& [id, job] : jobs.list()) jobs.kill(id);
    }
  });
  while (killed < 100) {
    const Jobs::Entry entry(jobs, Job{.kill = [&killed] { ++killed; }});
  }
  done = true;
  other.join();
  EXPECT_TRUE(jobs.list().empty());
}

}  // namespace
}  // namespace octavo::protocol
