#include "protocol/common/listener.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <limits>
#include <stdexcept>
#include <string>

#include "io/event.h"
#include "io/tls_testing.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

io::Task<void> echo(Connection& connection, std::size_t) {
  for (;;) {
    const bool more = co_await connection.fill();
    if (!more) co_return;
    connection.output() += connection.input();
    connection.consume(connection.input().size());
    co_await connection.flush();
  }
}

// A server of one listener and a client thread.
struct Fixture {
  explicit Fixture(Serve serve, ListenerPort port = {},
                   std::size_t max_connections = kDefaultMaxConnections)
      : runtime({.threads = 2}) {
    ListenerOptions options;
    options.name = "test";
    options.max_connections = max_connections;
    port.bind = {io::SocketAddress()};
    options.ports.push_back(std::move(port));
    listener = std::make_unique<Listener>(runtime, table, std::move(options), std::move(serve));
    const Status started = listener->start();
    EXPECT_TRUE(started.has_value());
  }
  ~Fixture() { listener->stop(10s); }

  io::SocketAddress address() const { return listener->addresses().front().address; }
  io::Executor& client() { return runtime.at(1); }

  io::Runtime runtime;
  ConnectionTable table;
  std::unique_ptr<Listener> listener;
};

io::Task<std::string> ask(io::Stream& stream, std::string question, std::size_t answer_bytes) {
  (void)co_await stream.write_all(question);
  std::string answer;
  char buffer[4096];
  while (answer.size() < answer_bytes) {
    const Result<std::size_t> size = co_await stream.read_some(buffer);
    if (!size || *size == 0) break;
    answer.append(buffer, *size);
  }
  co_return answer;
}

io::Task<std::string> ask_once(io::SocketAddress address, std::string question,
                               std::size_t answer_bytes) {
  Result<io::Stream> stream = co_await io::connect(address);
  if (!stream) co_return stream.error().what;
  co_return co_await ask(*stream, std::move(question), answer_bytes);
}

// Connects, asks, tells that it did, and reads until the server hangs up.
io::Task<std::string> ask_and_stay(io::SocketAddress address, std::string question,
                                   std::size_t answer_bytes, std::atomic<bool>& asked) {
  Result<io::Stream> stream = co_await io::connect(address);
  std::string all = co_await ask(*stream, std::move(question), answer_bytes);
  asked.store(true);
  asked.notify_all();
  constexpr std::size_t kUntilTheEnd = std::numeric_limits<std::size_t>::max();
  all += co_await ask(*stream, "", kUntilTheEnd);
  co_return all;
}

TEST(Listener, TotalsKeepWhatGoneConnectionsDid) {
  Fixture f(echo);
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "hello", 5)), "hello");
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "you", 3)), "you");
  EXPECT_EQ(f.listener->totals().bytes_in, 8U);
  f.listener->stop(10s);
  EXPECT_EQ(f.table.size(), 0U);
  EXPECT_EQ(f.listener->totals().bytes_in, 8U);
  EXPECT_EQ(f.listener->totals().bytes_out, 8U);
}

io::Task<void> name_the_port(Connection& connection, std::size_t port) {
  connection.output() += "port " + std::to_string(port) + " of " + connection.info().protocol;
  co_return;
}

TEST(Listener, TellsTheSessionThroughWhichPortItsClientCame) {
  io::Runtime runtime({.threads = 2});
  ConnectionTable table;
  ListenerOptions options;
  options.name = "test";
  options.ports.resize(3);  // the second is off
  options.ports[0].bind = {io::SocketAddress()};
  options.ports[2].bind = {io::SocketAddress(), io::SocketAddress()};
  Listener listener(runtime, table, std::move(options), name_the_port);
  ASSERT_TRUE(listener.start().has_value());
  ASSERT_EQ(listener.addresses().size(), 3U);
  for (const ListenerAddress& at : listener.addresses()) {
    EXPECT_EQ(io::block_on(runtime.at(1), ask_once(at.address, "", 100)),
              "port " + std::to_string(at.port) + " of test");
  }
  EXPECT_EQ(listener.port_number(0), listener.addresses()[0].address.port);
  EXPECT_EQ(listener.port_number(1), 0);
  EXPECT_EQ(listener.port_number(2), listener.addresses()[1].address.port);
  listener.stop(10s);
  EXPECT_EQ(listener.accepted(), 3U);
}

// The limit is one over all ports.
TEST(Listener, CountsTheConnectionsOfAllPortsTogether) {
  io::Runtime runtime({.threads = 2});
  ConnectionTable table;
  ListenerOptions options;
  options.max_connections = 1;
  options.ports.resize(2);
  for (ListenerPort& port : options.ports) port.bind = {io::SocketAddress()};
  options.ports[1].refusal = "full\n";
  Listener listener(runtime, table, std::move(options), echo);
  ASSERT_TRUE(listener.start().has_value());
  std::atomic<bool> asked{false};
  std::thread second([&] {
    asked.wait(false);
    EXPECT_EQ(io::block_on(runtime.at(0), ask_once(listener.addresses()[1].address, "x", 100)),
              "full\n");
    table.kill(table.list().at(0)->id);
  });
  EXPECT_EQ(
      io::block_on(runtime.at(1), ask_and_stay(listener.addresses()[0].address, "first", 5, asked)),
      "first");
  second.join();
  listener.stop(10s);
}

TEST(Listener, ServesAndForgets) {
  Fixture f(echo);
  EXPECT_NE(f.address().port, 0);
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "hello", 5)), "hello");
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "again", 5)), "again");
  EXPECT_EQ(f.listener->accepted(), 2U);
  f.listener->stop(10s);
  EXPECT_EQ(f.table.size(), 0U);
  EXPECT_EQ(f.listener->connections(), 0U);
}

TEST(Listener, ListsAndKillsConnections) {
  Fixture f(echo);
  std::atomic<bool> asked{false};
  std::thread killer([&] {
    asked.wait(false);
    const auto all = f.table.list();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0]->protocol, "test");
    EXPECT_EQ(all[0]->local, f.address());
    EXPECT_EQ(all[0]->bytes_in.get(), 3U);
    EXPECT_TRUE(f.table.kill(all[0]->id));
  });
  EXPECT_EQ(io::block_on(f.client(), ask_and_stay(f.address(), "abc", 3, asked)), "abc");
  killer.join();
}

TEST(Listener, RefusesPolitelyOverItsLimit) {
  Fixture f(echo, {.bind = {}, .refusal = "too many\n", .tls = {}, .tls_offer = {}, .limits = {}},
            1);
  std::atomic<bool> asked{false};
  std::thread second([&] {
    asked.wait(false);
    EXPECT_EQ(io::block_on(f.runtime.at(0), ask_once(f.address(), "x", 100)), "too many\n");
    f.table.kill(f.table.list().at(0)->id);
  });
  EXPECT_EQ(io::block_on(f.client(), ask_and_stay(f.address(), "first", 5, asked)), "first");
  second.join();
  EXPECT_EQ(f.listener->refused(), 1U);
}

io::Task<void> complain(Connection& connection, std::size_t) {
  co_await connection.fill();
  connection.output() += "-ERR this is not how we speak\r\n";
}

// Megabytes that the session never read must not cost the client the last reply.
TEST(Listener, LastWordsReachAClientThatStillSends) {
  Fixture f(complain);
  const std::string flood(3'000'000, 'x');
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), flood, 31)),
            "-ERR this is not how we speak\r\n");
}

io::Task<void> throw_up(Connection& connection, std::size_t) {
  co_await connection.fill();
  throw std::runtime_error("a bug");
}

TEST(Listener, ASessionThatThrowsCostsItsConnectionOnly) {
  Fixture f(throw_up);
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "x", 1)), "");
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "y", 1)), "");
}

// Answers "ready", then waits for one of the tokens and says which.
io::Task<void> wait_for_drain(Connection& connection, std::size_t) {
  connection.output() += "ready";
  co_await connection.flush();
  io::Event never;
  co_await never.wait(connection.drain_token());
  connection.output() += connection.token().cancelled() ? " cancelled" : " drained";
}

io::Task<void> wait_for_cancel(Connection& connection, std::size_t) {
  connection.output() += "ready";
  co_await connection.flush();
  io::Event never;
  co_await never.wait(connection.token());
  connection.output() += connection.draining() ? " cancelled" : " early";
}

io::Task<void> wait_for_nothing(Connection& connection, std::size_t) {
  connection.output() += "ready";
  co_await connection.flush();
  io::Event never;
  co_await never.wait(connection.token());
  // Fills the socket, and is only freed from that by its end.
  connection.output() += std::string(20 * kMiB, 'x');
  co_await connection.flush();
}

std::string stop_while_open(Serve serve, Nanoseconds grace) {
  Fixture f(std::move(serve));
  std::atomic<bool> asked{false};
  std::thread stopper([&] {
    asked.wait(false);
    f.listener->stop(grace);
  });
  std::string answer = io::block_on(f.client(), ask_and_stay(f.address(), "", 5, asked));
  stopper.join();
  EXPECT_EQ(f.table.size(), 0U);
  return answer;
}

TEST(Listener, DrainFinishesWhatRuns) {
  EXPECT_EQ(stop_while_open(wait_for_drain, 1h), "ready drained");
  EXPECT_EQ(stop_while_open(wait_for_cancel, 1ms), "ready cancelled");
}

io::Task<void> stay_silent(io::SocketAddress address, io::Event& release,
                           std::atomic<bool>& connected) {
  Result<io::Stream> stream = co_await io::connect(address);
  connected.store(true);
  connected.notify_all();
  co_await release.wait();
}

TEST(Listener, StopsInSpiteOfAClientThatNeverReads) {
  Fixture f(wait_for_nothing);
  std::atomic<bool> connected{false};
  io::Event release;
  std::thread stopper([&] {
    connected.wait(false);
    f.listener->stop(4ms);
    release.set();
  });
  io::block_on(f.client(), stay_silent(f.address(), release, connected));
  stopper.join();
  EXPECT_EQ(f.listener->connections(), 0U);
}

io::Task<std::size_t> hold_many(io::SocketAddress address, std::size_t count,
                                const ConnectionTable& table) {
  std::deque<io::Stream> streams;
  for (std::size_t i = 0; i < count; ++i) {
    Result<io::Stream> stream = co_await io::connect(address);
    if (!stream) co_return 0;
    streams.push_back(std::move(*stream));
    const std::string answer = co_await ask(streams.back(), "x", 1);
    if (answer != "x") co_return 0;
  }
  co_return table.size();
}

TEST(Listener, HoldsManyIdleConnections) {
  const std::size_t descriptors = io::raise_descriptor_limit();
  const std::size_t count = std::min<std::size_t>(2000, (descriptors - 100) / 2);
  Fixture f(echo);
  EXPECT_EQ(io::block_on(f.client(), hold_many(f.address(), count, f.table)), count);
}

TEST(Listener, AnAddressInUseIsAnError) {
  Fixture f(echo);
  ListenerOptions options;
  options.name = "second";
  options.ports.resize(1);
  options.ports[0].bind = {io::SocketAddress(), f.address()};
  Listener second(f.runtime, f.table, std::move(options), echo);
  const Status started = second.start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Code::already_exists);
  EXPECT_NE(started.error().what.find(io::format_address(f.address())), std::string::npos);
}

io::Task<std::string> ask_tls(io::SocketAddress address, const io::TlsContext& context) {
  Result<io::Stream> stream = co_await io::connect(address);
  const Status secured = co_await stream->start_tls_client(context, "127.0.0.1");
  if (!secured) co_return secured.error().what;
  co_return co_await ask(*stream, "secret", 6);
}

TEST(Listener, SpeaksTls) {
  const io::TestCertificate certificate("127.0.0.1");
  ListenerPort port;
  port.tls = certificate.server;
  Fixture f(echo, std::move(port));
  EXPECT_EQ(io::block_on(f.client(), ask_tls(f.address(), *certificate.client)), "secret");
  EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "plain\r\n\r\n", 5)), "");
}

io::Task<void> tell_the_offer(Connection& connection, std::size_t) {
  connection.output() += connection.tls_offer() == TlsOffer::required ? "required" : "other";
  co_await connection.flush();
  io::Event never;
  co_await never.wait(connection.drain_token());
}

// A port whose clients ask for TLS speaks plain at first, also when it turns somebody away.
TEST(Listener, OffersTlsInsideOfTheDialogue) {
  const io::TestCertificate certificate("127.0.0.1");
  ListenerPort port;
  port.tls = certificate.server;
  port.tls_offer = TlsOffer::required;
  port.refusal = "too many\n";
  Fixture f(tell_the_offer, std::move(port), 1);
  std::atomic<bool> asked{false};
  std::thread other([&] {
    asked.wait(false);
    EXPECT_EQ(io::block_on(f.client(), ask_once(f.address(), "", 9)), "too many\n");
    f.listener->stop(10s);
  });
  EXPECT_EQ(io::block_on(f.runtime.at(0), ask_and_stay(f.address(), "", 8, asked)), "required");
  other.join();
}

}  // namespace
}  // namespace octavo::protocol
