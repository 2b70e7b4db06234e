#include "io/socket.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

#include "io/runtime.h"
#include "io/scope.h"
#include "io/testing.h"

namespace octavo::io {
namespace {

Task<void> echo(Stream stream) {
  char buffer[4096];
  for (;;) {
    const Result<std::size_t> size = co_await stream.read_some(buffer);
    if (!size || *size == 0) co_return;
    const Status written = co_await stream.write_all(BytesView(buffer, *size));
    if (!written) co_return;
  }
}

Task<void> serve_echo(TcpListener& listener, Scope& scope) {
  for (;;) {
    Result<AcceptedSocket> socket = co_await listener.accept();
    if (!socket) co_return;
    scope.spawn(echo(std::move(*socket).into_stream(scope.executor())));
  }
}

Task<bool> exchange(Stream& stream, std::string message) {
  const Status written = co_await stream.write_all(message);
  if (!written) co_return false;
  std::string reply(message.size(), '\0');
  std::size_t have = 0;
  while (have < reply.size()) {
    const Result<std::size_t> size = co_await stream.read_some(std::span(reply).subspan(have));
    if (!size || *size == 0) co_return false;
    have += *size;
  }
  co_return reply == message;
}

Task<int> many_clients(SocketAddress address, int clients, int rounds) {
  std::deque<Stream> streams;
  for (int i = 0; i < clients; ++i) {
    Result<Stream> stream = co_await connect(address);
    if (!stream) co_return -1;
    streams.push_back(std::move(*stream));
  }
  int good = 0;
  for (int round = 0; round < rounds; ++round) {
    for (Stream& stream : streams) {
      const bool same = co_await exchange(stream, "round " + std::to_string(round));
      if (same) ++good;
    }
  }
  co_return good;
}

Task<void> shut(TcpListener& listener, Scope& scope) {
  listener.interrupt();
  co_await scope.join();
}

TEST(Socket, AThousandConnectionsEcho) {
  ASSERT_GE(raise_descriptor_limit(), 2100U);
  Runtime runtime({.threads = 2});
  Scope scope(runtime.at(0));
  std::unique_ptr<TcpListener> listener;
  auto bind = [](Executor& executor, std::unique_ptr<TcpListener>& out) -> Task<void> {
    out = std::make_unique<TcpListener>(*TcpListener::bind(executor, SocketAddress()));
    co_return;
  };
  block_on(runtime.at(0), bind(runtime.at(0), listener));
  const SocketAddress address = listener->local_address();
  EXPECT_NE(address.port, 0);
  scope.spawn(serve_echo(*listener, scope));
  EXPECT_EQ(block_on(runtime.at(1), many_clients(address, 1000, 3)), 3000);
  block_on(runtime.at(0), shut(*listener, scope));
  auto drop = [](std::unique_ptr<TcpListener>& gone) -> Task<void> {
    gone.reset();
    co_return;
  };
  block_on(runtime.at(0), drop(listener));
}

Task<Result<Stream>> try_connect(SocketAddress address) { co_return co_await connect(address); }

TEST(Socket, ErrorsAreValues) {
  TestLoop loop;
  Result<TcpListener> listener = TcpListener::bind(loop.executor, SocketAddress());
  ASSERT_TRUE(listener.has_value());
  const SocketAddress taken = listener->local_address();
  EXPECT_EQ(TcpListener::bind(loop.executor, taken).error().code, Code::already_exists);
  {
    const TcpListener gone = std::move(*listener);
  }
  EXPECT_EQ(loop.run(try_connect(taken)).error().code, Code::unavailable);
  EXPECT_EQ(loop.run(try_connect({"not a number", 1})).error().code, Code::invalid_argument);
}

Task<std::string> read_all(SocketAddress address) {
  Result<Stream> stream = co_await connect(address);
  std::string all;
  char buffer[100];
  for (;;) {
    const Result<std::size_t> size = co_await stream->read_some(buffer);
    if (!size || *size == 0) co_return all;
    all.append(buffer, *size);
  }
}

Task<void> refuse_one(TcpListener& listener) {
  Result<AcceptedSocket> socket = co_await listener.accept();
  std::move(*socket).write_and_close("no room\r\n");
}

TEST(Socket, RefusedConnectionsHearWhy) {
  TestLoop loop;
  Result<TcpListener> listener = TcpListener::bind(loop.executor, {"127.0.0.1", 0});
  Scope scope(loop.executor);
  scope.spawn(refuse_one(*listener));
  EXPECT_EQ(loop.run(read_all(listener->local_address())), "no room\r\n");
  loop.run(scope.join());
}

TEST(Socket, TwoFamiliesMayShareAPort) {
  TestLoop loop;
  Result<TcpListener> six = TcpListener::bind(loop.executor, {"::1", 0});
  if (!six) GTEST_SKIP() << "no IPv6 here: " << six.error().what;
  const std::uint16_t port = six->local_address().port;
  EXPECT_TRUE(TcpListener::bind(loop.executor, {"127.0.0.1", port}).has_value());
}

}  // namespace
}  // namespace octavo::io
