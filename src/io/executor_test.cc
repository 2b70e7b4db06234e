#include "io/executor.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/random.h"
#include "io/descriptor.h"
#include "io/runtime.h"
#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

using namespace std::chrono_literals;

TEST(Executor, RunsJobsInOrderOneRoundAtATime) {
  TestLoop loop;
  std::vector<int> order;
  loop.executor.post([&] {
    order.push_back(1);
    loop.executor.post([&] { order.push_back(3); });
  });
  loop.executor.post([&] { order.push_back(2); });
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector{1, 2}));
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_FALSE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(Executor, LongJobsLeaveTheRestToLaterRoundsInOrder) {
  TestLoop loop;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    loop.executor.post([&, i] {
      order.push_back(i);
      loop.executor.post([&, i] { order.push_back(10 + i); });
      loop.clock.advance(2ms);
    });
  }
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector{0}));
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector{0, 1}));
  while (loop.executor.poll()) {
  }
  EXPECT_EQ(order, (std::vector{0, 1, 2, 10, 11, 12}));
}

TEST(Executor, LongTimersLeaveTheRestToLaterRounds) {
  TestLoop loop;
  std::vector<int> fired;
  const auto slow = [&](int name) {
    return [&, name] {
      fired.push_back(name);
      loop.clock.advance(2ms);
    };
  };
  Timer first(loop.executor, slow(1));
  Timer second(loop.executor, slow(2));
  first.start(1ms);
  second.start(1ms);
  loop.clock.advance(1ms);
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(fired, (std::vector{1}));
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(fired, (std::vector{1, 2}));
}

// A pipe's reader that takes `cost` for each byte and notes its name.
class Reader {
 public:
  Reader(TestLoop& loop, std::vector<std::string>& order, std::string name, Nanoseconds cost)
      : loop_(loop), order_(order), name_(std::move(name)), cost_(cost) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    descriptor_ = std::make_unique<Descriptor>(loop.executor, ends[0]);
    writer_ = ends[1];
    descriptor_->on_readable = {&Reader::on_readable, this};
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { hang_up(); }

  void poke() const { EXPECT_EQ(::write(writer_, "x", 1), 1); }
  void hang_up() {
    if (writer_ >= 0) ::close(writer_);
    writer_ = -1;
  }
  std::unique_ptr<Descriptor>& descriptor() { return descriptor_; }

 private:
  static void on_readable(void* raw) {
    auto* self = static_cast<Reader*>(raw);
    char bytes[16];
    while (::read(self->descriptor_->fd, bytes, sizeof bytes) > 0) {
    }
    self->descriptor_->readable = false;
    self->order_.push_back(self->name_);
    self->loop_.clock.advance(self->cost_);
  }

  TestLoop& loop_;
  std::vector<std::string>& order_;
  const std::string name_;
  const Nanoseconds cost_;
  std::unique_ptr<Descriptor> descriptor_;
  int writer_ = -1;
};

TEST(Executor, WhoTakesLittleGoesBeforeWhoTakesMuch) {
  TestLoop loop;
  std::vector<std::string> order;
  Reader heavy(loop, order, "heavy", 5ms);
  Reader heavier(loop, order, "heavier", 5ms);
  Reader light(loop, order, "light", 10us);
  for (Reader* reader : {&heavy, &heavier, &light}) reader->poke();
  loop.settle();
  EXPECT_EQ(order,
            (std::vector<std::string>{"heavy", "heavier", "light"}));  // nothing is known yet

  order.clear();
  for (Reader* reader : {&heavy, &heavier, &light}) reader->poke();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector<std::string>{"light", "heavy"}));  // one slice of the heavy ones
  light.poke();
  heavy.poke();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector<std::string>{"light", "heavy", "light", "heavier", "heavy"}));

  // What it took long ago is forgotten.
  loop.advance(2s);
  order.clear();
  for (Reader* reader : {&heavy, &light}) reader->poke();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector<std::string>{"heavy", "light"}));
}

TEST(Executor, KnowsWhetherItServesOneAlone) {
  TestLoop loop;
  std::vector<std::string> order;
  Reader one(loop, order, "one", 10us);
  Reader other(loop, order, "other", 10us);
  loop.settle();
  loop.advance(10ms);

  for (int i = 0; i < 3; ++i) {
    one.poke();
    EXPECT_TRUE(loop.executor.poll());
  }
  EXPECT_TRUE(loop.executor.serves_one());
  loop.executor.post([] {});
  EXPECT_FALSE(loop.executor.serves_one()) << "a job waits";
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_TRUE(loop.executor.serves_one());

  other.poke();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_FALSE(loop.executor.serves_one());
  loop.clock.advance(1ms);
  one.poke();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_FALSE(loop.executor.serves_one()) << "the other one was there in the period before";
  loop.clock.advance(1ms);
  one.poke();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_TRUE(loop.executor.serves_one());
}

TEST(Executor, WhoTakesMuchIsToldAtOnceThatItsPeerHasGone) {
  TestLoop loop;
  std::vector<std::string> order;
  Reader first(loop, order, "first", 5ms);
  Reader second(loop, order, "second", 5ms);
  for (int i = 0; i < 2; ++i) {
    for (Reader* reader : {&first, &second}) reader->poke();
    EXPECT_TRUE(loop.executor.poll());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "first"}));
  first.poke();
  second.hang_up();
  EXPECT_TRUE(loop.executor.poll());
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "first", "second", "first"}));
  EXPECT_TRUE(second.descriptor()->hung_up);
}

TEST(Executor, ForgetsADescriptorThatGoesBeforeItsTurn) {
  TestLoop loop;
  std::vector<std::string> order;
  Reader first(loop, order, "first", 5ms);
  Reader second(loop, order, "second", 5ms);
  Reader third(loop, order, "third", 5ms);
  for (int i = 0; i < 2; ++i) {
    for (Reader* reader : {&first, &second, &third}) reader->poke();
    EXPECT_TRUE(loop.executor.poll());
  }
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "third", "first"}));
  second.descriptor().reset();
  loop.settle();
  EXPECT_EQ(order, (std::vector<std::string>{"first", "second", "third", "first", "third"}));
}

Task<void> note_and_yield(std::vector<std::string>& order, std::string name, TestLoop& loop) {
  for (int i = 0; i < 2; ++i) {
    co_await yield();
    order.push_back(name);
    loop.clock.advance(5ms);
  }
}

TEST(Executor, WhoYieldsHasATurnARoundAndLetsAllOthersGoFirst) {
  TestLoop loop;
  std::vector<std::string> order;
  Scope scope(loop.executor);
  loop.executor.post([&] {
    scope.spawn(note_and_yield(order, "a", loop));
    scope.spawn(note_and_yield(order, "b", loop));
    for (int i = 0; i < 2; ++i) loop.executor.post([&] { order.emplace_back("posted"); });
  });
  loop.settle();
  EXPECT_EQ(order, (std::vector<std::string>{"a", "posted", "posted", "b", "a", "b"}));
  loop.run(scope.join());
}

TEST(Executor, DropsWhatNeverRan) {
  auto owned = std::make_shared<int>(1);
  {
    Executor executor;
    executor.post([owned] { FAIL(); });
    EXPECT_EQ(owned.use_count(), 2);
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(Executor, TimersFireByDeadline) {
  TestLoop loop;
  std::vector<int> fired;
  Timer late(loop.executor, [&] { fired.push_back(3); });
  Timer early(loop.executor, [&] { fired.push_back(1); });
  Timer never(loop.executor, [&] { fired.push_back(0); });
  Timer moved(loop.executor, [&] { fired.push_back(2); });
  late.start(30ms);
  early.start(10ms);
  never.start(15ms);
  moved.start(90ms);
  moved.start(20ms);
  never.cancel();
  loop.advance(9ms);
  EXPECT_TRUE(fired.empty());
  loop.advance(1ms);
  EXPECT_EQ(fired, (std::vector{1}));
  loop.advance(1s);
  EXPECT_EQ(fired, (std::vector{1, 2, 3}));
  EXPECT_FALSE(late.armed());
}

TEST(Executor, TimerHeapSurvivesRandomUse) {
  TestLoop loop;
  Random random(7);
  std::int64_t last_deadline = 0;
  struct Probe : TimerNode {
    explicit Probe(std::int64_t* last) : TimerNode(&Probe::fire), last_ns(last) {}
    static void fire(TimerNode* self) {
      auto* probe = static_cast<Probe*>(self);
      EXPECT_GE(probe->deadline_ns, *probe->last_ns);
      *probe->last_ns = probe->deadline_ns;
    }
    std::int64_t* last_ns;
  };
  std::vector<std::unique_ptr<Probe>> probes;
  for (int i = 0; i < 500; ++i) probes.push_back(std::make_unique<Probe>(&last_deadline));
  for (int i = 0; i < 5000; ++i) {
    Probe& probe = *probes[random.below(probes.size())];
    if (random.below(3) == 0) {
      loop.executor.disarm(probe);
    } else {
      loop.executor.arm_after(probe, Nanoseconds(random.below(1'000'000)));
    }
  }
  loop.advance(1s);
  for (const auto& probe : probes) EXPECT_FALSE(probe->armed());
}

TEST(Runtime, TakesPostsFromManyThreadsInOrder) {
  Runtime runtime({.threads = 2});
  constexpr int kThreads = 4;
  constexpr int kPosts = 5000;
  std::vector<std::vector<int>> seen(kThreads);
  std::atomic<int> left{kThreads * kPosts};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        runtime.at(0).post([&, t, i] {
          seen[t].push_back(i);
          if (left.fetch_sub(1) == 1) left.notify_all();
        });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int now = left.load(); now != 0; now = left.load()) left.wait(now);
  for (const auto& numbers : seen) {
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kPosts));
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  }
  runtime.stop();
}

Task<bool> hop(Executor& a, Executor& b) {
  const bool starts = a.is_current();
  co_await resume_on(b);
  const bool hopped = b.is_current();
  co_await resume_on(a);
  co_return starts&& hopped&& a.is_current();
}

TEST(Runtime, TasksHopBetweenExecutors) {
  Runtime runtime({.threads = 2});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(block_on(runtime.at(0), hop(runtime.at(0), runtime.at(1))));
  }
}

TEST(Runtime, HandsOutExecutorsRoundRobin) {
  Runtime runtime({.threads = 3});
  Executor& first = runtime.next();
  Executor& second = runtime.next();
  runtime.next();
  EXPECT_NE(&first, &second);
  EXPECT_EQ(&runtime.next(), &first);
  EXPECT_EQ(runtime.size(), 3U);
}

}  // namespace
}  // namespace octavo::io
