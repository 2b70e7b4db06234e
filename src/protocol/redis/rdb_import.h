#pragma once

// `octavo import`: the keys of an RDB file of Redis, put into the keyspace through the log, as
// RESTORE puts them: other protocols see them as they see any keys.

#include <cstdint>
#include <functional>
#include <string>

#include "engine/engine.h"

namespace octavo::io {
class File;
}

namespace octavo::redis {

// What becomes of keys that are there already.
enum class Existing : std::uint8_t { refuse, skip, replace };

struct RdbImport {
  std::uint64_t keys = 0;       // that were put
  std::uint64_t expired = 0;    // left out, because their time has come
  std::uint64_t skipped = 0;    // left out, because they were there
  std::uint64_t functions = 0;  // libraries, left out
  std::string redis_version;    // empty: not told
};

// How much of the file was read, 0 to 1, and what came of it so far. Called often.
using RdbProgress = std::function<void(double done, const RdbImport& so_far)>;

// Blocks; not for an I/O thread. The file's checksum is looked at before the first key is put.
// Where it fails later (`already_exists`: Existing::refuse; `resource_exhausted`: the keys are more
// than the memory for them; a disk) the keys before that stay, and the error says how many.
Result<RdbImport> import_rdb(engine::Engine& engine, io::File& file, Existing existing,
                             const RdbProgress& progress);

}  // namespace octavo::redis
