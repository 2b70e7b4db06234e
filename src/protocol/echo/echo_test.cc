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
  serve({{"echo-max-line", "16B"}});
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

TEST_F(Echo, ADrainEndsTheDialogue) {
  serve();
  const auto client = connect();
  EXPECT_EQ(client->ask("hello"), "hello");
  stop();
  EXPECT_EQ(client->rest(), "");
}

}  // namespace
}  // namespace octavo::echo
