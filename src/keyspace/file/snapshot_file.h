#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "io/file.h"
#include "keyspace/file/snapshot.h"

namespace octavo::keyspace {

// Called now and then with how much is done, 0 to 1. False stops the work (Code::cancelled).
using SnapshotProgress = std::function<bool(double done)>;

// Writes what the snapshotter yields to a temporary file, syncs it and renames it to `path`: a
// file of that name is always complete. Blocks; for a background thread.
Status write_snapshot_file(io::FileSystem& files, const std::string& path, Snapshotter& snapshotter,
                           const SnapshotProgress& progress = {});

// Fills an empty keyspace. Code::corrupt names the file and the offset of the damage; the
// keyspace is of no use then.
Result<SnapshotHeader> load_snapshot_file(io::FileSystem& files, const std::string& path,
                                          Keyspace& keyspace,
                                          const SnapshotProgress& progress = {});

}  // namespace octavo::keyspace
