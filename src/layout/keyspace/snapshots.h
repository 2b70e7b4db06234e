#pragma once

// The snapshot files of a data directory: `DIR/keys/`, one file per log position, the last two
// kept. A start loads the newest that is whole and replays the log from there; so the log may be
// trimmed up to the older one.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "io/file.h"
#include "keyspace/file/snapshot_file.h"
#include "txn/sequencer.h"

namespace octavo::layout {

inline constexpr std::string_view kSnapshotDirectory = "keys";

struct SnapshotFile {
  std::string path;
  Lsn at;  // the last record that is in it
};
// Those in `directory`, oldest first; none where the directory is missing.
Result<std::vector<SnapshotFile>> list_snapshots(io::FileSystem& files,
                                                 const std::string& directory);

// A keyspace with everything up to and with the record at `applied`.
struct KeyspaceState {
  std::unique_ptr<keyspace::Keyspace> keyspace;
  Lsn applied;  // zero: nothing
};

// Thread-safe; one `write` at a time.
class KeyspaceSnapshots {
 public:
  // What a snapshot that is being written holds is noted in `copies`.
  KeyspaceSnapshots(io::FileSystem& files, std::string directory, MemoryPool* copies = nullptr)
      : files_(files), directory_(std::move(directory)), copies_(copies) {}

  // Looks at what is there and removes what a crash left half-written.
  Status open();

  // From the newest snapshot that is whole, of those with `at` below `limit`; damaged ones are
  // reported and put aside. An empty keyspace when there is none: the log must have it all then.
  Result<KeyspaceState> load(const Lsn& limit, const keyspace::SnapshotProgress& progress = {});

  // Writes one of the present state, beside running commands, once the log is on the disk up to
  // there: a snapshot must not know records that a power cut may take away.
  Status write(txn::Sequencer& sequencer, keyspace::Keyspace& keyspace,
               const keyspace::SnapshotProgress& progress);

  Lsn newest() const;           // zero: there is none
  Lsn log_needed_from() const;  // zero: from its beginning

 private:
  std::vector<SnapshotFile> present() const;
  void put_aside(const SnapshotFile& file);
  void remove_old();

  io::FileSystem& files_;
  std::string directory_;
  MemoryPool* copies_;
  mutable Mutex mutex_;
  std::vector<SnapshotFile> snapshots_ OCTAVO_GUARDED_BY(mutex_);  // oldest first
};

}  // namespace octavo::layout
