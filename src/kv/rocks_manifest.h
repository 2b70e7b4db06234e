#pragma once

// For kv's own sources: where RocksDB's list of its files (MANIFEST) ends after a power cut.
//
// RocksDB appends to it and syncs before it acts on what it appended. A power cut in between may
// leave a record of which some disk sectors hold zeros instead of what was written. RocksDB takes
// that for corruption and does not open, though nothing that counts is lost: the log still has what
// the record would have made durable.
//
// The format is that of RocksDB's wiki, "Write Ahead Log File Format": blocks of 32 KiB with
// records of a masked CRC-32C (4 bytes), a length (2), a type (1) and the payload.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace rocksdb {
class FileSystem;
}

namespace octavo::kv {

// How much of the file is to be read: all of it, or what is before a record that was not completely
// written. A record that is damaged in another way does not end it: that is for RocksDB to report.
std::size_t end_of_manifest(BytesView manifest);

// Like `files`, but a manifest is read up to there. What is left out is told.
std::shared_ptr<rocksdb::FileSystem> make_manifest_files(
    std::shared_ptr<rocksdb::FileSystem> files, std::function<void(const std::string&)> on_notice);

}  // namespace octavo::kv
