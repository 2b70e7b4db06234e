#include "protocol/common/http_status.h"

#include <gtest/gtest.h>

#include <string>

#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"

namespace octavo::protocol {
namespace {

HttpReply health(std::string_view query) {
  HttpReply reply;
  reply.body = "ok " + std::string(query);
  return reply;
}

io::Task<void> serve_and_finish(Connection& connection, Serve& serve) {
  co_await serve(connection, 0);
  co_await connection.finish();
}

// What the server answers to these bytes, in pieces of `step`, before the client ends its side.
std::string talk(std::string_view request, std::size_t step = 1'000'000) {
  io::TestLoop loop;
  io::Scope scope(loop.executor);
  auto streams = *io::stream_pair(loop.executor);
  Connection connection(
      std::move(streams.first), ConnectionLimits(),
      std::make_shared<ConnectionInfo>(ConnectionId{1}, "http", io::SocketAddress(),
                                       io::SocketAddress(), false, 0));
  Serve serve = make_http_status({{"/health", health}});
  scope.spawn(serve_and_finish(connection, serve));
  while (!request.empty()) {
    (void)streams.second.try_write(request.substr(0, step));
    request.remove_prefix(std::min(step, request.size()));
    loop.settle();
  }
  (void)streams.second.shutdown_write();
  loop.run(scope.join());
  std::string all(200'000, '\0');
  all.resize(streams.second.try_read(all).bytes);
  return all;
}

TEST(HttpStatus, AnswersFromItsTable) {
  const std::string reply = talk("GET /health?deep=1 HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_TRUE(reply.ends_with("\r\n\r\nok deep=1")) << reply;
  EXPECT_NE(reply.find("Content-Length: 9\r\n"), std::string::npos);
  EXPECT_NE(reply.find("Connection: keep-alive\r\n"), std::string::npos);
}

TEST(HttpStatus, TakesRequestsByteByByteAndInPipelines) {
  const std::string two =
      "GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /health?b HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string whole = talk(two);
  EXPECT_EQ(talk(two, 1), whole);
  EXPECT_NE(whole.find("ok HTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(whole.ends_with("ok b"));
}

TEST(HttpStatus, HeadHasNoBody) {
  const std::string reply = talk("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
  EXPECT_NE(reply.find("Content-Length: 3\r\n"), std::string::npos);
}

TEST(HttpStatus, OldAndClosingClientsAreHungUpOn) {
  const std::string twice = "GET /health HTTP/1.0\r\n\r\nGET /health HTTP/1.0\r\n\r\n";
  const std::string reply = talk(twice);
  EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(reply.find("HTTP/1.1", 8), std::string::npos);  // only one answer
}

TEST(HttpStatus, RefusesWhatItDoesNotKnow) {
  EXPECT_TRUE(talk("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 404 "));
  EXPECT_TRUE(talk("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
                  .starts_with("HTTP/1.1 405 "));
  EXPECT_TRUE(talk("PING\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(talk(std::string("\0\xff\x01", 3) + "\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

TEST(HttpStatus, LimitsHeaderAndBody) {
  const std::string header =
      "GET /health HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'y') + "\r\n\r\n";
  EXPECT_TRUE(talk(header).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(talk(header, 100).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(talk("POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
}

}  // namespace
}  // namespace octavo::protocol
