#include "io/long_jobs.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace octavo::io {
namespace {

// Time that stands still until it is moved.
class HandClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return now_ns_; }
  std::int64_t monotonic_ns() override { return now_ns_; }
  void move(Nanoseconds by) { now_ns_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ns_{1};
};

class LongJobsTest : public ::testing::Test {
 protected:
  static constexpr auto kSlice = std::chrono::milliseconds(10);

  // Runs on a thread of its own as soon as it has a slot; known to wait for one on return.
  void start_waiting(std::uint64_t owner, std::string name) {
    const std::size_t before = jobs_.waiting();
    threads_.emplace_back([this, owner, name = std::move(name)] {
      const LongJobs::Turn turn(jobs_, owner);
      order_.push_back(name);  // one slot: one at a time
    });
    while (jobs_.waiting() == before) std::this_thread::yield();
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  HandClock clock_;
  LongJobs jobs_{{.slots = 1, .slice = kSlice, .clock = &clock_}};
  std::vector<std::thread> threads_;
  std::vector<std::string> order_;
};

TEST_F(LongJobsTest, TheOwnerThatUsedTheLeastIsNext) {
  LongJobs::Turn first(jobs_, 1);
  start_waiting(1, "second of 1");
  start_waiting(1, "third of 1");
  start_waiting(2, "first of 2");
  clock_.move(kSlice);
  first.pace();  // until all the others, who never pace, are done
  join();
  EXPECT_EQ(order_, (std::vector<std::string>{"first of 2", "second of 1", "third of 1"}));
}

TEST_F(LongJobsTest, NobodyGivesWayWithinASlice) {
  LongJobs::Turn first(jobs_, 1);
  start_waiting(2, "other");
  clock_.move(kSlice - std::chrono::nanoseconds(1));
  first.pace();
  EXPECT_EQ(jobs_.waiting(), 1U);
  clock_.move(std::chrono::nanoseconds(1));
  first.pace();
  EXPECT_EQ(order_.size(), 1U);
  join();
}

TEST_F(LongJobsTest, APausedJobLeavesItsSlot) {
  LongJobs::Turn first(jobs_, 1);
  start_waiting(2, "other");
  first.pause();
  join();
  first.pace();  // takes the free slot
  start_waiting(2, "another");
  EXPECT_EQ(order_.size(), 1U);
  clock_.move(kSlice);
  first.pace();
  join();
  EXPECT_EQ(order_.size(), 2U);
}

TEST_F(LongJobsTest, OpenLetsEverybodyGo) {
  const LongJobs::Turn first(jobs_, 1);
  start_waiting(2, "other");
  jobs_.open();
  join();
  const LongJobs::Turn late(jobs_, 3);
  EXPECT_EQ(order_.size(), 1U);
}

}  // namespace
}  // namespace octavo::io
