#pragma once

// A certificate in files, for tests of everything that speaks TLS.

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "io/tls.h"

namespace octavo::io {

struct TestCertificate {
  explicit TestCertificate(const std::string& name = "localhost") {
    static int last = 0;
    directory = std::filesystem::temp_directory_path() /
                ("octavo_tls_" + std::to_string(::getpid()) + "_" + std::to_string(++last));
    std::filesystem::create_directories(directory);
    const CertificatePair pair = make_self_signed_certificate(name).value();
    std::ofstream(file("cert.pem")) << pair.certificate_pem;
    std::ofstream(file("key.pem")) << pair.key_pem;
    server = TlsContext::server({.certificate_file = file("cert.pem"),
                                 .key_file = file("key.pem"),
                                 .client_ca_file = ""})
                 .value();
    client = TlsContext::client({.ca_file = file("cert.pem")}).value();
  }
  ~TestCertificate() { std::filesystem::remove_all(directory); }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  std::string file(const char* name) const { return (directory / name).string(); }

  std::filesystem::path directory;
  std::shared_ptr<const TlsContext> server;
  std::shared_ptr<const TlsContext> client;  // trusts it
};

}  // namespace octavo::io
