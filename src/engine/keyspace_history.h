#pragma once

// The past of a keyspace table. The log holds commands and not what they changed, so they are run
// again, on a keyspace of our own, from the newest snapshot before the cursor.

#include "base/memory_pool.h"
#include "layout/keyspace/snapshots.h"
#include "log/commit_log.h"
#include "stream/feeds.h"
#include "txn/sequencer.h"

namespace octavo::engine {

// Changes of records from `from` on. `copy` holds what the keyspace takes, for as long as it is
// there; `resource_exhausted` when it cannot have that any more. `out_of_range` when neither a
// snapshot nor the log reaches back that far.
Result<std::unique_ptr<stream::History>> keyspace_history(TableId table, const Lsn& from,
                                                          MemoryReservation copy,
                                                          layout::KeyspaceSnapshots& snapshots,
                                                          log::CommitLog& log,
                                                          const txn::Sequencer& sequencer);

}  // namespace octavo::engine
