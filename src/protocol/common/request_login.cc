#include "protocol/common/request_login.h"

#include <utility>

#include "base/crypto.h"
#include "base/random.h"

namespace octavo::protocol {

RequestLogin::RequestLogin(Logins& logins, catalog::FindCredentials find)
    : logins_(logins), find_(std::move(find)), key_(secure_random_bytes(kSha256Size)) {}

Bytes RequestLogin::digest(std::string_view password) const { return hmac_sha256(key_, password); }

io::Task<LoginOutcome> RequestLogin::check(Connection& connection, std::string user,
                                           std::string password) {
  catalog::Credentials credentials = find_(user);
  const bool known = !digest_.empty() && user == user_ && credentials == credentials_;
  if (known && constant_time_equal(digest(password), digest_)) co_return LoginOutcome::right;
  Login login(user, cost_of(credentials), credentials, find_);
  login.fits = [&] { return catalog::password_matches(credentials, password); };
  const LoginOutcome outcome = co_await logins_.log_in(connection, std::move(login));
  if (outcome == LoginOutcome::right) {
    user_ = std::move(user);
    digest_ = digest(password);
    credentials_ = std::move(credentials);
  }
  co_return outcome;
}

}  // namespace octavo::protocol
