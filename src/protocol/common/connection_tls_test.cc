#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

#include "io/scope.h"
#include "io/tls_testing.h"
#include "protocol/common/handshake_deadline.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

constexpr std::string_view kRequest = "TLS\n";
constexpr std::string_view kGo = "go\n";
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

const io::TestCertificate& certificate() {
  static const io::TestCertificate one;
  return one;
}

std::string read_all(io::Stream& stream) {
  std::string all(300'000, '\0');
  const io::IoOutcome outcome = stream.try_read(all);
  all.resize(outcome.kind == io::IoOutcome::Kind::done ? outcome.bytes : 0);
  return all;
}

// A server that is asked for TLS in plain, and what stands between it and its client: the test
// passes on what the client sends, in pieces as it likes.
struct Fixture : TestConnection {
  explicit Fixture(TlsOffer offer = TlsOffer::offered) : scope(loop.executor) {
    connection->offer_tls(certificate().server, offer);
    auto streams = *io::stream_pair(loop.executor);
    client.emplace(std::move(streams.first));
    client_side.emplace(std::move(streams.second));
  }
  ~Fixture() {
    connection->abort();
    client->interrupt();
    loop.run(scope.stop());
  }

  // `fill` until so much has come, then TLS, then an echo.
  io::Task<void> serve(std::size_t first_bytes) {
    while (connection->input().size() < first_bytes) {
      const bool more = co_await connection->fill();
      if (!more) co_return;
    }
    EXPECT_TRUE(connection->input().starts_with(kRequest));
    connection->consume(kRequest.size());
    connection->output() += kGo;
    secured = co_await connection->start_tls();
    while (*secured) {
      const bool more = co_await connection->fill();
      if (!more) break;
      connection->output() += connection->input();
      connection->consume(connection->input().size());
      const bool sent = co_await connection->flush();
      if (!sent) break;
    }
  }
  io::Task<void> serve_and_finish(std::size_t first_bytes) {
    co_await serve(first_bytes);
    co_await connection->finish();
  }
  void start(std::size_t first_bytes = kRequest.size()) {
    scope.spawn(serve_and_finish(first_bytes));
  }

  io::Task<void> write(std::string bytes) {
    const Status written = co_await client->write_all(bytes);
    EXPECT_TRUE(written.has_value());
  }
  // Shakes hands, says something and waits for the echo.
  io::Task<void> talk(std::string question) {
    const Status done = co_await client->start_tls_client(*certificate().client, "localhost");
    if (!done) co_return;
    scope.spawn(write(question));
    char buffer[4096];
    while (answer.size() < question.size()) {
      const Result<std::size_t> size = co_await client->read_some(buffer);
      if (!size || *size == 0) co_return;
      answer.append(buffer, *size);
    }
  }

  void send(std::string_view bytes) {
    EXPECT_EQ(peer->try_write(bytes).bytes, bytes.size());
    loop.settle();
  }
  // The client's first flight, which it sends without waiting for an answer.
  std::string first_flight(std::string question) {
    scope.spawn(talk(std::move(question)));
    loop.settle();
    return read_all(*client_side);
  }
  // Passes on what both say, the client's words in pieces, until nothing more comes.
  void pass(std::size_t piece = kAll) {
    for (bool moved = true; moved;) {
      loop.settle();
      pending += read_all(*client_side);
      moved = !pending.empty();
      if (moved) {
        const std::string_view next = std::string_view(pending).substr(0, piece);
        pending.erase(0, peer->try_write(next).bytes);
        loop.settle();
      }
      received += read_all(*peer);
      moved = moved || received.size() > passed_back;
      const std::string_view back = std::string_view(received).substr(passed_back);
      passed_back += client_side->try_write(back).bytes;
    }
  }
  // What came in plain is not the client's TLS.
  void take_go() {
    received += read_all(*peer);
    EXPECT_TRUE(received.starts_with(kGo)) << received;
    passed_back = kGo.size();
  }
  bool shows_tls() const { return connection->info().tls; }

  io::Scope scope;
  std::optional<io::Stream> client;
  std::optional<io::Stream> client_side;
  std::optional<bool> secured;
  std::string answer;    // what the client was told under TLS
  std::string pending;   // of the client, not passed on yet
  std::string received;  // of the server, from its first byte
  std::size_t passed_back = 0;
};

TEST(ConnectionTls, BeginsInsideOfTheDialogue) {
  Fixture f(TlsOffer::required);
  EXPECT_EQ(f.connection->tls_offer(), TlsOffer::required);
  f.start();
  f.send(kRequest);
  EXPECT_FALSE(f.secured.has_value());
  f.take_go();
  EXPECT_EQ(f.received, kGo);  // in plain, before the handshake
  EXPECT_FALSE(f.shows_tls());
  f.pending = f.first_flight("hello");
  f.pass();
  EXPECT_EQ(f.secured, true);
  EXPECT_EQ(f.answer, "hello");
  EXPECT_TRUE(f.shows_tls());
}

TEST(ConnectionTls, HandshakeBytesMayComeWithTheRequestInPart) {
  std::size_t size = 1;
  for (std::size_t cut = 0; cut <= size; ++cut) {
    Fixture f;
    const std::string flight = f.first_flight("hello");
    size = flight.size();
    f.start(kRequest.size() + cut);
    f.send(std::string(kRequest) + flight.substr(0, cut));
    f.take_go();
    f.pending = flight.substr(cut);
    f.pass();
    ASSERT_EQ(f.secured, true) << cut;
    ASSERT_EQ(f.answer, "hello") << cut;
  }
  EXPECT_GT(size, 100U);
}

TEST(ConnectionTls, HandshakeBytesMayComeOneByOne) {
  Fixture f;
  f.start();
  f.send(kRequest);
  f.take_go();
  f.pending = f.first_flight("hello");
  f.pass(1);
  EXPECT_EQ(f.secured, true);
  EXPECT_EQ(f.answer, "hello");
}

// Both waits of the connection work as before.
TEST(ConnectionTls, CarriesMuchAfterwards) {
  Fixture f;
  f.start();
  f.send(kRequest);
  f.take_go();
  const std::string much(3'000'000, 'x');
  f.pending = f.first_flight(much);
  f.pass();
  EXPECT_EQ(f.answer.size(), much.size());
}

// CVE-2021-23222 and its kind: what somebody in the middle puts behind the request is no request.
TEST(ConnectionTls, WhatIsSentInPlainBehindTheRequestIsNotAnswered) {
  for (const bool with_a_handshake : {false, true}) {
    Fixture f;
    std::string flight = f.first_flight("hello");
    if (!with_a_handshake) flight.clear();
    const std::string all = std::string(kRequest) + "PING\n" + flight;
    f.start(all.size());
    f.send(all);
    f.loop.settle();
    EXPECT_EQ(f.secured, false);
    f.take_go();
    EXPECT_EQ(f.received.find("PING"), std::string::npos);
    EXPECT_FALSE(f.shows_tls());
    EXPECT_TRUE(f.connection->token().cancelled());
  }
}

TEST(ConnectionTls, MoreThanAFirstFlightIsNoHandshake) {
  Fixture f;
  const std::string all = std::string(kRequest) + std::string(70'000, '\x16');
  f.start(all.size());
  f.send(all);
  EXPECT_EQ(f.secured, false);
  EXPECT_EQ(read_all(*f.peer), kGo);
}

TEST(ConnectionTls, ADrainEndsTheHandshake) {
  Fixture f;
  const std::string flight = f.first_flight("hello");
  f.start();
  f.send(std::string(kRequest) + flight.substr(0, flight.size() / 2));
  EXPECT_FALSE(f.secured.has_value());
  f.connection->begin_drain();
  f.loop.settle();
  EXPECT_EQ(f.secured, false);

  Fixture drained;
  drained.start();
  drained.connection->begin_drain();
  drained.send(kRequest);
  EXPECT_NE(drained.secured, true);
}

TEST(ConnectionTls, TheDeadlineOfTheDialogueHolds) {
  Fixture f;
  const HandshakeDeadline deadline(*f.connection, [] { return false; });
  const std::string flight = f.first_flight("hello");
  f.start();
  f.send(std::string(kRequest) + flight.substr(0, flight.size() / 2));
  f.loop.advance(ConnectionLimits().handshake_timeout - std::chrono::seconds(1));
  EXPECT_FALSE(f.secured.has_value());
  f.loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(f.secured, false);
}

// However long the dialogue has gone on by then.
TEST(ConnectionTls, TheHandshakeHasADeadlineOfItsOwn) {
  Fixture f;
  const std::uint64_t ended = ended_counter(Ended::handshake).value();
  f.start();
  f.loop.advance(10 * ConnectionLimits().handshake_timeout);
  f.send(std::string(kRequest) + std::string("\x16\x03\x01"));
  f.loop.advance(ConnectionLimits().handshake_timeout - std::chrono::seconds(1));
  EXPECT_FALSE(f.secured.has_value());
  f.loop.advance(std::chrono::seconds(1));
  EXPECT_EQ(f.secured, false);
  EXPECT_EQ(ended_counter(Ended::handshake).value(), ended + 1);
}

TEST(ConnectionTls, BeginsOnce) {
  Fixture f(TlsOffer::required);
  EXPECT_TRUE(f.connection->needs_tls());
  f.start();
  f.send(kRequest);
  f.take_go();
  f.pending = f.first_flight("hello");
  f.pass();
  EXPECT_FALSE(f.connection->needs_tls());
  EXPECT_FALSE(f.connection->may_start_tls());

  Fixture offered;
  EXPECT_TRUE(offered.connection->may_start_tls());
  EXPECT_FALSE(offered.connection->needs_tls());
  const TestConnection none;
  EXPECT_FALSE(none.connection->may_start_tls());
}

TEST(ConnectionTls, AClientMayGoAway) {
  Fixture f;
  f.start();
  f.send(kRequest);
  f.peer.reset();
  f.loop.settle();
  EXPECT_EQ(f.secured, false);
}

}  // namespace
}  // namespace octavo::protocol
