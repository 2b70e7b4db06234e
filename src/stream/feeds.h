#pragma once

// What a feed reads from: the live topic of its table, the data at a snapshot, and the log's past.
// The engine implements it.

#include <memory>

#include "catalog/model.h"
#include "exec/context.h"
#include "exec/source.h"
#include "stream/subscription.h"

namespace octavo::stream {

struct DataSnapshot {
  std::unique_ptr<const exec::Source> source;
  Lsn at;  // of the last record it holds; all before it, and nothing after
};

// Past changes of one table, from the log.
class History {
 public:
  virtual ~History() = default;
  // Null at the tail of the log, which says nothing about a record that is being applied: rows and
  // live changes show it a moment before the readers of the log see it.
  virtual Result<algebra::ChangeSetPtr> next() = 0;
  // Whether `next` has told everything up to and with the record at `lsn`.
  virtual bool passed(const Lsn& lsn) const = 0;
  // Calls `wake` once when the log has more for `next`, or stops.
  virtual void wait(Wake wake) = 0;
};

class Feeds {
 public:
  virtual ~Feeds() = default;
  virtual std::shared_ptr<Topic> topic(TableId table) = 0;
  // `with_rows`: false where only the position is asked for, and `source` stays null.
  virtual Result<DataSnapshot> snapshot(TableId table, bool with_rows) = 0;
  // Changes from `from` on (record start). `out_of_range` when the log was trimmed past it.
  virtual Result<std::unique_ptr<History>> history(TableId table, const Lsn& from) = 0;
  virtual std::shared_ptr<const catalog::TableDefinition> table(TableId id) = 0;
};

// The kinds of feed. `plan` is a Scan under Filter and Map nodes; for `limit` with a Limit over an
// ordered Scan somewhere above it.
enum class FeedKind : std::uint8_t { range, point, limit };

Result<SubscriptionPtr> subscribe(FeedKind kind, const algebra::PlanPtr& plan, FeedOptions options,
                                  std::shared_ptr<Feeds> feeds);

}  // namespace octavo::stream
