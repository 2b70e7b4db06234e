#include "io/tls.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "io/tls_session.h"

namespace octavo::io {
namespace {

// What OpenSSL's error queue, which is emptied, says in words. Its oldest entry is the cause, the
// later ones are what failed because of it.
std::string openssl_error() {
  const unsigned long code = ::ERR_peek_error();
  ::ERR_clear_error();
  if (code == 0) return "the peer closed the connection";
  if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
  if (const char* reason = ::ERR_reason_error_string(code)) return reason;
  char text[256];
  ::ERR_error_string_n(code, text, sizeof text);
  return text;
}

std::unexpected<Error> tls_failure(std::string_view what) {
  return fail(Code::invalid_argument, std::string(what) + ": " + openssl_error() + ".");
}

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;

// What TLS 1.2 may use: keys that are forgotten after the connection (ECDHE), and encryption that
// authenticates (no CBC). All suites of TLS 1.3 are like that.
constexpr const char* kTls12Suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// False when this OpenSSL knows none of the suites.
[[nodiscard]] bool set_common_options(SSL_CTX* context) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // An end of file without close_notify is an end: our protocols frame their own messages.
  ::SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_NO_RENEGOTIATION);
  ::SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
  // One system call reads as many records as have come.
  ::SSL_CTX_set_read_ahead(context, 1);
  return ::SSL_CTX_set_cipher_list(context, kTls12Suites) == 1;
}

Bytes contents(BIO* bio) {
  char* data = nullptr;
  const long size = ::BIO_get_mem_data(bio, &data);
  return Bytes(data, static_cast<std::size_t>(size));
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* extension = ::X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  if (extension == nullptr) return false;
  const bool added = ::X509_add_ext(certificate, extension, -1) == 1;
  ::X509_EXTENSION_free(extension);
  return added;
}

}  // namespace

TlsContext::~TlsContext() { ::SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsContext>> TlsContext::server(const TlsServerOptions& options) {
  std::shared_ptr<TlsContext> context(new TlsContext(::SSL_CTX_new(::TLS_server_method())));
  SSL_CTX* native = context->native();
  if (native == nullptr || !set_common_options(native)) return tls_failure("TLS cannot be set up");
  if (::SSL_CTX_use_certificate_chain_file(native, options.certificate_file.c_str()) != 1) {
    return tls_failure("TLS certificate " + options.certificate_file);
  }
  if (::SSL_CTX_use_PrivateKey_file(native, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return tls_failure("TLS key " + options.key_file);
  }
  if (!options.client_ca_file.empty()) {
    if (::SSL_CTX_load_verify_file(native, options.client_ca_file.c_str()) != 1) {
      return tls_failure("TLS client CA file " + options.client_ca_file);
    }
    ::SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return context;
}

Result<std::shared_ptr<const TlsContext>> TlsContext::client(const TlsClientOptions& options) {
  std::shared_ptr<TlsContext> context(new TlsContext(::SSL_CTX_new(::TLS_client_method())));
  SSL_CTX* native = context->native();
  if (native == nullptr || !set_common_options(native)) return tls_failure("TLS cannot be set up");
  if (!options.ca_file.empty()) {
    if (::SSL_CTX_load_verify_file(native, options.ca_file.c_str()) != 1) {
      return tls_failure("TLS CA file " + options.ca_file);
    }
    ::SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

Result<CertificatePair> make_self_signed_certificate(const std::string& name) {
  constexpr long kYearSeconds = 365L * 24 * 3600;
  const KeyPtr key(::EVP_EC_gen("P-256"));
  const CertificatePtr certificate(::X509_new());
  if (key == nullptr || certificate == nullptr) return tls_failure("Making a TLS key");

  X509* x509 = certificate.get();
  ::X509_set_version(x509, X509_VERSION_3);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(x509), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(x509), -60);  // clocks differ a little
  ::X509_gmtime_adj(::X509_getm_notAfter(x509), kYearSeconds);
  ::X509_set_pubkey(x509, key.get());
  X509_NAME* subject = ::X509_get_subject_name(x509);
  ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  ::X509_set_issuer_name(x509, subject);
  const bool numeric = name.find_first_not_of("0123456789.:") == std::string::npos;
  const std::string subject_alternative = (numeric ? "IP:" : "DNS:") + name;
  const BioPtr certificate_pem(::BIO_new(::BIO_s_mem()));
  const BioPtr key_pem(::BIO_new(::BIO_s_mem()));
  if (!add_extension(x509, NID_basic_constraints, "critical,CA:TRUE") ||
      !add_extension(x509, NID_subject_alt_name, subject_alternative) ||
      ::X509_sign(x509, key.get(), ::EVP_sha256()) == 0 ||
      ::PEM_write_bio_X509(certificate_pem.get(), x509) != 1 ||
      ::PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return tls_failure("Making a TLS certificate for " + name);
  }
  return CertificatePair{contents(certificate_pem.get()), contents(key_pem.get())};
}

Result<std::unique_ptr<TlsSession>> TlsSession::server(const TlsContext& context, int fd,
                                                       BytesView first) {
  std::unique_ptr<TlsSession> session(new TlsSession(::SSL_new(context.native())));
  SSL* ssl = session->ssl_;
  if (ssl == nullptr || ::SSL_set_fd(ssl, fd) != 1) return tls_failure("TLS session");
  ::SSL_set_accept_state(ssl);
  if (!first.empty() && !session->read_before_the_socket(first)) return tls_failure("TLS session");
  return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::client(const TlsContext& context, int fd,
                                                       const std::string& server_name) {
  std::unique_ptr<TlsSession> session(new TlsSession(::SSL_new(context.native())));
  SSL* ssl = session->ssl_;
  if (ssl == nullptr || ::SSL_set_fd(ssl, fd) != 1) return tls_failure("TLS session");
  ::SSL_set_connect_state(ssl);
  const bool numeric = server_name.find_first_not_of("0123456789.:") == std::string::npos;
  if (numeric) {
    ::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(ssl), server_name.c_str());
  } else {
    // The macro SSL_set_tlsext_host_name has a C cast in it.
    ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
               const_cast<char*>(server_name.c_str()));
    ::SSL_set1_host(ssl, server_name.c_str());
  }
  return session;
}

TlsSession::~TlsSession() { ::SSL_free(ssl_); }

// OpenSSL takes the bytes from a memory BIO, in which it finds nothing more to read in the end
// rather than the end of the stream.
bool TlsSession::read_before_the_socket(BytesView first) {
  BIO* bio = ::BIO_new(::BIO_s_mem());
  std::size_t written = 0;
  if (bio == nullptr || ::BIO_write_ex(bio, first.data(), first.size(), &written) != 1) {
    ::BIO_free(bio);
    return false;
  }
  ::SSL_set0_rbio(ssl_, bio);
  reads_first_ = true;
  return true;
}

// After a call that wanted to read. True when it was at the end of the first bytes only: the call
// is to be made again, and of the socket nothing is known yet.
bool TlsSession::go_on_with_the_socket(int result) {
  if (!reads_first_ || ::SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) return false;
  BIO* socket = ::SSL_get_wbio(ssl_);
  ::BIO_up_ref(socket);
  ::SSL_set0_rbio(ssl_, socket);
  reads_first_ = false;
  return true;
}

// OpenSSL has seen EAGAIN when it wants something, so the next readiness is a new edge.
IoOutcome TlsSession::classify(Descriptor& descriptor, int result) {
  using Kind = IoOutcome::Kind;
  const int system_error = errno;
  switch (::SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ: descriptor.readable = false; return {Kind::would_block, 0, 0};
    case SSL_ERROR_WANT_WRITE: descriptor.writable = false; return {Kind::would_block, 0, 0};
    case SSL_ERROR_ZERO_RETURN:
      last_error_ = "the peer closed the connection";
      return {Kind::end, 0, 0};
    case SSL_ERROR_SYSCALL:
      last_error_ = "the connection broke";
      return {Kind::failed, 0, system_error != 0 ? system_error : ECONNRESET};
    default: last_error_ = openssl_error(); return {Kind::failed, 0, EPROTO};
  }
}

IoOutcome TlsSession::handshake(Descriptor& descriptor) {
  ::ERR_clear_error();
  int result = ::SSL_do_handshake(ssl_);
  if (go_on_with_the_socket(result)) result = ::SSL_do_handshake(ssl_);
  if (result == 1) return {IoOutcome::Kind::done, 0, 0};
  return classify(descriptor, result);
}

IoOutcome TlsSession::read(Descriptor& descriptor, std::span<char> buffer) {
  if (!descriptor.readable && !reads_first_ && ::SSL_has_pending(ssl_) == 0) {
    return {IoOutcome::Kind::would_block, 0, 0};
  }
  ::ERR_clear_error();
  std::size_t size = 0;
  int result = ::SSL_read_ex(ssl_, buffer.data(), buffer.size(), &size);
  if (go_on_with_the_socket(result)) {
    result = ::SSL_read_ex(ssl_, buffer.data(), buffer.size(), &size);
  }
  if (result == 1) return {IoOutcome::Kind::done, size, 0};
  return classify(descriptor, result);
}

IoOutcome TlsSession::write(Descriptor& descriptor, BytesView bytes) {
  if (!descriptor.writable) return {IoOutcome::Kind::would_block, 0, 0};
  ::ERR_clear_error();
  std::size_t size = 0;
  const int result = ::SSL_write_ex(ssl_, bytes.data(), bytes.size(), &size);
  if (result == 1) return {IoOutcome::Kind::done, size, 0};
  return classify(descriptor, result);
}

void TlsSession::close_notify() {
  ::ERR_clear_error();
  // Sent or not: the peer sees the end of the stream next.
  if (::SSL_is_init_finished(ssl_)) (void)::SSL_shutdown(ssl_);
  ::ERR_clear_error();
}

}  // namespace octavo::io
