#include <fmt/format.h>

#include <future>

#include "protocol/common/test_scram.h"
#include "protocol/echo/test_support.h"

namespace octavo::echo {
namespace {

static_assert(protocol::is_well_formed(kProtocol));

TEST_F(Echo, AnyOtherLineComesBack) {
  serve();
  const auto client = connect();
  EXPECT_EQ(client->ask("hello"), "hello");
  client->send("one\ntwo\nthr");
  EXPECT_EQ(client->line(), "one");
  EXPECT_EQ(client->line(), "two");
  EXPECT_EQ(client->ask("ee"), "three");
}

TEST_F(Echo, ASettingIsReadByItsRow) {
  serve({{"echo-max-bytes", "16B"}});
  const auto client = connect();
  EXPECT_EQ(client->ask("sixteen bytes ok"), "sixteen bytes ok");
  client->send("seventeen bytes, no\n");
  EXPECT_EQ(client->rest(), "ERROR the line is too long\n");
}

TEST_F(Echo, AClientBeyondTheLimitIsTold) {
  serve({{"max-connections", "1"}});
  const auto first = connect();
  EXPECT_EQ(first->ask("here"), "here");
  EXPECT_EQ(connect()->rest(), "ERROR too many connections\n");
}

TEST_F(Echo, LoginsAreRightWrongOrNotLookedAt) {
  serve();
  const auto client = connect();
  EXPECT_EQ(client->ask("PUT t {}"), "ERROR log in first");
  EXPECT_EQ(client->ask("LOGIN ada open"), "ERROR wrong user or password");
  EXPECT_EQ(client->ask("LOGIN eve sesame"), "ERROR wrong user or password");
  EXPECT_EQ(client->ask("LOGIN ada sesame"), "OK");
  EXPECT_EQ(connections_.list().at(0)->attribute("user"), "ada");
  const auto other = connect();
  for (int i = 0; i < 3; ++i) other->ask("LOGIN eve open");
  EXPECT_EQ(other->ask("LOGIN eve sesame"), "ERROR " + std::string(protocol::kTooManyFailedLogins));
  EXPECT_EQ(other->ask("LOGIN ada sesame"), "OK");
}

TEST_F(Echo, ScramShowsThatBothKnowThePassword) {
  serve();
  const auto client = connect();
  const auto log_in = [&](const std::string& user, std::string_view password) {
    const std::string first = "n,,n=" + user + ",r=nonce";
    const std::string answer = client->ask("SCRAM " + first);
    const auto known = credentials_.with_password(engine_->catalog(), user);
    return client->ask("SCRAM " + protocol::client_final(first, answer, "n,,", password, known));
  };
  EXPECT_EQ(client->ask("SCRAM p=tls-unique,,n=ada,r=x"), "ERROR no first message");
  EXPECT_EQ(log_in("ada", "open"), "ERROR wrong user or password");
  EXPECT_EQ(log_in("eve", kPassword), "ERROR wrong user or password");
  EXPECT_TRUE(log_in("ada", kPassword).starts_with("v="));
  EXPECT_EQ(connections_.list().at(0)->attribute("user"), "ada");
}

TEST_F(Echo, AWriteIsAnsweredWhenItIsOnTheDisk) {
  serve();
  const auto client = log_in("ada");
  EXPECT_EQ(client->ask("PUT nowhere {}"), "ERROR there is no such table");
  EXPECT_TRUE(client->ask("PUT t {").starts_with("ERROR invalid JSON"));
  EXPECT_EQ(client->ask(R"(PUT t {"a":1})"), "ERROR the row has no `id`");
  disk_.gate.close();
  auto answer =
      std::async(std::launch::async, [&] { return client->ask(R"(PUT t {"id":1,"a":10})"); });
  disk_.gate.wait_for_sync();
  EXPECT_EQ(rows(all()), (std::vector<std::pair<std::int64_t, std::int64_t>>{{10, 1}}));
  EXPECT_EQ(connect()->ask("others go on"), "others go on");
  EXPECT_NE(answer.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  disk_.gate.open();
  EXPECT_EQ(answer.get(), "OK");
}

TEST_F(Echo, AWriteThatIsNotSyncedIsAnError) {
  serve();
  const auto client = log_in("ada");
  disk_.disk->fail_syncs(1);
  EXPECT_TRUE(client->ask(R"(PUT t {"id":1,"a":10})").starts_with("ERROR "));
  closes_well_ = false;
}

TEST_F(Echo, WhoMayNotWriteIsTold) {
  add_user("bob", {.read = true, .write = false});
  serve();
  EXPECT_TRUE(log_in("bob")->ask(R"(PUT t {"id":1,"a":1})").starts_with("ERROR "));
}

TEST_F(Echo, AFeedTellsTheRowsAndTheirChanges) {
  serve();
  const auto writer = log_in("ada");
  EXPECT_EQ(writer->ask(R"(PUT t {"id":1,"a":1})"), "OK");
  const auto reader = log_in("ada");
  EXPECT_EQ(reader->ask("FEED nowhere"), "ERROR there is no such table");
  EXPECT_EQ(reader->ask("FEED t"), "OK");
  EXPECT_EQ(reader->line(), R"(CHANGE null {"id":1,"a":1})");
  EXPECT_EQ(writer->ask(R"(PUT t {"id":1,"a":2})"), "OK");
  EXPECT_EQ(reader->line(), R"(CHANGE {"id":1,"a":1} {"id":1,"a":2})");
  EXPECT_EQ(reader->ask("hello"), "hello") << "the dialogue goes on beside it";
  EXPECT_EQ(reader->ask("FEED t"), "ERROR one feed at a time");
  EXPECT_EQ(reader->ask("STOP"), "END FEED stopped");
  EXPECT_EQ(reader->ask("STOP"), "ERROR there is no feed");
  EXPECT_EQ(reader->ask("FEED t"), "OK");
}

TEST_F(Echo, AFeedEndsWithTheRightToReadIt) {
  serve();
  const auto reader = log_in("ada");
  EXPECT_EQ(reader->ask("FEED t"), "OK");
  add_user("ada", {.read = false, .write = true});
  EXPECT_TRUE(reader->line().starts_with("ERROR "));
  EXPECT_EQ(reader->ask("hello"), "hello");
}

TEST_F(Echo, AFeedEndsWithADrain) {
  serve();
  const auto reader = log_in("ada");
  EXPECT_EQ(reader->ask("FEED t"), "OK");
  stop();
  EXPECT_EQ(reader->rest(), "END FEED server stops\n");
}

// What others are owed does not wait for who does not read.
TEST_F(Echo, ASlowReaderHoldsUpNobody) {
  serve();
  const auto slow = log_in("ada");
  const auto quick = log_in("ada");
  EXPECT_EQ(slow->ask("FEED t"), "OK");
  EXPECT_EQ(quick->ask("FEED t"), "OK");
  const auto writer = log_in("ada");
  const std::string blob(500'000, 'x');
  for (int i = 0; i < 40; ++i) {
    const std::string row = fmt::format(R"({{"id":{},"a":"{}"}})", i, blob);
    EXPECT_EQ(writer->ask("PUT t " + row), "OK");
    EXPECT_EQ(quick->line(), "CHANGE null " + row);
  }
  EXPECT_TRUE(slow->line().starts_with(R"(CHANGE null {"id":0,)"));
}

std::string job_of(Client& client, std::string_view text) {
  client.send("JOBS\n");
  std::string id;
  for (std::string line = client.line(); line != "OK" && !line.empty(); line = client.line()) {
    if (line.ends_with(text)) id = line.substr(4, line.find(' ', 4) - 4);
  }
  return id;
}

// Until it is listed; fails only when it never is.
std::string wait_for_job(Client& client, std::string_view text) {
  for (;;) {
    if (std::string id = job_of(client, text); !id.empty()) return id;
  }
}

TEST_F(Echo, LongWorkDelaysNobodyAndIsEndedByItsUserOrWhoMayConfigure) {
  add_user("bob", {.read = true});
  add_user("eve", {.config = true});
  serve();
  const auto ada = log_in("ada");
  const auto bob = log_in("bob");
  for (const std::string who : {"ada", "eve"}) {
    ada->send("WORK\n");
    const auto killer = log_in(who);
    const std::string id = wait_for_job(*killer, "echo ada WORK");
    EXPECT_EQ(bob->ask("hello"), "hello");
    EXPECT_EQ(job_of(*bob, "WORK"), "");
    EXPECT_EQ(bob->ask("KILL " + id), "ERROR there is no such job");
    EXPECT_EQ(killer->ask("KILL " + id), "OK");
    EXPECT_EQ(ada->line(), "END WORK killed");
  }
  EXPECT_EQ(ada->ask("FEED t"), "OK");
  const std::string id = wait_for_job(*ada, "FEED t");
  EXPECT_EQ(ada->ask("KILL " + id), "OK");
  EXPECT_EQ(ada->line(), "END FEED killed");
}

TEST_F(Echo, WorkEndsWithItsClient) {
  serve();
  {
    const auto gone = log_in("ada");
    gone->send("WORK\n");
    const auto ada = log_in("ada");
    wait_for_job(*ada, "WORK");
  }
  const auto ada = log_in("ada");
  while (!job_of(*ada, "WORK").empty()) {
  }
}

TEST_F(Echo, ShowIsAPlanOverAVirtualTable) {
  add_user("eve", {.config = true});
  serve();
  const auto ada = log_in("ada");
  const auto eve = log_in("eve");
  EXPECT_EQ(ada->ask("hello"), "hello");
  const auto show = [](Client& client) {
    std::vector<std::string> lines;
    client.send("SHOW\n");
    for (std::string line = client.line(); line != "OK" && !line.empty(); line = client.line()) {
      lines.push_back(line);
    }
    return lines;
  };
  const std::vector<std::string> own = show(*ada);
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0], R"(LINES {"id":1,"user":"ada","lines":3})");
  EXPECT_EQ(show(*eve).size(), 2U) << "who may configure sees all";
  EXPECT_EQ(connect()->ask("SHOW"), "ERROR log in first");
}

TEST_F(Echo, ADrainEndsTheDialogue) {
  serve();
  const auto client = connect();
  EXPECT_EQ(client->ask("hello"), "hello");
  stop();
  EXPECT_EQ(client->rest(), "");
}

}  // namespace
}  // namespace octavo::echo
