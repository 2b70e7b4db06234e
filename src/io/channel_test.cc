#include "io/channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> produce(Channel<int>& channel, int from, int to, int& refused) {
  for (int i = from; i < to; ++i) {
    const bool sent = co_await channel.send(i);
    if (!sent) ++refused;
  }
}

Task<void> consume(Channel<int>& channel, std::vector<int>& out) {
  for (;;) {
    const std::optional<int> item = co_await channel.receive();
    if (!item) co_return;
    out.push_back(*item);
  }
}

Task<void> receive_one(Channel<int>& channel, CancelToken token, std::optional<int>& out) {
  out = co_await channel.receive(token);
}

Task<void> send_one(Channel<int>& channel, int value, CancelToken token,
                    std::optional<bool>& sent) {
  sent = co_await channel.send(value, token);
}

TEST(Channel, FullChannelMakesItsSendersWait) {
  TestLoop loop;
  Channel<int> channel(3);
  Scope scope(loop.executor);
  int refused = 0;
  scope.spawn(produce(channel, 0, 10, refused));
  loop.settle();
  EXPECT_EQ(channel.size(), 3U);
  EXPECT_EQ(scope.size(), 1U);
  EXPECT_FALSE(channel.try_send(99));
  std::vector<int> out;
  scope.spawn(consume(channel, out));
  loop.settle();
  EXPECT_EQ(out.size(), 10U);
  EXPECT_TRUE(std::is_sorted(out.begin(), out.end()));
  channel.close();
  loop.run(scope.join());
  EXPECT_EQ(refused, 0);
}

TEST(Channel, CloseRefusesSendersAndDrains) {
  TestLoop loop;
  Channel<int> channel(2);
  Scope scope(loop.executor);
  int refused = 0;
  scope.spawn(produce(channel, 0, 5, refused));
  loop.settle();
  channel.close();
  loop.settle();
  EXPECT_EQ(refused, 3);
  EXPECT_FALSE(channel.try_send(1));
  std::vector<int> out;
  scope.spawn(consume(channel, out));
  loop.run(scope.join());
  EXPECT_EQ(out, (std::vector{0, 1}));
}

TEST(Channel, CancelledWaitsLeaveTheChannelIntact) {
  TestLoop loop;
  Channel<int> channel(1);
  Scope scope(loop.executor);
  CancelSource receiving;
  std::optional<int> item;
  scope.spawn(receive_one(channel, receiving.token(), item));
  loop.settle();
  receiving.cancel();
  loop.settle();
  EXPECT_FALSE(item.has_value());

  CancelSource sending;
  std::optional<bool> first;
  std::optional<bool> second;
  std::optional<bool> third;
  scope.spawn(send_one(channel, 1, {}, first));
  scope.spawn(send_one(channel, 2, sending.token(), second));
  scope.spawn(send_one(channel, 3, {}, third));
  loop.settle();
  sending.cancel();
  loop.settle();
  EXPECT_EQ(first, true);
  EXPECT_EQ(second, false);
  EXPECT_FALSE(third.has_value());
  EXPECT_EQ(channel.try_receive(), 1);
  loop.settle();
  EXPECT_EQ(third, true);
  EXPECT_EQ(channel.try_receive(), 3);
  EXPECT_EQ(channel.try_receive(), std::nullopt);
  loop.run(scope.join());
}

TEST(Channel, CarriesMoveOnlyItems) {
  Channel<std::unique_ptr<std::string>> channel(1);
  EXPECT_TRUE(channel.try_send(std::make_unique<std::string>("a")));
  auto refused = std::make_unique<std::string>("b");
  EXPECT_FALSE(channel.try_send(std::move(refused)));
  EXPECT_NE(refused, nullptr);
  EXPECT_EQ(**channel.try_receive(), "a");
}

Task<void> drain_counting(Channel<int>& channel, int expected, long& sum) {
  for (int i = 0; i < expected; ++i) {
    const std::optional<int> item = co_await channel.receive();
    if (!item) co_return;
    sum += *item;
  }
}

TEST(Channel, ManySendersOnOtherExecutors) {
  Runtime runtime({.threads = 3});
  constexpr int kItems = 3000;
  Channel<int> channel(8);
  Scope left(runtime.at(0));
  Scope right(runtime.at(1));
  int refused_left = 0;
  int refused_right = 0;
  left.spawn(produce(channel, 0, kItems, refused_left));
  right.spawn(produce(channel, 0, kItems, refused_right));
  long sum = 0;
  block_on(runtime.at(2), drain_counting(channel, 2 * kItems, sum));
  EXPECT_EQ(sum, static_cast<long>(kItems) * (kItems - 1));
  block_on(runtime.at(0), left.stop());
  block_on(runtime.at(1), right.stop());
  EXPECT_EQ(refused_left + refused_right, 0);
}

}  // namespace
}  // namespace octavo::io
