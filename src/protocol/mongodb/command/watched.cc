#include "protocol/mongodb/command/watched.h"

#include <algorithm>
#include <iterator>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/change_stream_options.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {

Result<Watched> watched_of(CommandCall& call, const ChangeStreamOptions& options) {
  static constexpr std::string_view kAdmin = "admin";
  static constexpr std::string_view kOwn[] = {"admin", "local", "config"};
  if (options.all_changes_for_cluster) {
    if (call.database() == kAdmin && call.collection().empty()) return Watched();
    return error(ErrorCode::invalid_options,
                 "A $changeStream with 'allChangesForCluster:true' may only be opened on the "
                 "'admin' database, and with no collection name; found {}",
                 call.collection().empty() ? call.database() : call.ns());
  }
  if (std::ranges::find(kOwn, call.database()) != std::end(kOwn)) {
    return error(ErrorCode::invalid_namespace,
                 "$changeStream may not be opened on the internal {} database", call.database());
  }
  TRY_STATUS(refuse_view(*call.engine().catalog(), call.database(), call.collection()));
  return Watched{call.database(), call.collection()};
}

}  // namespace octavo::mongodb
