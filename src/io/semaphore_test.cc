#include "io/semaphore.h"

#include <gtest/gtest.h>

#include <vector>

#include "io/event.h"
#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> hold(Semaphore& permits, Event& end, int name, std::vector<int>& order) {
  co_await permits.acquire();
  order.push_back(name);
  co_await end.wait();
  permits.release();
}

TEST(Semaphore, ServesInOrderAndNotMoreThanItHasPermits) {
  TestLoop loop;
  Scope scope(loop.executor);
  Semaphore permits(2);
  std::vector<Event> ends(4);
  std::vector<int> order;
  for (int i = 0; i < 4; ++i)
    scope.spawn(hold(permits, ends[static_cast<std::size_t>(i)], i, order));
  loop.settle();
  EXPECT_EQ(order, (std::vector{0, 1}));
  ends[1].set();
  loop.settle();
  EXPECT_EQ(order, (std::vector{0, 1, 2}));
  for (const std::size_t i : {0U, 2U, 3U}) ends[i].set();
  loop.run(scope.join());
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
}

}  // namespace
}  // namespace octavo::io
