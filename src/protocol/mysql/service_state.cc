#include "protocol/mysql/service_state.h"

#include "base/clock.h"
#include "engine/engine.h"
#include "protocol/common/logins.h"

namespace octavo::mysql {

std::shared_ptr<const RsaKey> KeyOfProcess::get() {
  const MutexLock lock(mutex_);
  if (key_ == nullptr) key_ = RsaKey::make();
  return key_;
}

ServiceState::ServiceState(const protocol::ServiceContext& given, const ServiceOptions& set,
                           MakeLanguage make)
    : context(given),
      options(set),
      started_ns(given.clock.monotonic_ns()),
      credentials(protocol::find_credentials(context.engine, context.credentials)),
      processes(context.engine.access()),
      language(make({.service = context,
                     .processes = processes,
                     .counts = counts,
                     .max_packet = set.max_packet,
                     .local_infile = set.local_infile})) {}

std::string account_of(const catalog::CatalogState& state, const std::string& user) {
  constexpr std::string_view kRoot = "root";
  const bool is_admin = user == kRoot && state.find_user(user) == nullptr;
  return is_admin ? std::string(catalog::kAdminName) : user;
}

}  // namespace octavo::mysql
