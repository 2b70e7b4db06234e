#pragma once

// What the connections of a service share.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/rsa_key.h"
#include "catalog/scram.h"
#include "protocol/common/service.h"
#include "protocol/mysql/password_cache.h"
#include "protocol/mysql/processes.h"
#include "protocol/mysql/service_counts.h"
#include "protocol/mysql/statements.h"

namespace octavo::mysql {

// The key with which clients hide their password where there is no TLS. Made when it is first asked
// for, and for as long as the process. Any thread may ask; it takes a moment.
class KeyOfProcess {
 public:
  std::shared_ptr<const RsaKey> get();

 private:
  Mutex mutex_;
  std::shared_ptr<const RsaKey> key_ OCTAVO_GUARDED_BY(mutex_);
};

struct ServiceOptions {
  std::size_t max_packet;  // bytes of a request
  bool local_infile;       // whether clients may be asked for files
};

struct ServiceState {
  ServiceState(const protocol::ServiceContext& given, const ServiceOptions& set, MakeLanguage make);

  const protocol::ServiceContext context;
  const ServiceOptions options;
  const std::int64_t started_ns;  // monotonic
  // A user without a password may log in, as over RethinkDB's protocol.
  const catalog::FindCredentials credentials;
  PasswordCache passwords;
  KeyOfProcess key;
  Processes processes;
  ServiceCounts counts;
  const std::unique_ptr<Language> language;
};

// Whom the catalog has under the name that a client says: MySQL's `root` is the administrator,
// unless there is somebody of that name.
std::string account_of(const catalog::CatalogState& state, const std::string& user);

}  // namespace octavo::mysql
