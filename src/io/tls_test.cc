#include "io/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <optional>
#include <string>

#include "io/scope.h"
#include "io/socket.h"
#include "io/testing.h"
#include "io/tls_testing.h"

namespace octavo::io {
namespace {

Task<void> accept_tls(Stream& stream, const TlsContext& context, std::optional<Status>& done) {
  done = co_await stream.start_tls_server(context);
}

Task<Status> connect_tls(Stream& stream, const TlsContext& context, std::string name) {
  co_return co_await stream.start_tls_client(context, std::move(name));
}

Task<void> send_all(Stream& stream, const std::string& bytes) {
  const Status written = co_await stream.write_all(bytes);
  EXPECT_TRUE(written.has_value());
  EXPECT_TRUE(stream.shutdown_write().has_value());
}

Task<std::string> receive_all(Stream& stream) {
  std::string all;
  char buffer[3000];
  for (;;) {
    const Result<std::size_t> size = co_await stream.read_some(buffer);
    if (!size || *size == 0) co_return all;
    all.append(buffer, *size);
  }
}

TEST(Tls, HandshakesAndCarriesBytesBothWays) {
  const TestCertificate certificate;

  TestLoop loop;
  auto streams = *stream_pair(loop.executor);
  Scope scope(loop.executor);
  std::optional<Status> accepted;
  scope.spawn(accept_tls(streams.first, *certificate.server, accepted));
  const Status connected = loop.run(connect_tls(streams.second, *certificate.client, "localhost"));
  EXPECT_TRUE(connected.has_value()) << connected.error().what;
  loop.run(scope.join());
  ASSERT_TRUE(accepted->has_value()) << accepted->error().what;

  const std::string there(3'000'000, 'a');
  const std::string back(2'000'000, 'b');
  scope.spawn(send_all(streams.second, there));
  EXPECT_EQ(loop.run(receive_all(streams.first)), there);
  scope.spawn(send_all(streams.first, back));
  EXPECT_EQ(loop.run(receive_all(streams.second)), back);
  loop.run(scope.join());
}

TEST(Tls, RefusesAServerOfAnotherName) {
  const TestCertificate certificate;
  TestLoop loop;
  auto streams = *stream_pair(loop.executor);
  Scope scope(loop.executor);
  std::optional<Status> accepted;
  scope.spawn(accept_tls(streams.first, *certificate.server, accepted));
  const Status connected = loop.run(connect_tls(streams.second, *certificate.client, "elsewhere"));
  EXPECT_FALSE(connected.has_value());
  loop.run(scope.join());
  EXPECT_FALSE(accepted->has_value());
}

TEST(Tls, PlainBytesAreNotAHandshake) {
  const TestCertificate certificate;
  TestLoop loop;
  auto streams = *stream_pair(loop.executor);
  Scope scope(loop.executor);
  std::optional<Status> accepted;
  scope.spawn(accept_tls(streams.first, *certificate.server, accepted));
  EXPECT_EQ(streams.second.try_write("PING\r\n").kind, IoOutcome::Kind::done);
  loop.run(scope.join());
  EXPECT_EQ(accepted->error().code, Code::unavailable);
}

TEST(Tls, OffersOnlyForwardSecrecyAndAuthenticatedEncryption) {
  const TestCertificate certificate;
  SSL_CTX* native = certificate.server->native();
  EXPECT_GE(::SSL_CTX_ctrl(native, SSL_CTRL_GET_MIN_PROTO_VERSION, 0, nullptr), TLS1_2_VERSION);
  const STACK_OF(SSL_CIPHER)* suites = ::SSL_CTX_get_ciphers(native);
  ASSERT_GT(::OPENSSL_sk_num(reinterpret_cast<const OPENSSL_STACK*>(suites)), 0);
  for (int i = 0; i < ::OPENSSL_sk_num(reinterpret_cast<const OPENSSL_STACK*>(suites)); ++i) {
    const auto* suite = static_cast<const SSL_CIPHER*>(
        ::OPENSSL_sk_value(reinterpret_cast<const OPENSSL_STACK*>(suites), i));
    const int exchange = ::SSL_CIPHER_get_kx_nid(suite);
    EXPECT_TRUE(exchange == NID_kx_ecdhe || exchange == NID_kx_any) << ::SSL_CIPHER_get_name(suite);
    EXPECT_EQ(::SSL_CIPHER_is_aead(suite), 1) << ::SSL_CIPHER_get_name(suite);
  }
}

TEST(Tls, NamesTheFileThatIsWrong) {
  TlsServerOptions options;
  options.certificate_file = "/nonexistent.pem";
  const auto server = TlsContext::server(options);
  ASSERT_FALSE(server.has_value());
  EXPECT_NE(server.error().what.find("/nonexistent.pem"), std::string::npos);
}

}  // namespace
}  // namespace octavo::io
