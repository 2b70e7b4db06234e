#include "protocol/mysql/service_state.h"

#include "base/clock.h"
#include "engine/engine.h"
#include "engine/login_credentials.h"

namespace octavo::mysql {

std::shared_ptr<const RsaKey> KeyOfProcess::get() {
  const MutexLock lock(mutex_);
  if (key_ == nullptr) key_ = RsaKey::make();
  return key_;
}

ServiceState::ServiceState(const protocol::ServiceContext& given, Language& speaks,
                           std::size_t largest)
    : context(given),
      language(speaks),
      max_packet(largest),
      started_ns(given.clock.monotonic_ns()),
      credentials([&service = context](const std::string& user) {
        return service.credentials.of(service.engine.catalog(), user);
      }),
      native_verifier([](const std::string&) { return Bytes(); }) {}

std::string account_of(const catalog::CatalogState& state, const std::string& user) {
  constexpr std::string_view kRoot = "root";
  const bool is_admin = user == kRoot && state.find_user(user) == nullptr;
  return is_admin ? std::string(catalog::kAdminName) : user;
}

}  // namespace octavo::mysql
