#pragma once

// For kv's own sources: RocksDB's outcomes as ours and back.

#include "base/result.h"

namespace rocksdb {
class Status;
class IOStatus;
}  // namespace rocksdb

namespace octavo::kv {

// The texts of corruption name the file: RocksDB puts it there.
Status from_rocks(const rocksdb::Status& status);
rocksdb::IOStatus to_rocks(const Error& error);

}  // namespace octavo::kv
