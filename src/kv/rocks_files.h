#pragma once

// For kv's own sources: lets RocksDB run on an io::FileSystem, so that a simulated disk can take
// its power away. Production uses RocksDB's own file access.

#include <memory>

#include "io/file.h"

namespace rocksdb {
class FileSystem;
}

namespace octavo::kv {

std::shared_ptr<rocksdb::FileSystem> make_rocks_files(io::FileSystem& files);

}  // namespace octavo::kv
