#pragma once

// TLS settings that many connections share: the certificate and key of a server, or what a client
// trusts. OpenSSL stays inside tls.cc.

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

struct ssl_ctx_st;

namespace octavo::io {

struct TlsServerOptions {
  std::string certificate_file;  // PEM, the chain, own certificate first
  std::string key_file;          // PEM
  std::string client_ca_file;    // not empty: clients must show a certificate signed by it
};

struct TlsClientOptions {
  std::string ca_file;  // empty: the peer is not verified
};

// Immutable once made; shared by threads. TLS 1.2 and 1.3.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> server(const TlsServerOptions& options);
  static Result<std::shared_ptr<const TlsContext>> client(const TlsClientOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* native() const noexcept { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

struct CertificatePair {
  Bytes certificate_pem;
  Bytes key_pem;
};

// A self-signed certificate for `name` (P-256, one year), for a server that was given none and
// for tests.
Result<CertificatePair> make_self_signed_certificate(const std::string& name);

}  // namespace octavo::io
