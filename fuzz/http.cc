// Input of the HTTP service, in one piece and in small ones: the answers are HTTP/1.1, a good
// request is answered either way, and the connection ends.

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "fuzz.h"
#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"
#include "protocol/common/http_status.h"

using namespace octavo;

namespace {

constexpr std::size_t kMostReplyBytes = 200'000;
constexpr std::size_t kMostBytes = 4096;  // with its answers less than a socket holds

protocol::HttpReply echo(std::string_view query) {
  protocol::HttpReply reply;
  reply.body = query;
  return reply;
}

io::Task<void> serve_and_finish(protocol::Connection& connection, protocol::Serve& serve) {
  co_await serve(connection);
  co_await connection.finish();
}

std::string talk(BytesView request, std::size_t step) {
  io::TestLoop loop;
  io::Scope scope(loop.executor);
  auto streams = io::stream_pair(loop.executor).value();
  protocol::Connection connection(
      std::move(streams.first), protocol::ConnectionLimits(),
      std::make_shared<protocol::ConnectionInfo>(
          protocol::ConnectionId{1}, "http", io::SocketAddress(), io::SocketAddress(), false, 0));
  protocol::Serve serve = protocol::make_http_status({{"/health", echo}});
  scope.spawn(serve_and_finish(connection, serve));
  while (!request.empty()) {
    static_cast<void>(streams.second.try_write(request.substr(0, step)));
    request.remove_prefix(std::min(step, request.size()));
    loop.settle();
  }
  static_cast<void>(streams.second.shutdown_write());
  loop.run(scope.join());
  std::string all(kMostReplyBytes, '\0');
  all.resize(streams.second.try_read(all).bytes);
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
