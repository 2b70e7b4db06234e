// Logins over a socket: passwords by each way, TLS begun in the dialogue, clients as they are.

#include "protocol/mysql/test_support.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;

class Login : public Served {};

TEST_F(Login, AnAdministratorWithoutAPasswordComesIn) {
  begin();
  for (const char* name : {"admin", "root"}) {
    const auto client = connect();
    EXPECT_TRUE(
        client->greeting().starts_with("\x0a"
                                       "8.0."));
    EXPECT_EQ(client->log_in({.user = name}), kOk);
    EXPECT_EQ(client->next_number(), 3);
    EXPECT_EQ(connections_.list().back()->attribute("user"), "admin");
    EXPECT_EQ(client->ask("\x0e"), kOk);
  }
  EXPECT_EQ(number_of(connect()->log_in({.password = "guess"})), 1045U);
  // Without plugins, as the oldest clients of 4.1 came.
  constexpr Capabilities kOld = capability::kProtocol41 | capability::kSecureConnection;
  EXPECT_EQ(connect()->log_in({.capabilities = kOld}), kOk);
}

TEST_F(Login, APasswordGoesThroughTlsOnceAndIsKnownThen) {
  begin_with_tls();
  Said said = ada();
  said.capabilities |= capability::kTls;
  const auto first = connect();
  EXPECT_EQ(first->log_in(said), kOk);
  EXPECT_EQ(first->next_number(), 6);  // digest, 01 04, password, OK
  EXPECT_EQ(first->rows("SELECT 1"), (std::vector<Row>{{"1"}}));
  const auto second = connect();
  EXPECT_EQ(second->log_in(said), kOk);
  EXPECT_EQ(second->next_number(), 5);  // digest, 01 03, OK
  EXPECT_TRUE(connections_.list().back()->tls);
}

TEST_F(Login, APasswordGoesEncryptedWithoutTls) {
  begin();
  EXPECT_EQ(connect()->log_in(ada()), kOk);
  Said known = ada();
  const auto client = connect();
  EXPECT_EQ(client->log_in(known), kOk);
  EXPECT_EQ(client->next_number(), 4);
  // Another password makes what is known worthless.
  add_user("ada", {.read = true}, "other");
  EXPECT_EQ(number_of(connect()->log_in(known)), 1045U);
  known.password = "other";
  EXPECT_EQ(connect()->log_in(known), kOk);
}

TEST_F(Login, WrongAndUnknownAreTheSame) {
  begin();
  for (const char* name : {"ada", "nobody"}) {
    EXPECT_EQ(
        error_of(connect()->log_in({.user = name, .password = "guess"})),
        (std::pair<unsigned, std::string>(1045U, "Access denied for user '" + std::string(name) +
                                                     "'@'127.0.0.1' (using password: YES)")));
    EXPECT_EQ(
        error_of(connect()->log_in({.user = name})),
        (std::pair<unsigned, std::string>(1045U, "Access denied for user '" + std::string(name) +
                                                     "'@'127.0.0.1' (using password: NO)")));
  }
  EXPECT_EQ(number_of(connect()->log_in({.user = "ada", .password = "guess"})), 1045U);
  EXPECT_EQ(number_of(connect()->log_in(ada())), 1129U);
}

TEST_F(Login, TheOldPluginIsSwitched) {
  begin();
  Said said = ada();
  said.plugin = "mysql_native_password";
  EXPECT_EQ(connect()->log_in(said), kOk);
  said.capabilities &= ~capability::kPluginAuth;
  EXPECT_EQ(number_of(connect()->log_in(said)), 1251U);
}

TEST_F(Login, WhereTlsIsRequiredNobodyComesInWithout) {
  begin_with_tls({{"mysql-tls", "on"}});
  EXPECT_EQ(number_of(connect()->log_in({})), 3159U);
  EXPECT_EQ(connect()->log_in({.capabilities = kUsual | capability::kTls}), kOk);
}

// Whoever sits in the middle has put it there.
TEST_F(Login, PacketsInPlainBehindTheRequestAreNotTaken) {
  begin_with_tls();
  const auto client = connect();
  client->set_said({.capabilities = kUsual | capability::kTls});
  Bytes both;
  Sequence sequence{1};
  PacketWriter(both, sequence).put(client->response().substr(0, 32));
  PacketWriter(both, sequence).put(client->response());
  client->stream().send(both);
  EXPECT_EQ(client->stream().rest(), "");
}

TEST_F(Login, ADatabaseIsUsedAndTracked) {
  begin();
  EXPECT_EQ(number_of(connect()->log_in({.database = "nowhere"})), 1049U);
  const Said said{.capabilities = kUsual | capability::kSessionTrack, .database = "fx"};
  EXPECT_EQ(connect()->log_in(said), "\x00\x00\x00\x02\x40\x00\x00\x00\x05\x01\x03\x02\x66\x78"s);
}

TEST_F(Login, HalfALoginIsTimedOut) {
  begin({{"handshake-timeout", "100ms"}});
  const auto client = connect();
  client->stream().send("\x40\x00\x00\x01\x0d"s);
  EXPECT_EQ(client->stream().rest(), "");
}

TEST_F(Login, AClientBeyondTheLimitIsTold) {
  begin({{"max-connections", "1"}});
  const auto first = log_in();
  EXPECT_EQ(ServedTest::connect("mysql")->rest(),
            "\x17\x00\x00\x00\xff\x10\x04Too many connections"s);
}

TEST_F(Login, WhatIsTooLargeForALoginIsRefused) {
  begin();
  const auto client = connect();
  client->put(Bytes(1 << 20, 'x'));
  EXPECT_EQ(number_of(client->read()), 1153U);
  EXPECT_EQ(client->read(), "");
}

// What the clients of facts are known to say, each with a result and an error behind it.
TEST_F(Login, ClientsAreServedAsTheySayTheyAre) {
  begin();
  const std::pair<const char*, Capabilities> clients[] = {
      {"PyMySQL", 0x003aa20d},       {"Connector/Python", 0x181ba20d},
      {"mysqlclient", 0x00bea28d},   {"mysql2", 0x18baf3cf},
      {"mysql", 0x19bfa28d},         {"mariadb", 0x00bfa28d},
      {"go-sql-driver", 0x003ea28d},
  };
  for (const auto& [name, capabilities] : clients) {
    SCOPED_TRACE(name);
    const auto client = connect();
    EXPECT_TRUE(client->log_in({.capabilities = capabilities}).starts_with("\0\0\0\x02"s));
    const std::string prefix =
        (capabilities & capability::kQueryAttributes) != 0 ? "\0\1"s : std::string();
    const Bytes first = client->query(prefix + "SELECT 1");
    EXPECT_EQ(first, "\x01");
    const ResultSet result = client->result_set(first);
    ASSERT_EQ(result.packets.size(), 1U);
    EXPECT_EQ(result.packets[0], "\x01\x31");
    const bool deprecates = (capabilities & capability::kDeprecateEof) != 0;
    EXPECT_EQ(result.ending,
              deprecates ? "\xfe\x00\x00\x02\x00\x00\x00"s : "\xfe\x00\x00\x02\x00"s);
    EXPECT_EQ(number_of(client->query(prefix + "SELEC")), 1064U);
    client->put_command("\x01");
    EXPECT_EQ(client->read(), "");
  }
}

TEST_F(Login, AnotherUserTakesOver) {
  begin();
  const auto client = log_in({.capabilities = kUsual, .database = "fx"});
  EXPECT_EQ(client->ask("\x16INSERT").front(), '\0');
  client->set_said(ada());
  client->put_command("\x11"s + "ada\0\0fy\0\x2d\0caching_sha2_password\0"s);
  EXPECT_EQ(client->go_on(), kOk);
  EXPECT_EQ(connections_.list().at(0)->attribute("user"), "ada");
  EXPECT_EQ(connections_.list().at(0)->attribute("db"), "fy");
  EXPECT_EQ(number_of(client->ask("\x17\x01\0\0\0\0\1\0\0\0"s)), 1243U);
  // A wrong password ends the connection.
  client->set_said({.user = "ada", .password = "guess"});
  client->put_command("\x11"s + "ada\0\0\0\x2d\0caching_sha2_password\0"s);
  EXPECT_EQ(number_of(client->go_on()), 1045U);
  EXPECT_EQ(client->read(), "");
}

}  // namespace
}  // namespace octavo::mysql
