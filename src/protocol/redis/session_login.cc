// Whose dialogue it is: AUTH, and HELLO with AUTH.

#include "base/crypto.h"
#include "catalog/keyspace_rules.h"
#include "catalog/scram.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kWrong = "WRONGPASS invalid username-password pair or user is disabled.";
// A name or a password that is longer could not be sent to log in with, so that nobody has it.
constexpr auto kMaxCredentialBytes =
    static_cast<std::size_t>(kUnauthenticatedLimits.max_bulk_bytes);

// What a password is compared with.
struct Expected {
  std::string required;  // `requirepass`, when it holds for the user
  catalog::Credentials credentials;
  std::optional<catalog::KeyspaceRules> rules;
  // No rule opens the administrator, by whichever name, while it has a password in the user store.
  bool may_be_open = true;

  // Without a look at the password, or with a look that costs nothing; nullopt: neither says it.
  std::optional<bool> at_once(std::string_view password) const {
    if (!rules) return std::nullopt;
    const AclUser user = AclUser::from_text(rules->text);
    const bool open = user.needs_no_password();
    if (user.enabled() && user.takes(password) && (!open || may_be_open)) return true;
    const bool own = user.has_own_password() || open;
    return user.enabled() && own ? std::nullopt : std::optional(false);
  }

  protocol::LoginCost cost() const {
    return required.empty() ? protocol::cost_of(credentials) : protocol::LoginCost::little;
  }
  bool fits(std::string_view password) const {
    if (password.size() > kMaxCredentialBytes) return false;
    const std::optional<bool> known = at_once(password);
    if (known == true) return true;
    // The same work for all that is wrong: it does not tell who is there.
    const bool own = matches(password);
    return own && known != false;
  }
  bool matches(std::string_view password) const {
    return required.empty() ? catalog::password_matches(credentials, password)
                            : constant_time_equal(sha256(password), sha256(required));
  }
  friend bool operator==(const Expected&, const Expected&) = default;
};

Expected expected_of(const ServiceState& service, std::string_view user) {
  const bool is_default = user == kDefaultUser;
  Expected out;
  if (is_default) out.required = service.settings.get("requirepass");
  const auto find = protocol::find_passwords(service.engine, service.credentials);
  const std::string name(is_default ? catalog::kAdminName : user);
  out.credentials = find(name);
  out.rules = catalog::keyspace_rules(*service.engine.catalog(), name);
  out.may_be_open = name != catalog::kAdminName;  // see open_to_all
  return out;
}

}  // namespace

bool Session::open_to_all() const {
  const auto state = service_.engine.catalog();
  if (const auto rules = catalog::keyspace_rules(*state, catalog::kAdminName)) {
    const AclUser user = AclUser::from_text(rules->text);
    if (!user.enabled()) return false;
    if (!user.needs_no_password() && !user.has_own_password()) return false;
  }
  const auto* admin = state->find_user(catalog::kAdminName);
  return service_.settings.get("requirepass").empty() &&
         (admin == nullptr || admin->credentials.empty_password);
}

io::Task<bool> Session::log_in(std::string user, std::string password) {
  if (user.size() > kMaxCredentialBytes) user.clear();  // which is nobody's name either
  auto outcome = protocol::LoginOutcome::right;
  if (user == kDefaultUser && open_to_all()) {
    connection_.info().set_attribute("user", user);
  } else {
    const Expected expected = expected_of(service_, user);
    const bool right = expected.at_once(password) == true;
    protocol::Login login(user, right ? protocol::LoginCost::little : expected.cost());
    login.fits = [&] { return expected.fits(password); };
    login.unchanged = [&] { return expected == expected_of(service_, user); };
    outcome = co_await service_.logins.log_in(connection_, std::move(login));
  }
  switch (outcome) {
    case protocol::LoginOutcome::right: break;
    case protocol::LoginOutcome::ended: close_after_reply(); co_return false;
    case protocol::LoginOutcome::wrong: reply().error(kWrong); break;
    case protocol::LoginOutcome::refused:
      reply().error("ERR " + std::string(protocol::kTooManyFailedLogins));
      break;
  }
  if (outcome != protocol::LoginOutcome::right) {
    note_denial(AclDenial::Reason::auth, "AUTH", user);
    co_return false;
  }
  authenticated_ = true;
  user_ = user;
  become(user == kDefaultUser ? catalog::kAdminName : std::string_view(user));
  co_return true;
}

}  // namespace octavo::redis
