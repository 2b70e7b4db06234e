#include "io/stream.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> read_until_end(Stream& stream, std::string& out, std::optional<Status>& ended) {
  char buffer[1000];
  for (;;) {
    const Result<std::size_t> size = co_await stream.read_some(buffer);
    if (!size) {
      ended = fail(size.error());
      co_return;
    }
    if (*size == 0) {
      ended = Status();
      co_return;
    }
    out.append(buffer, *size);
  }
}

Task<void> write(Stream& stream, const std::string& bytes, std::optional<Status>& status) {
  status = co_await stream.write_all(bytes);
}

struct Pair {
  explicit Pair(TestLoop& loop) : streams(*stream_pair(loop.executor)) {}
  std::pair<Stream, Stream> streams;
  Stream& left = streams.first;
  Stream& right = streams.second;
};

TEST(Stream, MovesMoreThanTheKernelBuffers) {
  TestLoop loop;
  Pair pair(loop);
  Scope scope(loop.executor);
  const std::string sent(5'000'000, 'x');
  std::optional<Status> written;
  scope.spawn(write(pair.left, sent, written));
  loop.settle();
  EXPECT_FALSE(written.has_value());  // back-pressure: nobody reads
  std::string received;
  std::optional<Status> ended;
  scope.spawn(read_until_end(pair.right, received, ended));
  loop.settle();
  EXPECT_TRUE(written.has_value() && written->has_value());
  EXPECT_EQ(received.size(), sent.size());
  EXPECT_FALSE(ended.has_value());
  EXPECT_TRUE(pair.left.shutdown_write().has_value());
  loop.run(scope.join());
  EXPECT_TRUE(ended->has_value());
}

TEST(Stream, InterruptEndsPendingAndLaterOperations) {
  TestLoop loop;
  Pair pair(loop);
  Scope scope(loop.executor);
  std::string received;
  std::optional<Status> ended;
  std::optional<Status> written;
  scope.spawn(read_until_end(pair.left, received, ended));
  const std::string much(5'000'000, 'x');
  scope.spawn(write(pair.left, much, written));
  loop.settle();
  EXPECT_EQ(scope.size(), 2U);
  pair.left.interrupt();
  loop.run(scope.join());
  EXPECT_EQ(ended->error().code, Code::cancelled);
  EXPECT_EQ(written->error().code, Code::cancelled);
  std::optional<Status> later;
  loop.run(write(pair.left, much, later));
  EXPECT_EQ(later->error().code, Code::cancelled);
}

TEST(Stream, TellsOfAPeerThatGoesAwayWhileNobodyReads) {
  TestLoop loop;
  auto streams = *stream_pair(loop.executor);
  std::optional<Stream> peer(std::move(streams.second));
  int calls = 0;
  streams.first.on_hang_up({[](void* n) { ++*static_cast<int*>(n); }, &calls});
  std::optional<Status> written;
  loop.run(write(*peer, "last words", written));
  loop.settle();
  EXPECT_EQ(calls, 0);
  EXPECT_TRUE(peer->shutdown_write().has_value());
  loop.settle();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(streams.first.hung_up());
  EXPECT_FALSE(streams.first.abandoned());  // its words are unread
  std::string received;
  std::optional<Status> ended;
  loop.run(read_until_end(streams.first, received, ended));
  EXPECT_EQ(received, "last words");
  EXPECT_TRUE(streams.first.abandoned());
  peer.reset();
  loop.settle();
  EXPECT_EQ(calls, 1);
}

TEST(Stream, WritingToAClosedPeerIsAnError) {
  TestLoop loop;
  auto streams = *stream_pair(loop.executor);
  {
    const Stream closed(std::move(streams.second));
  }
  std::optional<Status> written;
  loop.run(write(streams.first, "hello", written));
  EXPECT_EQ(written->error().code, Code::unavailable);
}

TEST(Stream, ADescriptorMayGoWhileItsEventIsInTheBatch) {
  TestLoop loop;
  auto first = *stream_pair(loop.executor);
  auto second = *stream_pair(loop.executor);
  loop.settle();
  struct State {
    std::optional<Stream> a;
    std::optional<Stream> b;
    int calls = 0;
  } state;
  state.a.emplace(std::move(first.first));
  state.b.emplace(std::move(second.first));
  auto destroy_both = [](void* raw) {
    auto* s = static_cast<State*>(raw);
    ++s->calls;
    s->a.reset();
    s->b.reset();
  };
  state.a->on_readable({destroy_both, &state});
  state.b->on_readable({destroy_both, &state});
  EXPECT_EQ(first.second.try_write("x").kind, IoOutcome::Kind::done);
  EXPECT_EQ(second.second.try_write("x").kind, IoOutcome::Kind::done);
  loop.settle();
  EXPECT_EQ(state.calls, 1);
}

}  // namespace
}  // namespace octavo::io
