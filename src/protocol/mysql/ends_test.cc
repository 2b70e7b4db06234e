// Clients that do it wrong, say nothing, or are ended by others.

#include "protocol/mysql/test_support.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;

class Ends : public Served {
 protected:
  void SetUp() override {
    Served::SetUp();
    add_user("bob", {.read = true});
  }
  // Until the other one runs; fails only when it never does.
  static void wait_for(Client& client, std::uint32_t id, std::string_view text) {
    for (;;) {
      for (const Row& row : client.rows("SHOW PROCESSLIST")) {
        if (row[0] == std::to_string(id) && row[3] == text) return;
      }
    }
  }
  static std::string kill(const Client& client, std::string_view what = {}) {
    return "KILL " + std::string(what) + std::to_string(client.thread_id());
  }
};

TEST_F(Ends, AWrongNumberIsToldAndTheEnd) {
  begin();
  const auto client = log_in();
  client->stream().send("\x01\x00\x00\x05\x0e"s);
  EXPECT_EQ(client->stream().rest(), "\x21\x00\x00\x00\xff\x84\x04#08S01Got packets out of order"s);
}

TEST_F(Ends, WhatIsTooLargeIsToldAndTheEnd) {
  begin({{"mysql-max-packet", "1KiB"}});
  const auto client = log_in();
  EXPECT_EQ(number_of(client->query(std::string(1023, 'x'))), 1064U);
  EXPECT_EQ(number_of(client->query(std::string(1024, 'x'))), 1153U);
  EXPECT_EQ(client->read(), "");
  // Of several frames as well, none of which is kept.
  const auto other = log_in();
  std::string large;
  large.resize(20'000'000, 'x');
  EXPECT_EQ(number_of(other->query(large)), 1153U);
  EXPECT_EQ(other->read(), "");
}

TEST_F(Ends, ARequestOfSeveralFramesIsTaken) {
  constexpr std::size_t kLargest = 2 * kMaxFrameBytes;
  begin({{"mysql-max-packet", std::to_string(kLargest)}});
  const auto client = log_in();
  EXPECT_EQ(number_of(client->query(std::string(kLargest - 1, 'x'))), 1064U);
  EXPECT_EQ(number_of(client->query(std::string(kLargest, 'x'))), 1153U);
}

TEST_F(Ends, ACutPacketIsNoRequest) {
  begin();
  {
    const auto client = log_in();
    client->stream().send("\x09\x00\x00\x00\x03SELE"s);
  }
  EXPECT_EQ(log_in()->rows("SELECT 1"), (std::vector<Row>{{"1"}}));
}

TEST_F(Ends, RequestsThatWereSentAheadAreAnsweredInTurn) {
  begin();
  const auto client = log_in();
  client->stream().send("\x09\x00\x00\x00\x03SELECT 1\x01\x00\x00\x00\x0e"s);
  EXPECT_EQ(client->stream().bytes(4), "\x01\x00\x00\x01"s);
}

TEST_F(Ends, SilenceIsEndedWithAWord) {
  begin();
  const auto client = log_in();
  EXPECT_EQ(client->query("SET SILENCE = 50"), kOk);
  Bytes told = client->stream().rest();
  EXPECT_EQ(told.substr(3, 1), "\0"s) << "nobody asked";
  EXPECT_EQ(number_of(BytesView(told).substr(kHeaderBytes)), 4031U);
}

TEST_F(Ends, AStatementIsEndedAndTheClientGoesOn) {
  begin();
  for (const char* who : {"ada", "admin"}) {
    const auto victim = log_in(ada());
    victim->put_command("\x03WAIT");
    const auto killer = who == "ada"s ? log_in(ada()) : log_in();
    wait_for(*killer, victim->thread_id(), "WAIT");
    EXPECT_EQ(killer->query(kill(*victim, "QUERY ")), kOk);
    EXPECT_EQ(error_of(victim->read()),
              (std::pair<unsigned, std::string>(1317U, "Query execution was interrupted")));
    EXPECT_EQ(victim->ask("\x0e"), kOk);
    EXPECT_EQ(killer->query(kill(*victim, "QUERY ")), kOk) << "nothing runs";
    EXPECT_EQ(victim->ask("\x0e"), kOk);
  }
}

TEST_F(Ends, AConnectionIsEndedAndTold) {
  begin();
  const auto killer = log_in();
  const auto busy = log_in();
  busy->put_command("\x03WAIT");
  wait_for(*killer, busy->thread_id(), "WAIT");
  EXPECT_EQ(killer->query(kill(*busy)), kOk);
  EXPECT_EQ(number_of(busy->read()), 1317U);
  EXPECT_EQ(busy->read(), "");
  const auto idle = log_in();
  Bytes by_number = "\x0c";
  put_le(by_number, idle->thread_id());
  EXPECT_EQ(killer->ask(by_number), kOk);
  EXPECT_EQ(number_of(BytesView(idle->stream().rest()).substr(kHeaderBytes)), 1317U);
  Bytes again(kOk);
  while (again == kOk) again = killer->ask(by_number);
  EXPECT_EQ(number_of(again), 1094U);
}

TEST_F(Ends, NobodyEndsOthers) {
  begin();
  const auto victim = log_in();
  const auto bob = log_in({.user = "bob", .password = std::string(kPassword)});
  EXPECT_EQ(number_of(bob->query(kill(*victim))), 1095U);
  EXPECT_EQ(bob->rows("SHOW PROCESSLIST").size(), 1U);
  EXPECT_EQ(victim->rows("SHOW PROCESSLIST").size(), 2U);
  EXPECT_EQ(victim->result_set(victim->ask("\x0a")).packets.size(), 2U);
}

TEST_F(Ends, WhoEndsItselfIsTold) {
  begin();
  const auto client = log_in();
  EXPECT_EQ(number_of(client->query(kill(*client, "QUERY "))), 1317U);
  EXPECT_EQ(client->ask("\x0e"), kOk);
  EXPECT_EQ(number_of(client->query(kill(*client))), 1317U);
  EXPECT_EQ(client->read(), "");
}

TEST_F(Ends, WhatRunsEndsWithItsClient) {
  begin();
  const auto other = log_in();
  std::uint32_t id = 0;
  {
    const auto gone = log_in();
    id = gone->thread_id();
    gone->put_command("\x03WAIT");
    wait_for(*other, id, "WAIT");
  }
  while (connections_.count("mysql") > 1) {
  }
}

TEST_F(Ends, ADrainIsTold) {
  begin();
  const auto client = log_in();
  stop();
  EXPECT_EQ(number_of(BytesView(client->stream().rest()).substr(kHeaderBytes)), 1053U);
}

}  // namespace
}  // namespace octavo::mysql
