// Publishers and readers of one topic, each on a thread of its own; run under the thread sanitizer
// as well. OCTAVO_FEED_ROUNDS=N makes it N times as long.

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/random.h"
#include "stream/test_bell.h"
#include "stream/topic.h"

namespace octavo::stream {
namespace {

using testing_support::Bell;
using testing_support::rounds;

constexpr std::uint64_t kNoLimit = 1'000'000'000;

// Several threads publish changes that are numbered through from 1 by their index, in order, as
// holders of one role.
class Publishers {
 public:
  explicit Publishers(std::uint64_t changes) : changes_(changes) {}

  void start(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { work(i); });
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    topic->close({Code::unavailable, "done"});
  }
  std::uint64_t changes() const { return changes_; }

  const std::shared_ptr<Topic> topic = std::make_shared<Topic>();

 private:
  void work(std::size_t seed) {
    Random random(seed);
    for (;;) {
      const MutexLock role(role_);
      if (published_ == changes_) return;
      auto set = std::make_shared<algebra::ChangeSet>();
      set->lsn = Lsn::of(0, LsnOrder{++sets_});
      set->changes.resize(std::min(1 + random.below(3), changes_ - published_));
      for (algebra::RowChange& change : set->changes) {
        change.index = static_cast<std::uint32_t>(++published_);
      }
      topic->publish(std::move(set));
    }
  }

  const std::uint64_t changes_;
  Mutex role_;
  std::uint64_t published_ OCTAVO_GUARDED_BY(role_) = 0;
  std::uint64_t sets_ OCTAVO_GUARDED_BY(role_) = 0;
  std::vector<std::thread> threads_;
};

// Follows a topic, and fails its test when a change is missing, comes twice or out of order.
class Follower {
 public:
  // `from`: the first change it may see; 0: whichever comes.
  Follower(std::shared_ptr<Topic> topic, std::uint64_t limit, std::uint64_t from)
      : topic_(std::move(topic)), limit_(limit), reader_(topic_, limit), next_(from) {}

  // Until the topic is closed and all of it was told, or `enough` changes were.
  void follow(std::uint64_t all, std::uint64_t enough = kNoLimit) {
    int looks = 0;
    while (told_ < enough && !testing::Test::HasFailure()) {
      // Without a lock most of the time, close behind the publishers.
      if (take(all) || ++looks % kLooksBeforeSleep != 0) continue;
      const bool closed = topic_->closed().has_value();
      if (take(all)) continue;
      if (closed) return;
      reader_.wait([bell = bell_] { bell->ring(); });
      ASSERT_TRUE(bell_->wait()) << "a change was published, or the end, and nobody was woken";
    }
  }
  std::uint64_t next() const { return next_; }

 private:
  static constexpr int kLooksBeforeSleep = 100;

  bool take(std::uint64_t all) {
    EXPECT_LE(reader_.backlog(), all);
    if (const auto dropped = reader_.take_dropped()) {
      EXPECT_GT(limit_, 0U);
      if (next_ != 0) EXPECT_EQ(dropped->index + 1, next_ + dropped->changes);
      EXPECT_LE(dropped->changes, all);
      next_ = dropped->index + 1;
      told_ += dropped->changes;
      return true;
    }
    std::size_t first = 0;
    const algebra::ChangeSetPtr set = reader_.next(first);
    if (set == nullptr) return false;
    for (; first < set->changes.size(); ++first, ++told_) {
      const std::uint64_t number = set->changes[first].index;
      if (next_ != 0) EXPECT_EQ(number, next_);
      next_ = number + 1;
    }
    return true;
  }

  const std::shared_ptr<Topic> topic_;
  const std::uint64_t limit_;
  Topic::Reader reader_;
  std::uint64_t next_;      // the number of the change after the last one
  std::uint64_t told_ = 0;  // or known to be dropped
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
};

TEST(TopicThreads, EachReaderHearsOfEachChangeOnceAndInOrder) {
  Publishers publishers(400'000 * rounds());
  std::vector<std::unique_ptr<Follower>> followers;
  for (const std::uint64_t limit : {kNoLimit, kNoLimit, std::uint64_t{5}, std::uint64_t{500}}) {
    followers.push_back(std::make_unique<Follower>(publishers.topic, limit, 1));
  }
  std::vector<std::thread> threads;
  for (const auto& follower : followers) {
    threads.emplace_back([&] { follower->follow(publishers.changes()); });
  }
  publishers.start(3);
  publishers.join();
  for (std::thread& thread : threads) thread.join();
  for (const auto& follower : followers) EXPECT_EQ(follower->next(), publishers.changes() + 1);
}

TEST(TopicThreads, ReadersComeAndGoWhileOthersWrite) {
  Publishers publishers(200'000 * rounds());
  // One that never reads is emptied by the publishers.
  const Topic::Reader idle(publishers.topic, 100);
  std::vector<std::thread> threads;
  for (std::size_t seed = 0; seed < 3; ++seed) {
    threads.emplace_back([&, seed] {
      Random random(seed);
      while (!publishers.topic->closed() && !HasFailure()) {
        Follower follower(publishers.topic, random.below(2) == 0 ? 3 : kNoLimit, 0);
        follower.follow(publishers.changes(), random.below(200));
      }
    });
  }
  publishers.start(2);
  publishers.join();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace octavo::stream
