#pragma once

// Writes of other protocols to Redis keys: each key is read as a document, edited, and turned into
// the commands that make it so. They commit as one keyspace transaction, guarded by the versions of
// the keys that were read, and are decided again when one of them has changed meanwhile.

#include <functional>

#include "base/clock.h"
#include "exec/write.h"
#include "keyspace/batch.h"
#include "keyspace/keyspace.h"

namespace octavo::layout {

struct KeyspaceTarget {
  keyspace::Keyspace& keyspace;
  Clock& clock;
  // Commits a batch and waits until it was applied.
  std::function<Result<Lsn>(keyspace::LocalBatch&)> commit;
  // Asked before what may make the data larger, by so many bytes; the error is that row's.
  std::function<Status(std::size_t bytes)> make_room;
};

// As write_rows; not for an I/O thread. Rows that are no Redis keys fail one by one.
Result<exec::RowWritesDone> write_keyspace_rows(const KeyspaceTarget& target,
                                                const exec::RowWrites& writes,
                                                exec::QueryContext& query);

}  // namespace octavo::layout
