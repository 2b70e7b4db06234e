#include "protocol/redis/state/mailbox.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "io/socket.h"

namespace octavo::redis {
namespace {

// A millisecond passes whenever somebody looks.
class TickingClock final : public Clock {
 public:
  std::int64_t wall_ns() override { return monotonic_ns(); }
  std::int64_t monotonic_ns() override { return now_ns_ += 1'000'000; }

 private:
  std::int64_t now_ns_ = 1;
};

struct Listener {
  explicit Listener(io::Executor& executor, const std::shared_ptr<DeliveryLine>& line,
                    std::pair<io::Stream, io::Stream> streams)
      : peer(std::move(streams.second)),
        connection(std::make_unique<protocol::Connection>(
            std::move(streams.first), protocol::ConnectionLimits(),
            std::make_shared<protocol::ConnectionInfo>(protocol::ConnectionId{1}, "test",
                                                       io::SocketAddress(), io::SocketAddress(),
                                                       false, 0))),
        mailbox(std::make_shared<Mailbox>(line, connection.get())) {
    while (executor.poll()) {
    }
  }
  ~Listener() { go(); }
  void go() {
    mailbox->connection = nullptr;
    connection.reset();
  }
  std::string receive() {
    std::string all;
    char buffer[65536];
    for (io::IoOutcome read = peer.try_read(buffer); read.bytes > 0; read = peer.try_read(buffer)) {
      all.append(buffer, read.bytes);
    }
    return all;
  }

  io::Stream peer;
  std::unique_ptr<protocol::Connection> connection;
  MailboxPtr mailbox;
};

struct Mailboxes {
  explicit Mailboxes(int count) {
    for (int i = 0; i < count; ++i) {
      listeners.push_back(std::make_unique<Listener>(executor, line, *io::stream_pair(executor)));
    }
  }
  MessagePtr message(std::string text) {
    return std::make_shared<const Message>(pool, std::move(text));
  }
  void send(const MessagePtr& to_all) {
    Delivery delivery;
    for (const auto& listener : listeners) delivery.add(listener->mailbox, to_all);
    delivery.send();
  }
  void settle() {
    while (executor.poll()) {
    }
  }

  TickingClock clock;
  io::Executor executor{clock, "test"};
  MemoryPool pool{"memory", kGiB};
  io::PerExecutor<protocol::DeliveryTurns> turns{executor};
  std::shared_ptr<DeliveryLine> line = DeliveryLines(executor, turns).share(executor);
  std::vector<std::unique_ptr<Listener>> listeners;
};

TEST(MailboxTest, ServesManyInTurnsAndInOrder) {
  Mailboxes all(20);
  all.send(all.message("A"));
  all.executor.poll();
  all.executor.poll();
  EXPECT_EQ(all.listeners.front()->receive(), "A");
  EXPECT_EQ(all.listeners.back()->receive(), "");  // somebody else's turn
  all.send(all.message("B"));
  all.executor.poll();
  all.listeners[10]->go();  // before either reached it
  all.send(all.message("C"));
  all.settle();
  for (std::size_t i = 0; i < 20; ++i) {
    const std::string expected = i == 0 ? "BC" : i == 10 ? "" : "ABC";
    EXPECT_EQ(all.listeners[i]->receive(), expected) << i;
  }
  EXPECT_EQ(all.pool.used(), 0U);
}

TEST(MailboxTest, DoesNotRestWhileMuchWaits) {
  Mailboxes all(20);
  for (int i = 0; i < 100; ++i) all.send(all.message(std::string(100'000, 'x')));
  for (const auto& listener : all.listeners) listener->go();
  for (int i = 0; i < 100; ++i) all.executor.poll();
  EXPECT_LE(all.pool.used(), 5 * kMiB);
  all.settle();
  EXPECT_EQ(all.pool.used(), 0U);
}

TEST(MailboxTest, ALargeMessageIsThereOnceUntilTheLastHasSentIt) {
  Mailboxes all(3);
  const std::string text(kMiB, 'x');
  all.send(all.message(text));
  all.settle();
  EXPECT_GE(all.pool.used(), kMiB);
  EXPECT_LT(all.pool.used(), kMiB + 10'000);
  for (const auto& listener : all.listeners) {
    EXPECT_GE(all.pool.used(), kMiB);
    EXPECT_GT(listener->connection->unsent(), kMiB / 2);  // a socket takes less
    std::string received;
    while (received.size() < text.size()) {
      received += listener->receive();
      all.settle();
    }
    EXPECT_EQ(received, text);
  }
  EXPECT_EQ(all.pool.used(), 0U);
}

TEST(MailboxTest, SpeaksTheVersionOfEach) {
  Mailboxes all(2);
  all.listeners[1]->mailbox->protocol = 3;
  all.send(push_message(all.pool, {"message", "c", "m"}));
  all.send(all.message("+both"));
  all.settle();
  const std::string body = "3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n+both";
  EXPECT_EQ(all.listeners[0]->receive(), "*" + body);
  EXPECT_EQ(all.listeners[1]->receive(), ">" + body);
}

}  // namespace
}  // namespace octavo::redis
