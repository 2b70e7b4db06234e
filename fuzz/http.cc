// Requests to a server that gives bodies back, in one piece and in small ones: the answers are
// HTTP/1.1, those to good requests are the same either way, and the connection ends.

#include "protocol/common/http.h"

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "fuzz.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"

using namespace octavo;

namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr protocol::HttpLimits kLimits{
    .head_bytes = 2048, .body_bytes = 1 << 20, .decoded_ratio = 50};

io::Task<void> serve(protocol::Connection& connection) {
  {
    protocol::HttpConnection http(connection, kLimits);
    for (;;) {
      const protocol::HttpHead* head = co_await http.next();
      if (head == nullptr) break;
      const bool pieces = head->path == "/pieces";
      const Result<Bytes> body = co_await http.whole_body();
      if (pieces && body) {
        http.begin_reply(protocol::HttpReply());
        const bool sent = co_await http.send(*body);
        if (!sent) break;
        http.end_reply();
        continue;
      }
      protocol::HttpReply reply =
          body ? protocol::HttpReply(200, *body)
               : protocol::HttpReply(protocol::http_status_of(body.error()), body.error().what);
      co_await http.reply(std::move(reply));
    }
  }
  co_await connection.finish();
}

std::string talk(BytesView request, std::size_t step) {
  io::TestLoop loop;
  io::Scope scope(loop.executor);
  auto streams = io::stream_pair(loop.executor).value();
  io::Stream& client = streams.second;
  protocol::Connection connection(
      std::move(streams.first), protocol::ConnectionLimits(),
      std::make_shared<protocol::ConnectionInfo>(
          protocol::ConnectionId{1}, "http", io::SocketAddress(), io::SocketAddress(), false, 0));
  scope.spawn(serve(connection));
  std::string all;
  const auto receive = [&] {
    for (;;) {
      loop.settle();
      std::string some(300'000, '\0');
      const io::IoOutcome got = client.try_read(some);
      if (got.kind != io::IoOutcome::Kind::done) return;
      all.append(some, 0, got.bytes);
    }
  };
  while (!request.empty()) {
    const io::IoOutcome sent = client.try_write(request.substr(0, step));
    if (sent.kind == io::IoOutcome::Kind::failed) break;
    request.remove_prefix(sent.bytes);
    receive();
  }
  static_cast<void>(client.shutdown_write());  // the server may have ended the connection
  receive();
  ASSERT(scope.size() == 0);
  loop.run(scope.stop());
  return all;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView request = fuzz::input(data, size);
  if (size == 0 || size > kMostBytes) return 0;
  const std::string whole = talk(request, size);
  ASSERT(whole.empty() || whole.starts_with("HTTP/1.1 "));
  const std::string pieces = talk(request, 1 + size / 7);
  ASSERT(pieces.empty() || pieces.starts_with("HTTP/1.1 "));
  // A bad request is noticed later when it comes in pieces, maybe after its end; a good one is not.
  if (whole.starts_with("HTTP/1.1 200")) ASSERT(pieces.starts_with("HTTP/1.1 200"));
  return 0;
}
