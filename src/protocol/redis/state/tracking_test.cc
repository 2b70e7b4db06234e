#include "protocol/redis/state/tracking.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/socket.h"

namespace octavo::redis {
namespace {

using Names = std::vector<std::string_view>;

class OneListener final : public keyspace::Observers {
 public:
  keyspace::KeyspaceObserver* listener = nullptr;
  void add_listener(keyspace::KeyspaceObserver& one) override { listener = &one; }
  void remove_listener(keyspace::KeyspaceObserver&) override { listener = nullptr; }
  void add_listener_locked(keyspace::KeyspaceObserver& one) override { listener = &one; }
  void remove_listener_locked(keyspace::KeyspaceObserver&) override { listener = nullptr; }
};

// A client of RESP3 behind each number.
struct Tracked {
  Tracked() {
    for (std::uint64_t id = 1; id <= 2; ++id) {
      auto streams = *io::stream_pair(executor);
      peers.push_back(std::move(streams.second));
      connections.push_back(std::make_unique<protocol::Connection>(
          std::move(streams.first), protocol::ConnectionLimits(),
          std::make_shared<protocol::ConnectionInfo>(protocol::ConnectionId{id}, "test",
                                                     io::SocketAddress(), io::SocketAddress(),
                                                     false, 0)));
      mailboxes.push_back(std::make_shared<Mailbox>(line, connections.back().get()));
      mailboxes.back()->protocol = 3;
      tracking.connected(id, mailboxes.back());
    }
  }
  ~Tracked() {
    for (const auto& mailbox : mailboxes) mailbox->connection = nullptr;
    connections.clear();
    settle();
  }
  void settle() {
    while (executor.poll()) {
    }
  }
  void change(std::string_view key, unsigned db = 0) {
    tracking.about_to_change(db, key);
    tracking.operation_done();
  }
  std::string received(std::size_t id) {
    settle();
    std::string all;
    char buffer[65536];
    for (io::IoOutcome read = peers[id - 1].try_read(buffer); read.bytes > 0;
         read = peers[id - 1].try_read(buffer)) {
      all.append(buffer, read.bytes);
    }
    return all;
  }

  Clock& clock = system_clock();
  io::Executor executor{clock, "test"};
  MemoryPool pool{"memory", 256 * kKiB};
  io::PerExecutor<protocol::DeliveryTurns> turns{executor};
  std::shared_ptr<DeliveryLine> line = DeliveryLines(executor, turns).share(executor);
  keyspace::Keyspace keyspace;
  OneListener observers;
  Tracking tracking{keyspace, observers, pool};
  std::vector<io::Stream> peers;
  std::vector<std::unique_ptr<protocol::Connection>> connections;
  std::vector<MailboxPtr> mailboxes;
};

std::string told(std::string_view key) {
  return ">2\r\n$10\r\ninvalidate\r\n*1\r\n$" + std::to_string(key.size()) + "\r\n" +
         std::string(key) + "\r\n";
}

TEST(TrackingTest, ListensOnlyWhileSomebodyTracks) {
  Tracked all;
  EXPECT_EQ(all.observers.listener, nullptr);
  all.tracking.enable(1, nullptr, {});
  EXPECT_EQ(all.observers.listener, &all.tracking);
  all.tracking.remember(1, 0, Names{"a"});
  all.tracking.disable(1);
  EXPECT_EQ(all.observers.listener, nullptr);
  EXPECT_EQ(all.tracking.totals().keys, 0U);
}

TEST(TrackingTest, TellsEachReaderOnce) {
  Tracked all;
  all.tracking.enable(1, nullptr, {});
  all.tracking.enable(2, nullptr, {});
  all.tracking.remember(1, 0, Names{"a", "b"});
  all.tracking.remember(1, 0, Names{"a"});
  all.tracking.remember(2, 0, Names{"a"});
  EXPECT_EQ(all.tracking.totals().keys, 2U);
  EXPECT_EQ(all.tracking.totals().items, 3U);
  all.change("a", 1);
  all.change("a");
  all.change("a");
  EXPECT_EQ(all.received(1), told("a"));
  EXPECT_EQ(all.received(2), told("a"));
  EXPECT_EQ(all.tracking.totals().items, 1U);
}

TEST(TrackingTest, WhoMayNotReadTheDatabaseHearsNothingOfIt) {
  Tracked all;
  TrackingMode everything;
  everything.broadcast = true;
  everything.prefixes.emplace();
  all.tracking.enable(1, nullptr, everything);
  all.mailboxes[0]->readable = keyspace::database_bit(0);
  all.change("secret", 3);
  all.tracking.about_to_flush(3);
  all.tracking.operation_done();
  EXPECT_EQ(all.received(1), "");
  all.change("open");
  EXPECT_EQ(all.received(1), told("open"));
}

TEST(TrackingTest, HeldInvalidationsComeAfterTheReply) {
  Tracked all;
  all.tracking.enable(1, nullptr, {});
  all.mailboxes[0]->hold_invalidations();
  all.tracking.remember(1, 0, Names{"a"});
  all.change("a");
  EXPECT_EQ(all.received(1), "");
  all.mailboxes[0]->let_invalidations_go();
  EXPECT_EQ(all.received(1), told("a"));
}

// What there is no memory for is given up, and told: nobody is left with an old value.
TEST(TrackingTest, KeysHaveAShareOfTheMemory) {
  Tracked all;
  all.tracking.enable(1, nullptr, {});
  std::size_t bytes = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::string key = "key:" + std::to_string(i);
    all.tracking.remember(1, 0, Names{key});
    bytes += all.received(1).size();
  }
  EXPECT_GT(bytes, 0U);
  EXPECT_LT(all.tracking.totals().keys, 3000U);
  EXPECT_LE(all.pool.used(), all.pool.limit() + 4 * kKiB);
  all.tracking.disable(1);
}

}  // namespace
}  // namespace octavo::redis
