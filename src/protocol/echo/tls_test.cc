// TLS that begins in the dialogue, and TLS that comes first.

#include "protocol/common/ended.h"
#include "protocol/echo/test_support.h"

namespace octavo::echo {
namespace {

class EchoTls : public Echo {
 protected:
  bool shows_tls() const { return connections_.list().at(0)->tls; }
};

TEST_F(EchoTls, BeginsInTheDialogue) {
  serve_with_tls();
  const auto client = connect();
  EXPECT_EQ(client->ask("in plain"), "in plain");
  EXPECT_FALSE(shows_tls());
  EXPECT_EQ(client->ask("STARTTLS"), "OK");
  ASSERT_TRUE(client->start_tls(*certificate().client));
  EXPECT_EQ(client->ask("in secret"), "in secret");
  EXPECT_TRUE(shows_tls());
  EXPECT_EQ(client->ask("LOGIN ada open"), "ERROR wrong user or password");
  EXPECT_EQ(client->ask("LOGIN ada sesame"), "OK");
  EXPECT_EQ(client->ask(R"(PUT t {"id":1,"a":1})"), "OK");
  EXPECT_EQ(client->ask("FEED t"), "OK");
  EXPECT_EQ(client->line(), R"(CHANGE null {"id":1,"a":1})");
}

TEST_F(EchoTls, BeginsOnceAndBeforeTheLogin) {
  serve_with_tls();
  const auto client = connect();
  EXPECT_EQ(client->ask("STARTTLS"), "OK");
  ASSERT_TRUE(client->start_tls(*certificate().client));
  EXPECT_EQ(client->ask("STARTTLS"), "ERROR no TLS to begin");
  EXPECT_EQ(client->ask("the dialogue goes on"), "the dialogue goes on");
  EXPECT_EQ(log_in("ada")->ask("STARTTLS"), "ERROR begin TLS before you log in");
}

TEST_F(EchoTls, IsNotThereWithoutACertificateOrWhenItIsOff) {
  serve();
  EXPECT_EQ(connect()->ask("STARTTLS"), "ERROR no TLS to begin");
  stop();
  serve_with_tls({{"echo-tls", "off"}});
  EXPECT_EQ(connect()->ask("STARTTLS"), "ERROR no TLS to begin");
}

TEST_F(EchoTls, WhereItIsRequiredNobodyLogsInInPlain) {
  serve_with_tls({{"echo-tls", "on"}});
  const auto client = connect();
  EXPECT_EQ(client->ask("LOGIN ada sesame"), "ERROR begin TLS first");
  EXPECT_EQ(client->ask("SCRAM n,,n=ada,r=nonce"), "ERROR begin TLS first");
  EXPECT_EQ(client->ask("PUT t {}"), "ERROR log in first");
  EXPECT_EQ(client->ask("STARTTLS"), "OK");
  ASSERT_TRUE(client->start_tls(*certificate().client));
  EXPECT_EQ(client->ask("LOGIN ada sesame"), "OK");
}

// Whoever sits in the middle has put it there.
TEST_F(EchoTls, ALineInPlainBehindTheRequestIsNotAnswered) {
  serve_with_tls();
  const auto client = connect();
  client->send("STARTTLS\nLOGIN ada sesame\n");
  EXPECT_EQ(client->rest(), "OK\n");
}

// In the dialogue and in front of it: as long as the one setting says.
TEST_F(EchoTls, AHalfHandshakeIsTimedOut) {
  serve_with_tls({{"handshake-timeout", "100ms"}});
  const std::uint64_t before = protocol::ended_counter(protocol::Ended::handshake).value();
  const std::string half_a_hello("\x16\x03\x01\x02\x00\x01", 6);
  const auto late = connect();
  EXPECT_EQ(late->ask("STARTTLS"), "OK");
  late->send(half_a_hello);
  EXPECT_EQ(late->rest(), "");
  const auto early = connect("echo-http");
  early->send(half_a_hello);
  EXPECT_EQ(early->rest(), "");
  EXPECT_EQ(protocol::ended_counter(protocol::Ended::handshake).value(), before + 2);
  EXPECT_EQ(connect()->ask("others go on"), "others go on");
}

// Its line waits as long as it likes before it asks.
TEST_F(EchoTls, ADialogueInPlainHasNoSuchLimit) {
  serve_with_tls({{"handshake-timeout", "100ms"}});
  const auto patient = connect();
  EXPECT_EQ(patient->ask("hello"), "hello");
  const auto other = connect();
  EXPECT_EQ(other->ask("STARTTLS"), "OK");
  EXPECT_EQ(other->rest(), "");  // by now the time is over
  EXPECT_EQ(patient->ask("STARTTLS"), "OK");
  EXPECT_TRUE(patient->start_tls(*certificate().client));
  EXPECT_EQ(patient->ask("hello"), "hello");
}

TEST_F(EchoTls, ADrainEndsAHandshake) {
  serve_with_tls();
  const auto client = connect();
  EXPECT_EQ(client->ask("STARTTLS"), "OK");
  stop();
  EXPECT_EQ(client->rest(), "");
}

TEST_F(EchoTls, MayComeFirst) {
  serve_with_tls();
  const auto client = connect("echo-http");
  ASSERT_TRUE(client->start_tls(*certificate().client));
  client->send("GET /jobs HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client->until("\r\n\r\n").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(shows_tls()) << "listed once the server has its side of the handshake";
  // In plain it has nothing to say to such a port.
  const auto plain = connect("echo-http");
  plain->send("GET /jobs HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain->rest().find("HTTP"), std::string::npos);
}

}  // namespace
}  // namespace octavo::echo
