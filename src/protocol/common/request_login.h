#pragma once

// Name and password with each request, as HTTP clients send them.

#include <string>

#include "catalog/scram.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/common/logins.h"

namespace octavo::protocol {

// Of one connection, on its executor. The password of the first request is hashed; those that
// follow are compared with a keyed hash of it, as long as the credentials stay: microseconds
// instead of a millisecond. The key is made for the connection and goes with it. A client that
// speaks for many users in turn has a hash for each change.
class RequestLogin {
 public:
  // `logins` outlives it.
  RequestLogin(Logins& logins, catalog::FindCredentials find);

  // Outcomes as those of `Logins::log_in`. One at a time.
  io::Task<LoginOutcome> check(Connection& connection, std::string user, std::string password);

 private:
  Bytes digest(std::string_view password) const;

  Logins& logins_;
  catalog::FindCredentials find_;
  Bytes key_;
  // Who was right last.
  std::string user_;
  Bytes digest_;  // empty: nobody yet
  catalog::Credentials credentials_;
};

}  // namespace octavo::protocol
