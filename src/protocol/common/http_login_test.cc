#include "protocol/common/http_login.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "io/scope.h"
#include "protocol/common/test_connection.h"

namespace octavo::protocol {
namespace {

using namespace std::chrono_literals;

TEST(BasicCredentials, AreNameAndPasswordAroundTheFirstColon) {
  const auto of = [](std::string_view scheme, std::string_view text) {
    return basic_credentials(std::string(scheme) + base64_encode(text));
  };
  // RFC 7617 section 2.
  const auto given = basic_credentials("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(given);
  EXPECT_EQ(given->user, "Aladdin");
  EXPECT_EQ(given->password, "open sesame");
  EXPECT_EQ(of("Basic ", "a:b:c")->password, "b:c");
  EXPECT_EQ(of("bASIC   ", ":")->user, "");
  EXPECT_FALSE(of("Basic ", "nobody"));
  EXPECT_FALSE(of("Bearer ", "a:b"));
  for (const std::string_view none : {"", "Basic", "Basic ", "Basic %%%", "BasicYTpi"}) {
    EXPECT_FALSE(basic_credentials(none)) << none;
  }
}

// Answers each request with its user.
struct Fixture {
  Fixture() { scope.spawn(serve()); }
  ~Fixture() {
    test.connection->abort();
    test.loop.run(scope.join());
    test.loop.run(scope.stop());
  }

  io::Task<void> serve() {
    HttpConnection http(*test.connection);
    HttpLogin login(*test.connection, logins, [this](const std::string& user) {
      return user == "ann" ? ann : catalog::made_up_credentials("secret", user, 1);
    });
    for (;;) {
      const HttpHead* head = co_await http.next();
      if (head == nullptr) co_return;
      auto user = co_await login.check(*head);
      HttpReply reply = user ? HttpReply(200, *user) : std::move(user).error();
      co_await http.reply(std::move(reply));
    }
  }

  // The reply to a request, with "user:password" or without.
  std::string get(std::string_view who) {
    std::string request = "GET / HTTP/1.1\r\nHost: x\r\n";
    if (!who.empty()) request += "Authorization: Basic " + base64_encode(who) + "\r\n";
    request += "\r\n";
    EXPECT_EQ(test.peer->try_write(request).bytes, request.size());
    test.loop.settle();
    std::string reply(10'000, '\0');
    const io::IoOutcome got = test.peer->try_read(reply);
    reply.resize(got.kind == io::IoOutcome::Kind::done ? got.bytes : 0);
    return reply;
  }

  const catalog::Credentials ann = catalog::make_credentials("one", 1);
  Logins logins{{.user = {1h, 3}, .address = {1h, 100}, .patience = 0s}, 1};
  TestConnection test;
  io::Scope scope{test.loop.executor};
};

TEST(HttpLogin, LooksAtEachRequest) {
  Fixture f;
  const std::string unknown = f.get("");
  EXPECT_TRUE(unknown.starts_with("HTTP/1.1 401 ")) << unknown;
  EXPECT_NE(unknown.find("WWW-Authenticate: Basic realm=\"octavo\""), std::string::npos);
  const std::string right = f.get("ann:one");
  EXPECT_TRUE(right.starts_with("HTTP/1.1 200 ")) << right;
  EXPECT_TRUE(right.ends_with("\r\n\r\nann")) << right;
  EXPECT_TRUE(f.get("ann:two").starts_with("HTTP/1.1 401 "));
  EXPECT_TRUE(f.get("eve:one").starts_with("HTTP/1.1 401 "));
}

TEST(HttpLogin, TooManyFailuresAreAnotherAnswer) {
  Fixture f;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(f.get("ann:two").starts_with("HTTP/1.1 401 "));
  const std::string refused = f.get("ann:one");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 429 ")) << refused;
  EXPECT_NE(refused.find(kTooManyFailedLogins), std::string::npos);
}

}  // namespace
}  // namespace octavo::protocol
