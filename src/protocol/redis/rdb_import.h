#pragma once

// RDB files of Redis: their keys are put into the keyspace through the log, as RESTORE puts them,
// and libraries as FUNCTION LOAD does. Other protocols see them as they see any keys.

#include <cstdint>
#include <span>

#include "base/result.h"
#include "protocol/common/import.h"

namespace octavo::redis {

// Where an RDB file lies. Fewer bytes than asked for only at its end.
class RdbBytes {
 public:
  virtual ~RdbBytes() = default;
  virtual Result<std::uint64_t> size() = 0;
  virtual Result<std::size_t> pread(std::uint64_t offset, std::span<char> out) = 0;
};

// Whether it is whole, by its checksum; OK where it has none.
Status check_rdb(RdbBytes& file);

// Which database is selected in the stream behind a master's snapshot.
Result<std::uint64_t> stream_database(RdbBytes& file);

// The file is taken as it is: see `check_rdb`. Errors as below.
Result<std::string> load_rdb(engine::Engine& engine, RdbBytes& file, protocol::Existing existing,
                             const protocol::ImportProgress& progress);

// The file's checksum is looked at before the first key is put. `already_exists`:
// Existing::refuse; `resource_exhausted`: the keys are more than the memory for them.
Result<std::string> import_rdb(engine::Engine& engine, io::File& file, protocol::Existing existing,
                               const protocol::ImportProgress& progress);

}  // namespace octavo::redis
