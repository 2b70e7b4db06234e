#pragma once

// For kv's own sources: lets RocksDB run on an io::FileSystem, so that a simulated disk can take
// its power away. Production uses RocksDB's own file access.

#include <atomic>
#include <memory>

#include "io/file.h"

namespace rocksdb {
class FileSystem;
}

namespace octavo::kv {

std::shared_ptr<rocksdb::FileSystem> make_rocks_files(io::FileSystem& files);
// Like `files`, but refuses new table files once `closed` is true.
std::shared_ptr<rocksdb::FileSystem> make_gated_files(
    std::shared_ptr<rocksdb::FileSystem> files, std::shared_ptr<const std::atomic<bool>> closed);

}  // namespace octavo::kv
