// The same protocol over HTTP, with the clients of both ports beside each other.

#include <fmt/format.h>

#include <charconv>
#include <cstdlib>

#include "base/base64.h"
#include "protocol/echo/test_support.h"

namespace octavo::echo {
namespace {

struct Reply {
  unsigned status = 0;
  std::string head;
  std::string body;
};

std::string request(std::string_view line, std::string_view who, std::string_view more = {}) {
  std::string out = fmt::format("{} HTTP/1.1\r\nHost: x\r\n{}", line, more);
  if (!who.empty()) out += "Authorization: Basic " + base64_encode(who) + "\r\n";
  return out + "\r\n";
}

std::size_t number(std::string_view text, int base) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, base);
  return out;
}

std::string read_chunks(Client& client) {
  std::string body;
  for (;;) {
    const std::size_t size = number(client.until("\r\n"), 16);
    body += client.bytes(size);
    client.until("\r\n");
    if (size == 0) return body;
  }
}

Reply read_reply(Client& client) {
  Reply out;
  out.head = client.until("\r\n\r\n");
  if (out.head.size() > 12) out.status = static_cast<unsigned>(number(out.head.substr(9, 3), 10));
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t length = out.head.find(kLength);
  if (length != std::string::npos) {
    out.body = client.bytes(number(std::string_view(out.head).substr(length + kLength.size()), 10));
  } else if (out.head.find("chunked") != std::string::npos) {
    out.body = read_chunks(client);
  }
  return out;
}

class EchoHttp : public Echo {
 protected:
  static constexpr std::string_view kAda = "ada:sesame";

  static Reply ask(Client& client, std::string_view line, std::string_view who) {
    client.send(request(line, who));
    return read_reply(client);
  }
  static Reply post(Client& client, std::string_view body, std::string_view who = kAda) {
    const std::string length = fmt::format("Content-Length: {}\r\n", body.size());
    client.send(request("POST /echo", who, length) + std::string(body));
    return read_reply(client);
  }
  static std::string chunks(std::string_view body, std::size_t size) {
    std::string out;
    for (; !body.empty(); body.remove_prefix(std::min(size, body.size()))) {
      const std::string_view one = body.substr(0, size);
      out += fmt::format("{:x}\r\n{}\r\n", one.size(), one);
    }
    return out + "0\r\n\r\n";
  }
};

TEST_F(EchoHttp, ABodyComesBack) {
  serve();
  const auto client = connect("echo-http");
  const Reply first = post(*client, "hello");
  EXPECT_EQ(first.status, 200U) << first.head;
  EXPECT_EQ(first.body, "hello");
  EXPECT_NE(first.head.find("Transfer-Encoding: chunked"), std::string::npos);
  EXPECT_EQ(post(*client, "").body, "");
  EXPECT_EQ(post(*client, "again").body, "again") << "the connection goes on";
  EXPECT_EQ(connections_.list().at(0)->attribute("user"), "ada");
}

TEST_F(EchoHttp, EachRequestSaysWhoAsks) {
  serve();
  const auto client = connect("echo-http");
  const Reply nobody = post(*client, "hello", "");
  EXPECT_EQ(nobody.status, 401U);
  EXPECT_NE(nobody.head.find("WWW-Authenticate: Basic"), std::string::npos);
  EXPECT_EQ(post(*client, "hello", "ada:open").status, 401U);
  EXPECT_EQ(post(*client, "hello", "eve:sesame").status, 401U);
  EXPECT_EQ(post(*client, "hello").status, 200U);
  EXPECT_EQ(post(*client, "hello", "ada:open").status, 401U) << "also behind a right one";
  // The same limit as in the dialogue.
  for (int i = 0; i < 2; ++i) EXPECT_EQ(post(*client, "x", "eve:open").status, 401U);
  EXPECT_EQ(post(*client, "x", "eve:sesame").status, 429U);
  EXPECT_EQ(connect()->ask("LOGIN eve sesame"),
            "ERROR " + std::string(protocol::kTooManyFailedLogins));
}

TEST_F(EchoHttp, ALargeBodyComesBackInChunks) {
  serve({{"echo-max-bytes", "16MiB"}});
  const auto client = connect("echo-http");
  std::string body(8 << 20, ' ');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 23);
  client->send(request("POST /echo", kAda, "Transfer-Encoding: chunked\r\n") +
               chunks(body, 100'000));
  const Reply reply = read_reply(*client);
  EXPECT_EQ(reply.status, 200U);
  EXPECT_TRUE(reply.body == body);
}

TEST_F(EchoHttp, ABodyThatIsTooLargeIsRefused) {
  serve({{"echo-max-bytes", "100KiB"}});
  const std::string large(200'000, 'x');
  EXPECT_EQ(post(*connect("echo-http"), large).status, 413U);
  // Without a length it shows only on the way: the client sees that the reply is not whole.
  const auto client = connect("echo-http");
  client->send(request("POST /echo", kAda, "Transfer-Encoding: chunked\r\n") +
               chunks(large, 10'000));
  const std::string all = client->rest();
  EXPECT_TRUE(all.starts_with("HTTP/1.1 200 ") || all.starts_with("HTTP/1.1 413 ")) << all.size();
  EXPECT_FALSE(all.ends_with("0\r\n\r\n"));
}

// What came is on its way by then, and is not ended.
TEST_F(EchoHttp, ABodyThatBreaksBreaksTheReply) {
  serve();
  const auto client = connect("echo-http");
  client->send(request("POST /echo", kAda, "Transfer-Encoding: chunked\r\n") +
               "3\r\nabc\r\nno size\r\n");
  const std::string all = client->rest();
  EXPECT_FALSE(all.empty());
  EXPECT_FALSE(all.ends_with("0\r\n\r\n")) << all;
}

TEST_F(EchoHttp, JobsOfTheOtherPortAreToldAsJson) {
  add_user("bob", {.read = true});
  serve();
  const auto ada = log_in("ada");
  EXPECT_EQ(ada->ask("FEED t"), "OK");
  const auto client = connect("echo-http");
  const Reply reply = ask(*client, "GET /jobs", kAda);
  EXPECT_EQ(reply.status, 200U);
  EXPECT_NE(reply.head.find("Content-Type: application/json"), std::string::npos);
  const auto list = value::parse_json(reply.body);
  ASSERT_TRUE(list && list->as_array().size() == 1U) << reply.body;
  const value::Value& job = list->as_array()[0];
  EXPECT_EQ(job.find("text")->as_string(), "FEED t");
  EXPECT_EQ(job.find("user")->as_string(), "ada");
  EXPECT_EQ(ask(*client, "GET /jobs", "bob:sesame").body, "[]\n") << "of others: nothing";
  EXPECT_EQ(ada->ask(fmt::format("KILL {}", value::to_json(*job.find("id")))), "OK");
  EXPECT_EQ(ada->line(), "END FEED killed");
}

TEST_F(EchoHttp, OtherPathsAndMethodsAreRefused) {
  serve();
  const auto client = connect("echo-http");
  EXPECT_EQ(ask(*client, "GET /nothing", kAda).status, 404U);
  const Reply refused = ask(*client, "GET /echo", kAda);
  EXPECT_EQ(refused.status, 405U);
  EXPECT_NE(refused.head.find("Allow: POST\r\n"), std::string::npos) << refused.head;
  EXPECT_EQ(ask(*client, "GET /nothing", "").status, 401U) << "a stranger learns nothing";
}

TEST_F(EchoHttp, BothPortsCountTogether) {
  serve({{"max-connections", "1"}});
  const auto line = connect();
  EXPECT_EQ(line->ask("here"), "here");
  EXPECT_TRUE(connect("echo-http")->rest().starts_with("HTTP/1.1 503 "));
}

TEST_F(EchoHttp, WorksOverTls) {
  serve_with_tls();
  const auto client = connect("echo-http");
  ASSERT_TRUE(client->start_tls(*certificate().client));
  const std::string body(300'000, 'y');
  const Reply reply = post(*client, body);
  EXPECT_EQ(reply.status, 200U);
  EXPECT_TRUE(reply.body == body);
}

}  // namespace
}  // namespace octavo::echo
