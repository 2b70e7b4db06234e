#pragma once

// Whose an HTTP request is: name and password come with each.

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "io/task.h"
#include "protocol/common/http.h"
#include "protocol/common/request_login.h"

namespace octavo::protocol {

struct BasicCredentials {
  std::string user;
  std::string password;
};

// Of a field `Authorization: Basic …` (RFC 7617); none: it is another, or no such text.
std::optional<BasicCredentials> basic_credentials(std::string_view authorization);

// Of one connection, on its executor.
class HttpLogin {
 public:
  // All but `find` outlive it.
  HttpLogin(Connection& connection, Logins& logins, catalog::FindCredentials find)
      : connection_(connection), passwords_(logins, std::move(find)) {}

  // The user. Else what to answer: 401, 429 after too many failures, 503 when the connection or the
  // server ends; the words are the protocol's to replace.
  io::Task<std::expected<std::string, HttpReply>> check(const HttpHead& head);

 private:
  Connection& connection_;
  RequestLogin passwords_;
};

}  // namespace octavo::protocol
