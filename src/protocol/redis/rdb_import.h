#pragma once

// RDB files of Redis: their keys are put into the keyspace through the log, as RESTORE puts them,
// and libraries as FUNCTION LOAD does. Other protocols see them as they see any keys.

#include "protocol/common/import.h"

namespace octavo::redis {

// The file's checksum is looked at before the first key is put. `already_exists`:
// Existing::refuse; `resource_exhausted`: the keys are more than the memory for them.
Result<std::string> import_rdb(engine::Engine& engine, io::File& file, protocol::Existing existing,
                               const protocol::ImportProgress& progress);

}  // namespace octavo::redis
