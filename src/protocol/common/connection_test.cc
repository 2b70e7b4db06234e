#include "protocol/common/connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "io/event.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;
using Kind = io::IoOutcome::Kind;

struct Fixture : TestConnection {
  explicit Fixture(ConnectionLimits limits = {}) : TestConnection(limits), scope(loop.executor) {}
  ~Fixture() {
    if (connection != nullptr) connection->abort();
    loop.run(scope.join());
  }

  void send(BytesView bytes) {
    ASSERT_EQ(peer->try_write(bytes).bytes, bytes.size());
    loop.settle();
  }
  // What the peer has been sent by now.
  std::string receive() {
    std::string all;
    char buffer[65536];
    for (;;) {
      loop.settle();
      const io::IoOutcome outcome = peer->try_read(buffer);
      if (outcome.kind != Kind::done) return all;
      all.append(buffer, outcome.bytes);
    }
  }

  io::Scope scope;
};

// Answers each line with itself.
io::Task<void> serve_lines(Connection& connection) {
  for (;;) {
    const bool more = co_await connection.fill();
    if (!more) co_return;
    for (;;) {
      const std::size_t end = connection.input().find('\n');
      if (end == BytesView::npos) break;
      connection.output() += connection.input().substr(0, end + 1);
      connection.consume(end + 1);
    }
    co_await connection.flush();
  }
}

io::Task<void> serve_and_finish(Connection& connection) {
  co_await serve_lines(connection);
  co_await connection.finish();
}

io::Task<void> fill_once(Connection& connection, std::optional<bool>& result) {
  result = co_await connection.fill();
}

io::Task<void> flush_once(Connection& connection, std::optional<bool>& result) {
  result = co_await connection.flush();
}

TEST(Connection, WaitsForWholeFrames) {
  Fixture f;
  f.scope.spawn(serve_and_finish(*f.connection));
  f.send("one\ntw");
  EXPECT_EQ(f.receive(), "one\n");
  f.send("o\nthree\n");
  EXPECT_EQ(f.receive(), "two\nthree\n");
  EXPECT_EQ(f.connection->info().bytes_in.get(), 14U);
  EXPECT_EQ(f.connection->info().bytes_out.get(), 14U);
  EXPECT_TRUE(f.peer->shutdown_write().has_value());
  f.loop.run(f.scope.join());
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::peer);
}

TEST(Connection, AnswersWhatCameBeforeTheEnd) {
  Fixture f({.cancel_on_hang_up = true});
  EXPECT_EQ(f.peer->try_write("last\n").kind, Kind::done);
  EXPECT_TRUE(f.peer->shutdown_write().has_value());
  f.loop.settle();
  EXPECT_FALSE(f.connection->token().cancelled());  // there are requests to read
  f.scope.spawn(serve_and_finish(*f.connection));
  EXPECT_EQ(f.receive(), "last\n");
  f.loop.run(f.scope.join());
  EXPECT_TRUE(f.connection->token().cancelled());
}

TEST(Connection, SendsTheRepliesOfARoundTogether) {
  Fixture f;
  f.connection->output() += "one ";
  f.connection->flush_soon();
  f.connection->output() += "two";
  f.connection->flush_soon();
  char buffer[16];
  EXPECT_EQ(f.peer->try_read(buffer).kind, Kind::would_block);  // the round is not over
  EXPECT_EQ(f.receive(), "one two");
  EXPECT_FALSE(f.connection->blocked());
}

TEST(Connection, MayGoBeforeTheEndOfTheRound) {
  Fixture f;
  f.connection->output() += "never seen";
  f.connection->flush_soon();
  f.connection.reset();
  EXPECT_EQ(f.receive(), "");
}

TEST(Connection, CancelsItsTokenWhenThePeerGoesAwayDuringAQuery) {
  Fixture f;
  f.loop.settle();
  EXPECT_FALSE(f.connection->token().cancelled());
  f.peer.reset();
  f.loop.settle();
  EXPECT_TRUE(f.connection->token().cancelled());
}

TEST(Connection, MayBeToldToGoOnWithoutItsPeer) {
  Fixture f({.cancel_on_hang_up = false});
  f.peer.reset();
  f.loop.settle();
  EXPECT_FALSE(f.connection->token().cancelled());
}

TEST(Connection, EndsTheInputAtItsLimit) {
  Fixture f({.max_input_bytes = 10});
  std::optional<bool> more;
  f.send("0123456789ABC");
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  EXPECT_EQ(more, true);
  EXPECT_EQ(f.connection->input(), "0123456789");
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  EXPECT_EQ(more, false);
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::too_large);
}

io::Task<void> count_to(int limit, int& count) {
  while (count < limit) {
    ++count;
    co_await io::yield();
  }
}

// Takes one byte at a time, so that the socket has more whenever it asks.
io::Task<void> nibble(Connection& connection, int& nibbled, const int& others, int& others_seen) {
  for (;;) {
    const bool more = co_await connection.fill();
    if (!more) co_return;
    connection.consume(connection.input().size());
    if (++nibbled == 100) others_seen = others;
  }
}

TEST(Connection, AFloodLeavesTheOthersTheirTurn) {
  Fixture f({.max_input_bytes = 1});
  int nibbled = 0;
  int others = 0;
  int others_seen = 0;
  EXPECT_EQ(f.peer->try_write(std::string(200, 'x')).bytes, 200U);
  f.loop.settle();
  f.scope.spawn(nibble(*f.connection, nibbled, others, others_seen));
  f.scope.spawn(count_to(1000, others));
  f.loop.settle();
  EXPECT_EQ(nibbled, 200);
  EXPECT_GT(others_seen, 3);
}

TEST(Connection, IdleTimeoutCountsFromTheLastWait) {
  Fixture f({.idle_timeout = 10s});
  f.scope.spawn(serve_lines(*f.connection));
  f.loop.settle();
  f.loop.advance(9s);
  f.send("alive\n");
  f.loop.advance(9s);
  EXPECT_EQ(f.scope.size(), 1U);
  f.loop.advance(1s);
  EXPECT_EQ(f.scope.size(), 0U);
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::idle);
  EXPECT_EQ(f.receive(), "alive\n");
}

TEST(Connection, FlushIsBackPressureAndAStalledPeerIsDropped) {
  Fixture f({.write_stall_timeout = 60s});
  f.connection->output() += std::string(10 * kMiB, 'x');
  std::optional<bool> flushed;
  f.scope.spawn(flush_once(*f.connection, flushed));
  f.loop.settle();
  EXPECT_FALSE(flushed.has_value());
  f.loop.advance(59s);
  std::string all(kMiB, ' ');  // that the socket has: with less it may not be writable yet
  EXPECT_EQ(f.peer->try_read(all).kind, Kind::done);
  f.loop.settle();  // progress
  f.loop.advance(59s);
  EXPECT_FALSE(flushed.has_value());
  f.loop.advance(2s);
  EXPECT_EQ(flushed, false);
  EXPECT_TRUE(f.connection->token().cancelled());
}

TEST(Connection, SeveralMayFlush) {
  Fixture f;
  std::optional<bool> first;
  std::optional<bool> second;
  f.connection->output() += std::string(3 * kMiB, 'a');
  f.scope.spawn(flush_once(*f.connection, first));
  f.loop.settle();
  f.connection->output() += std::string(2 * kMiB, 'b');
  f.scope.spawn(flush_once(*f.connection, second));
  f.loop.settle();
  EXPECT_FALSE(first.has_value());
  EXPECT_FALSE(second.has_value());
  const std::string all = f.receive();
  EXPECT_EQ(first, true);
  EXPECT_EQ(second, true);
  EXPECT_EQ(all, std::string(3 * kMiB, 'a') + std::string(2 * kMiB, 'b'));
}

constexpr std::size_t kReplyBytes = 64;

// Answers each byte with several, and waits for the client when it does not keep up.
io::Task<void> serve_replies(Connection& connection) {
  for (;;) {
    const bool more = co_await connection.fill();
    if (!more) co_return;
    while (!connection.input().empty()) {
      connection.output() += std::string(kReplyBytes, connection.input().front());
      connection.consume(1);
      if (connection.unsent() > 64 * kKiB) {
        const bool sent = co_await connection.flush();
        if (!sent) co_return;
      }
    }
    co_await connection.flush();
  }
}

TEST(Connection, ReadsOnWhileTheClientDoesNot) {
  Fixture f;
  f.scope.spawn(serve_replies(*f.connection));
  constexpr std::size_t kRequests = 4 * kMiB;  // more than any socket buffer takes
  const std::string requests(64 * kKiB, 'x');
  for (std::size_t sent = 0; sent < kRequests; sent += requests.size()) f.send(requests);
  EXPECT_LT(f.connection->unsent(), kMiB);
  EXPECT_TRUE(f.peer->shutdown_write().has_value());
  std::size_t received = 0;
  while (f.scope.size() > 0) {
    const std::string part = f.receive();
    received += part.size();
    ASSERT_FALSE(part.empty() && f.scope.size() > 0) << received;
  }
  EXPECT_EQ(received, kRequests * kReplyBytes);
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::peer);
}

TEST(Connection, ReadsOnWithinTheLimitOfInput) {
  Fixture f({.max_input_bytes = 100'000});
  f.connection->output() += std::string(10 * kMiB, 'x');
  std::optional<bool> flushed;
  f.scope.spawn(flush_once(*f.connection, flushed));
  f.send(std::string(60'000, 'a'));
  EXPECT_EQ(f.connection->info().bytes_in.get(), 60'000U);
  f.send(std::string(60'000, 'a'));
  EXPECT_EQ(f.connection->info().bytes_in.get(), 100'000U);
  EXPECT_EQ(f.receive().size(), 10 * kMiB);
  EXPECT_EQ(flushed, true);
}

io::Task<void> wait_for_ever(Connection& connection, BytesView expected_input, bool& over) {
  const bool more = co_await connection.fill();
  EXPECT_TRUE(more);
  const BytesView view = connection.input();
  Connection::PeerWatch peer(connection);
  const CancelToken token = peer.over();
  io::Event never;
  over = !co_await never.wait(token);
  EXPECT_EQ(view, expected_input);  // what is read on does not move it
}

TEST(Connection, SeesThePeerGoBehindWhatItHasSent) {
  Fixture f({.cancel_on_hang_up = false});
  bool over = false;
  f.scope.spawn(wait_for_ever(*f.connection, "wait\n", over));
  f.send("wait\n");
  f.send(std::string(100'000, 'x'));
  EXPECT_FALSE(over);
  f.peer.reset();
  f.loop.settle();
  EXPECT_TRUE(over);
  EXPECT_FALSE(f.connection->token().cancelled());
  // The requests are there still, and then the end.
  std::optional<bool> more;
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  EXPECT_EQ(more, true);
  EXPECT_EQ(f.connection->input().size(), 100'005U);
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  EXPECT_EQ(more, false);
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::peer);
}

TEST(Connection, TakesWhatWasReadOnALittleAtATime) {
  Fixture f({.max_input_bytes = 10 * kMiB});
  std::optional<bool> flushed;
  f.connection->output() += std::string(kMiB, 'x');
  f.scope.spawn(flush_once(*f.connection, flushed));
  std::string sent;
  for (int i = 0; i < 80; ++i) {
    sent += std::string(64 * kKiB, static_cast<char>('a' + i % 26));
    f.send(BytesView(sent).substr(sent.size() - 64 * kKiB));
  }
  EXPECT_EQ(f.connection->info().bytes_in.get(), sent.size());
  EXPECT_TRUE(f.peer->shutdown_write().has_value());
  EXPECT_EQ(f.receive().size(), kMiB);
  std::string received;
  int fills = 0;
  for (;; ++fills) {
    std::optional<bool> more;
    f.scope.spawn(fill_once(*f.connection, more));
    f.loop.settle();
    ASSERT_TRUE(more.has_value());
    if (!*more) break;
    // The last byte is that of a request that goes on behind it.
    const BytesView input = f.connection->input();
    EXPECT_LE(input.size(), 256 * kKiB + 1);
    received += input.substr(0, input.size() - 1);
    f.connection->consume(input.size() - 1);
  }
  EXPECT_GE(fills, 20);
  received += f.connection->input();
  EXPECT_EQ(received, sent);
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::peer);  // seen behind all of it
}

io::Task<void> read_to_the_end(Connection& connection, const int& others, int& others_seen) {
  for (;;) {
    const bool more = co_await connection.fill();
    if (!more) break;
    connection.consume(connection.input().size());
  }
  others_seen = others;
}

TEST(Connection, WhatWasReadOnLeavesTheOthersTheirTurn) {
  Fixture f;
  std::optional<bool> flushed;
  f.connection->output() += std::string(kMiB, 'x');
  f.scope.spawn(flush_once(*f.connection, flushed));
  for (int i = 0; i < 80; ++i) f.send(std::string(64 * kKiB, 'x'));
  EXPECT_TRUE(f.peer->shutdown_write().has_value());
  EXPECT_EQ(f.receive().size(), kMiB);
  int others = 0;
  int others_seen = 0;
  f.scope.spawn(read_to_the_end(*f.connection, others, others_seen));
  f.scope.spawn(count_to(1000, others));
  f.loop.settle();
  EXPECT_EQ(f.connection->info().bytes_in.get(), 80 * 64 * kKiB);
  EXPECT_GE(others_seen, 8);
}

TEST(Connection, ALargeRequestGrowsWhateverWasReadOn) {
  Fixture f({.max_input_bytes = 20 * kMiB});
  std::optional<bool> flushed;
  f.connection->output() += std::string(kMiB, 'x');
  f.scope.spawn(flush_once(*f.connection, flushed));
  std::string sent;
  while (sent.size() < 10 * kMiB) {
    sent += std::string(64 * kKiB, static_cast<char>('a' + sent.size() / kMiB));
    f.send(BytesView(sent).substr(sent.size() - 64 * kKiB));
  }
  EXPECT_EQ(f.receive().size(), kMiB);
  while (f.connection->input().size() < sent.size()) {
    std::optional<bool> more;
    f.scope.spawn(fill_once(*f.connection, more));
    f.loop.settle();
    ASSERT_EQ(more, true);
  }
  EXPECT_EQ(f.connection->input(), sent);
  f.connection->consume(sent.size());
}

TEST(Connection, ADrainEndsAWatchedWait) {
  Fixture f;
  bool over = false;
  f.scope.spawn(wait_for_ever(*f.connection, "wait\n", over));
  f.send("wait\n");
  f.connection->begin_drain();
  f.loop.settle();
  EXPECT_TRUE(over);
}

TEST(Connection, DropsWhoeverSendsTooMuchWhileItWaits) {
  Fixture f({.max_input_bytes = 10'000});
  bool over = false;
  f.scope.spawn(wait_for_ever(*f.connection, "wait\n", over));
  f.send("wait\n");
  f.send(std::string(20'000, 'x'));
  EXPECT_TRUE(over);
  EXPECT_TRUE(f.connection->token().cancelled());
}

TEST(Connection, DropsWhoeverLetsOutputPileUp) {
  Fixture f({.max_output_bytes = kMiB});
  f.connection->output() += "small";
  EXPECT_TRUE(f.connection->start_flush());
  EXPECT_EQ(f.connection->unsent(), 0U);
  bool alive = true;
  for (int i = 0; i < 100 && alive; ++i) {
    f.connection->output() += std::string(100'000, 'x');
    alive = f.connection->start_flush();
  }
  EXPECT_FALSE(alive);
  EXPECT_FALSE(f.connection->start_flush());
  EXPECT_TRUE(f.connection->token().cancelled());
}

TEST(Connection, DropsWhoeverLetsMuchOutputWaitForLong) {
  Fixture f({.max_output_bytes = 0, .soft_output_bytes = kMiB, .soft_output_time = 5s});
  f.connection->output() += std::string(8 * kMiB, 'x');
  EXPECT_TRUE(f.connection->start_flush());
  f.loop.advance(4s);
  EXPECT_GE(f.receive().size(), 8 * kMiB);  // in time
  f.connection->output() += std::string(8 * kMiB, 'x');
  EXPECT_TRUE(f.connection->start_flush());
  f.loop.advance(4s);
  EXPECT_FALSE(f.connection->token().cancelled());
  f.loop.advance(2s);
  EXPECT_TRUE(f.connection->token().cancelled());
}

TEST(Connection, LimitsHoldForWhatWaitsAlready) {
  Fixture f({.max_output_bytes = 0});
  f.connection->output() += std::string(8 * kMiB, 'x');
  EXPECT_TRUE(f.connection->start_flush());
  ConnectionLimits limits = f.connection->limits();
  limits.max_output_bytes = kMiB;
  f.connection->set_limits(limits);
  EXPECT_TRUE(f.connection->token().cancelled());
  EXPECT_EQ(f.connection->unsent(), 0U);
}

// Its client reads nothing.
void block(Fixture& f) {
  f.connection->output() += std::string(4 * kMiB, 'x');
  EXPECT_TRUE(f.connection->start_flush());
  f.loop.settle();
  EXPECT_TRUE(f.connection->blocked());
}

TEST(Connection, WhatWaitsIsNotMovedByWhatComesBehindIt) {
  Fixture f;
  block(f);
  const std::size_t before = f.connection->unsent();
  std::size_t largest = 0;
  std::string expected;
  for (int i = 0; i < 40'000; ++i) {
    const std::string reply(100, static_cast<char>('a' + i % 26));
    expected += reply;
    f.connection->output() += reply;
    largest = std::max(largest, f.connection->output().capacity());
    if (i % 100 == 0) EXPECT_TRUE(f.connection->start_flush());
  }
  EXPECT_EQ(f.connection->unsent(), before + expected.size());
  EXPECT_LE(largest, 64 * kKiB);
  EXPECT_EQ(f.receive().substr(4 * kMiB), expected);
  EXPECT_FALSE(f.connection->blocked());
}

TEST(Connection, TakesOverLargeRepliesAsTheyAre) {
  Fixture f;
  block(f);
  f.connection->output() += "before ";
  std::string large(kMiB, 'l');
  f.connection->append(std::move(large));
  EXPECT_LT(large.capacity(), kMiB);  // NOLINT(bugprone-use-after-move): what is tested
  f.connection->append(" small");
  f.connection->output() += " after";
  EXPECT_EQ(f.receive().substr(4 * kMiB), "before " + std::string(kMiB, 'l') + " small after");

  std::string alone(kMiB, 'a');
  f.connection->append(std::move(alone));
  EXPECT_LT(alone.capacity(), kMiB);  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_TRUE(f.connection->start_flush());
  EXPECT_EQ(f.receive(), std::string(kMiB, 'a'));
}

TEST(Connection, SharedBytesAreNotCopied) {
  Fixture f;
  const auto shared = std::make_shared<const std::string>(kMiB, 's');
  f.connection->output() += "first ";
  f.connection->append_shared(shared, *shared);
  f.connection->output() += " last";
  f.connection->append_shared(shared, BytesView(*shared).substr(0, 3));
  EXPECT_EQ(shared.use_count(), 2);
  EXPECT_EQ(f.connection->unsent(), kMiB + 14);
  EXPECT_TRUE(f.connection->start_flush());
  EXPECT_EQ(f.receive(), "first " + *shared + " lastsss");
  EXPECT_EQ(shared.use_count(), 1);
  f.connection->append_shared(shared, *shared);
  f.connection->abort();
  f.connection->append_shared(shared, *shared);
  EXPECT_EQ(shared.use_count(), 1);
}

// Two ends of a TCP connection: unlike a pair's, its sockets take megabytes.
io::Task<void> connect_by_tcp(io::Executor& executor, std::optional<io::Stream>& ours,
                              std::optional<io::Stream>& theirs) {
  auto listener = io::TcpListener::bind(executor, {"127.0.0.1", 0});
  auto connected = co_await io::connect(listener->local_address());
  auto accepted = co_await listener->accept();
  ours.emplace((*std::move(accepted)).into_stream(executor));
  theirs.emplace(*std::move(connected));
}

TEST(Connection, WritesAtMostATurnAtATime) {
  Fixture f;
  std::optional<io::Stream> ours;
  f.loop.run(connect_by_tcp(f.loop.executor, ours, f.peer));
  auto info = std::make_shared<ConnectionInfo>(ConnectionId{2}, "test", ours->peer(), ours->peer(),
                                               false, 0);
  Connection connection(*std::move(ours), {}, std::move(info));
  connection.output() += std::string(8 * kMiB, 'x');
  EXPECT_TRUE(connection.start_flush());
  const std::uint64_t first = connection.info().bytes_out.get();
  EXPECT_EQ(first, 128 * kKiB);
  EXPECT_TRUE(connection.blocked());
  // The turn behind that one, which was none of a loop, is a job; the next one is the last of the
  // round.
  f.loop.executor.poll();
  EXPECT_LE(connection.info().bytes_out.get(), 3 * first);
  f.loop.settle();
  EXPECT_GT(connection.info().bytes_out.get(), first);
  std::optional<bool> flushed;
  f.scope.spawn(flush_once(connection, flushed));
  EXPECT_EQ(f.receive(), std::string(8 * kMiB, 'x'));
  EXPECT_EQ(flushed, true);
}

TEST(Connection, IsNotTakenForStalledBeforeItWasTried) {
  Fixture f({.idle_timeout = 100s, .write_stall_timeout = 60s});
  std::optional<bool> more;
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  f.loop.clock.advance(100s);
  // In the round in which the timer is due.
  f.connection->output() += "late";
  f.connection->flush_soon();
  EXPECT_EQ(f.receive(), "late");
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::idle);
}

TEST(Connection, KeepsNothingOnceItHasFailed) {
  Fixture f;
  f.connection->abort();
  for (int i = 0; i < 100; ++i) {
    f.connection->output() += std::string(10'000, 'x');
    EXPECT_FALSE(f.connection->start_flush());
  }
  EXPECT_EQ(f.connection->unsent(), 0U);
}

TEST(Connection, DrainEndsTheWaitForInputOnly) {
  Fixture f;
  std::optional<bool> flushed;
  f.connection->output() += std::string(5 * kMiB, 'x');
  f.scope.spawn(flush_once(*f.connection, flushed));
  std::optional<bool> more;
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  f.connection->begin_drain();
  f.loop.settle();
  EXPECT_EQ(more, false);
  EXPECT_EQ(f.connection->end_of_input(), EndOfInput::draining);
  EXPECT_TRUE(f.connection->drain_token().cancelled());
  EXPECT_FALSE(f.connection->token().cancelled());
  EXPECT_FALSE(flushed.has_value());
  EXPECT_EQ(f.receive().size(), 5 * kMiB);
  EXPECT_EQ(flushed, true);
}

TEST(Connection, AbortEndsEverything) {
  Fixture f;
  std::optional<bool> flushed;
  f.connection->output() += std::string(5 * kMiB, 'x');
  f.scope.spawn(flush_once(*f.connection, flushed));
  std::optional<bool> more;
  f.scope.spawn(fill_once(*f.connection, more));
  f.loop.settle();
  f.connection->abort();
  EXPECT_FALSE(more.has_value());  // not within the call
  f.loop.settle();
  EXPECT_EQ(more, false);
  EXPECT_EQ(flushed, false);
}

}  // namespace
}  // namespace octavo::protocol
