#include "engine/login_credentials.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/logging.h"
#include "base/random.h"
#include "catalog/scram.h"

namespace octavo::engine {
namespace {

constexpr std::string_view kSecretFile = "login-secret";

std::uint32_t most_common_iterations(const catalog::CatalogState& state) {
  std::map<std::uint32_t, std::size_t> users;
  for (const catalog::User* user : state.users()) {
    if (!user->credentials.empty_password) ++users[user->credentials.iterations];
  }
  const auto most =
      std::ranges::max_element(users, {}, [](const auto& item) { return item.second; });
  return most == users.end() ? catalog::kDefaultIterations : most->first;
}

}  // namespace

std::uint32_t LoginCredentials::usual_iterations(const catalog::CatalogPtr& state) const {
  const MutexLock lock(mutex_);
  if (usual_iterations_ == 0 || counted_in_.lock() != state) {
    usual_iterations_ = most_common_iterations(*state);
    counted_in_ = state;
  }
  return usual_iterations_;
}

// They are made up for a user who exists as well: it takes the same time.
catalog::Credentials LoginCredentials::of(const catalog::CatalogPtr& state,
                                          std::string_view user) const {
  catalog::Credentials made_up =
      catalog::made_up_credentials(secret_, user, usual_iterations(state));
  const catalog::User* found = state->find_user(user);
  if (found != nullptr) return found->credentials;
  return made_up;
}

catalog::Credentials LoginCredentials::with_password(const catalog::CatalogPtr& state,
                                                     std::string_view user) const {
  catalog::Credentials made_up =
      catalog::made_up_credentials(secret_, user, usual_iterations(state));
  const catalog::User* found = state->find_user(user);
  const bool has_one = found != nullptr && !found->credentials.empty_password;
  if (has_one) return found->credentials;
  return made_up;
}

Bytes load_login_secret(io::FileSystem& files, const std::string& directory) {
  const std::string path = io::join_path(directory, std::string(kSecretFile));
  Result<Bytes> kept = io::read_file(files, path);
  if (kept && kept->size() == kLoginSecretBytes) return *std::move(kept);
  const bool is_new = !kept && kept.error().code == Code::not_found;
  if (!is_new) {
    log_warning("the secret of made-up salts cannot be read and is made anew",
                {{"file", path}, {"reason", kept ? "it has another size" : kept.error().what}});
  }
  Bytes secret = secure_random_bytes(kLoginSecretBytes);
  if (const Status written = io::write_file_atomic(files, path, secret); !written) {
    log_warning("the secret of made-up salts cannot be kept and will be another at the next start",
                {{"file", path}, {"reason", written.error().what}});
  }
  return secret;
}

}  // namespace octavo::engine
