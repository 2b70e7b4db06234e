#pragma once

#include <string>

#include "keyspace/command.h"
#include "protocol/redis/service_state.h"

namespace octavo::redis {

// Who asks, and whom.
struct InfoReader {
  keyspace::DatabaseSet readable = keyspace::kNoDatabases;
  unsigned node = 0;  // of the cluster, when there is one, and where its nodes are
  std::string host;
};

// The text of INFO for the sections that `sections` (behind the command's name) ask for, with the
// numbers of keys of the databases that the reader may read. With the keyspace's lock held.
std::string info_text(ServiceState& service, const InfoReader& reader, keyspace::Args sections);

}  // namespace octavo::redis
