#pragma once

// Commits on their way to subscriptions.

#include "engine/definitions.h"
#include "engine/keyspace_facade.h"
#include "engine/process_memory.h"
#include "layout/row/source.h"
#include "log/commit_log.h"
#include "stream/feeds.h"
#include "stream/hub.h"
#include "txn/sequencer.h"

namespace octavo::engine {

// What feeds need from the rest; outlives them.
struct FeedParts {
  Definitions& definitions;
  index::IndexSets& indexes;
  kv::Store& rows;
  log::CommitLog& log;
  txn::Sequencer& sequencer;
  KeyspaceFacade& keyspace;
  layout::KeyspaceSnapshots& snapshots;
  ProcessMemory& memory;
};

class EngineFeeds final : public stream::Feeds, public txn::CommitListener {
 public:
  explicit EngineFeeds(FeedParts parts)
      : parts_(parts),
        changes_(value::Account::unrefused(parts.memory.feeds)),
        hub_(parts.memory.shares.backlog) {}

  stream::Hub& hub() { return hub_; }
  // Pays for what is published; for whoever applies.
  const value::Account& changes_account() const { return changes_; }

  // Gives back what listeners have let go of since the last commit.
  void settle();
  // The keys of a table that are listened to; null: none.
  std::shared_ptr<const exec::Interests> interests(TableId table);

  void on_commit(const txn::CommittedRecord& record) override;

  std::shared_ptr<stream::Topic> topic(TableId table) override { return hub_.topic(table); }
  Result<stream::DataSnapshot> snapshot(TableId table, bool with_rows) override;
  Result<std::unique_ptr<stream::History>> history(TableId table, const Lsn& from) override;
  std::shared_ptr<const catalog::TableDefinition> table(TableId id) override;

 private:
  void publish(const txn::CommittedRecord& record);
  stream::DataSnapshot keyspace_snapshot(unsigned db, bool with_rows);

  FeedParts parts_;
  value::Account changes_;  // of what is published; used by whoever applies a record
  stream::Hub hub_;
};

}  // namespace octavo::engine
