#include "protocol/common/connection_memory.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/event.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"
#include "protocol/common/connection.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;
using Kind = io::IoOutcome::Kind;

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Burden, GrowsWithBytesAndWithTheTimeThatTheyWait) {
  const Holding still{.bytes = kMiB, .idle_ns = kSecond, .window_ns = kSecond};
  EXPECT_GT(burden({.bytes = 2 * kMiB, .idle_ns = kSecond, .window_ns = kSecond}), burden(still));
  EXPECT_GT(burden({.bytes = kMiB, .idle_ns = 2 * kSecond, .window_ns = 2 * kSecond}),
            burden(still));
  // Much that is on its way weighs less than little that nobody takes,
  const Holding fast{
      .bytes = 100 * kMiB, .idle_ns = 0, .window_ns = kSecond, .window_bytes = 200 * kMiB};
  EXPECT_LT(burden(fast), burden({.bytes = 10 * kMiB, .idle_ns = kSecond, .window_ns = kSecond}));
  // and less than what is taken byte by byte.
  const Holding dripping{
      .bytes = 10 * kMiB, .idle_ns = 0, .window_ns = kSecond, .window_bytes = 100};
  EXPECT_LT(burden(fast), burden(dripping));
}

// Connections to peers that read nothing until they are told to.
struct Clients {
  explicit Clients(std::size_t limit_bytes)
      : pool("The memory of all connections", limit_bytes),
        memory(pool, table, loop.executor.clock()),
        scope(loop.executor) {}
  ~Clients() {
    for (auto& client : all) client->connection->abort();
    loop.run(scope.join());
  }

  struct Client {
    std::optional<io::Stream> peer;
    std::shared_ptr<ConnectionInfo> info;
    std::unique_ptr<Connection> connection;
    std::optional<bool> more;
    bool killed = false;
  };

  Client& add() {
    auto client = std::make_unique<Client>();
    auto streams = *io::stream_pair(loop.executor);
    client->peer.emplace(std::move(streams.second));
    client->info = std::make_shared<ConnectionInfo>(table.next_id(), "test", io::SocketAddress(),
                                                    io::SocketAddress(), false, 0);
    client->info->set_killer([raw = client.get()] { raw->killed = true; });
    client->connection = std::make_unique<Connection>(
        std::move(streams.first), ConnectionLimits{.memory = &memory}, client->info);
    table.add(client->info);
    scope.spawn(fill_all(*client->connection, client->more));
    all.push_back(std::move(client));
    return *all.back();
  }
  static io::Task<void> fill_all(Connection& connection, std::optional<bool>& more) {
    bool going = true;
    while (going) going = co_await connection.fill();
    more = false;
  }
  // What no socket takes at once.
  static void push(Client& client, std::size_t bytes) {
    client.connection->output().append(bytes, 'x');
    client.connection->start_flush();
  }
  void send(Client& client, std::size_t bytes) {
    const std::string piece(64 * kKiB, 'x');
    for (std::size_t sent = 0; sent < bytes; loop.settle()) {
      const io::IoOutcome outcome =
          client.peer->try_write(BytesView(piece).substr(0, std::min(piece.size(), bytes - sent)));
      if (outcome.kind != Kind::done) return;  // nobody reads it any more
      sent += outcome.bytes;
    }
  }
  std::size_t read_all(Client& client) {
    std::size_t total = 0;
    std::string piece(kMiB, '\0');
    for (;;) {
      loop.settle();
      const io::IoOutcome outcome = client.peer->try_read(piece);
      if (outcome.kind != Kind::done) return total;
      total += outcome.bytes;
    }
  }

  io::TestLoop loop;
  MemoryPool pool;
  ConnectionTable table;
  ConnectionMemory memory;
  io::Scope scope;
  std::vector<std::unique_ptr<Client>> all;
};

TEST(ConnectionMemory, WhoIsServedAtOnceIsNotCharged) {
  Clients clients(kMiB);
  auto& client = clients.add();
  for (int i = 0; i < 3; ++i) {
    Clients::push(client, 1000);
    EXPECT_EQ(clients.read_all(client), 1000U);
    EXPECT_EQ(clients.pool.used(), 0U);
  }
}

TEST(ConnectionMemory, ChargesWhatWaitsAndGivesItBack) {
  Clients clients(64 * kMiB);
  auto& slow = clients.add();
  Clients::push(slow, 8 * kMiB);
  clients.loop.settle();
  EXPECT_GE(clients.pool.used(), 8 * kMiB);
  EXPECT_GE(clients.read_all(slow), 8 * kMiB);
  EXPECT_EQ(clients.pool.used(), 0U);

  auto& sender = clients.add();
  clients.send(sender, 3 * kMiB);  // nothing of it is consumed
  EXPECT_GE(clients.pool.used(), 3 * kMiB);
  sender.connection->consume(sender.connection->input().size());
  clients.send(sender, 1);
  sender.connection->consume(sender.connection->input().size());
  clients.send(sender, 1);
  EXPECT_LE(clients.pool.used(), kMiB);

  sender.connection->hold(5 * kMiB);
  EXPECT_GE(clients.pool.used(), 5 * kMiB);
  sender.connection->abort();
  clients.loop.settle();
  sender.connection.reset();
  clients.all.pop_back();
  EXPECT_EQ(clients.pool.used(), 0U);
}

TEST(ConnectionMemory, EndsWhoHoldsMostForLongest) {
  Clients clients(64 * kMiB);
  auto& small = clients.add();
  auto& large = clients.add();
  auto& reader = clients.add();
  Clients::push(small, 8 * kMiB);
  Clients::push(large, 30 * kMiB);
  clients.loop.settle();  // what their sockets take has gone by then
  clients.loop.advance(5s);
  const std::uint64_t before = ended_counter(Ended::memory).value();
  Clients::push(reader, 50 * kMiB);
  EXPECT_TRUE(large.killed);
  EXPECT_FALSE(small.killed);
  EXPECT_EQ(ended_counter(Ended::memory).value(), before + 1);
  // What comes back is enough for it: nobody else is ended before that has come.
  Clients::push(reader, 1 * kMiB);
  EXPECT_FALSE(small.killed);
  large.connection->abort();
  EXPECT_GE(clients.read_all(reader), 51 * kMiB);
  EXPECT_FALSE(reader.killed);
}

TEST(ConnectionMemory, EndsTheOneThatAsksWhenItIsTheWorst) {
  Clients clients(16 * kMiB);
  auto& small = clients.add();
  auto& greedy = clients.add();
  Clients::push(small, kMiB);
  Clients::push(greedy, 8 * kMiB);
  clients.loop.advance(1s);
  Clients::push(greedy, 20 * kMiB);
  clients.loop.settle();
  EXPECT_FALSE(small.killed);
  EXPECT_EQ(greedy.more, false);
  EXPECT_EQ(greedy.connection->unsent(), 0U);  // given back at once
}

TEST(ConnectionMemory, ReadsNoRequestThatThereIsNoRoomFor) {
  Clients clients(4 * kMiB);
  auto& client = clients.add();
  clients.send(client, 3 * kMiB);
  EXPECT_EQ(client.more, std::nullopt);
  clients.send(client, 3 * kMiB);
  EXPECT_EQ(client.more, false);
  EXPECT_EQ(client.connection->end_of_input(), EndOfInput::no_memory);
  EXPECT_FALSE(client.connection->token().cancelled());  // it can be told why
}

TEST(ConnectionMemory, WhoHoldsLittleIsNotEndedForOthersAndHasAReserve) {
  Clients clients(16 * kMiB);
  MemoryPool reserve("The reserve", kMiB);
  auto& idle = clients.add();
  clients.send(idle, 20 * kKiB);  // nothing of it is consumed
  EXPECT_GT(clients.pool.used(), 0U);
  clients.loop.advance(1000s);
  auto& greedy = clients.add();
  Clients::push(greedy, 20 * kMiB);
  clients.loop.settle();
  EXPECT_FALSE(idle.killed) << "its 32 KiB would not have helped";
  EXPECT_EQ(greedy.more, false);

  clients.pool.set_reserve(&reserve);
  clients.pool.force(32 * kMiB);  // by what is on its way
  auto& ordinary = clients.add();
  clients.send(ordinary, 20 * kKiB);
  EXPECT_EQ(ordinary.more, std::nullopt);
  EXPECT_GE(reserve.used(), 16 * kKiB);
  ordinary.connection->abort();
  clients.loop.settle();
  ordinary.connection.reset();
  clients.all.pop_back();
  EXPECT_EQ(reserve.used(), 0U);
  clients.pool.release(32 * kMiB);
}

// What others have used up is not taken from connections that hold little.
TEST(ConnectionMemory, HasAShareOfItsOwn) {
  MemoryPool process("memory", 16 * kMiB);
  MemoryPool pool("The memory of all connections", 8 * kMiB, &process);
  ConnectionTable table;
  ConnectionMemory memory(pool, table, system_clock());
  ConnectionInfo info(table.next_id(), "test", io::SocketAddress(), io::SocketAddress(), false, 0);
  process.force(16 * kMiB);
  EXPECT_TRUE(memory.take(info, 2 * kMiB));
  EXPECT_FALSE(memory.take(info, kMiB));
  memory.leave(info);
  EXPECT_EQ(pool.used(), 0U);
  process.release(16 * kMiB);
}

// Messages and commands on their way are charged to the pool as well; ending those who hold little
// would bring none of it back.
TEST(ConnectionMemory, EndsNobodyForWhatNoneOfThemHolds) {
  Clients clients(8 * kMiB);
  auto& large = clients.add();
  auto& small = clients.add();
  auto& other = clients.add();
  clients.pool.force(20 * kMiB);
  clients.send(small, 30'000);
  EXPECT_GT(small.info->held.get(), 0U);
  clients.loop.advance(5s);
  clients.send(other, 30'000);
  EXPECT_FALSE(small.killed);
  clients.pool.release(20 * kMiB);
  Clients::push(large, 6 * kMiB);
  clients.pool.force(20 * kMiB);
  clients.loop.advance(5s);
  clients.send(other, 100'000);
  EXPECT_TRUE(large.killed);
  EXPECT_FALSE(small.killed);
  EXPECT_EQ(other.more, std::nullopt);
  clients.pool.release(20 * kMiB);
}

}  // namespace
}  // namespace octavo::protocol
