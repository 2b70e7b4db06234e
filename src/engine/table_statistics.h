#pragma once

// Statistics of tables (statistics/table.h): who makes them, when, and who has them.
//
// They are each node's own. The log and the catalog know nothing of them, and nothing but the
// choice of plans depends on them. A file keeps them over restarts and may be lost.
//
// A thread of the lowest priority makes them of tables that somebody has asked about since the
// start, and again when those have changed by more than a tenth, one table at a time. It pauses as
// long as it works. All rows are read: neither the first ones nor some ranges of keys would do, as
// values often go with keys, and how many different values there are cannot be told from a sample
// (statistics/builder.h).

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/condition.h"
#include "base/mutex.h"
#include "catalog/model.h"
#include "engine/process_memory.h"
#include "exec/context.h"
#include "exec/source.h"
#include "io/file.h"
#include "kv/store.h"
#include "statistics/stored.h"

namespace octavo::engine {

class Engine;

class TableStatistics {
 public:
  struct Parts {
    std::function<catalog::CatalogPtr()> definitions;
    // The newest rows, as they stay while it lives.
    std::function<std::unique_ptr<const exec::Source>()> source;
    const kv::Store& rows;
    ProcessMemory& memory;
    io::FileSystem& files;
    std::string path;  // of the file
    Clock& clock;
  };
  explicit TableStatistics(Parts parts);
  ~TableStatistics() { stop(); }

  // From any thread. Null: there are none yet. They may be older than the table's definition.
  statistics::TablePointer find(const catalog::TableDefinition& table) const;
  // Reads all rows and makes them now. From any thread that may wait.
  Status make(const catalog::TableDefinition& table, exec::QueryContext& context);
  // Another one once those of any table are new: plans that were chosen by older ones may not be
  // the best. From any thread.
  std::uint64_t revision() const { return revision_.load(std::memory_order_relaxed); }
  // So many rows of it were written or erased, or are about to be. From any thread.
  void changed(TableId table, std::uint64_t rows) {
    counter_of(table).fetch_add(rows, std::memory_order_relaxed);
  }

  // Whether the thread makes any by itself.
  std::atomic<bool> enabled{true};
  // It looks at all tables now, and when that is over. Tests.
  void look();

  void start();
  void stop();  // ends what the thread is at; the file has all that is known

 private:
  class Pause;

  static constexpr std::size_t kCounters = 1024;

  // Tables may share one: theirs are then made more often than they need to be.
  std::atomic<std::uint64_t>& counter_of(TableId table) { return changes_[raw(table) % kCounters]; }
  void keep(TableId id, statistics::TablePointer made);
  void forget_dropped(const catalog::CatalogState& definitions);
  bool is_due(const catalog::TableDefinition& table);
  void make_due();
  void make_alone(const catalog::TableDefinition& table);
  void load();
  void save();
  void run();

  const Parts parts_;
  std::array<std::atomic<std::uint64_t>, kCounters> changes_{};
  std::atomic<std::uint64_t> revision_{0};
  CancelSource stop_;
  mutable Mutex mutex_;
  Condition woken_;
  statistics::Tables tables_ OCTAVO_GUARDED_BY(mutex_);
  mutable std::set<TableId> wanted_ OCTAVO_GUARDED_BY(mutex_);  // that somebody has asked about
  // Of tables whose statistics were made or tried: what its counter was.
  std::map<TableId, std::uint64_t> counted_ OCTAVO_GUARDED_BY(mutex_);
  bool is_saved_ OCTAVO_GUARDED_BY(mutex_) = true;
  bool stopping_ OCTAVO_GUARDED_BY(mutex_) = false;
  std::uint64_t asked_ OCTAVO_GUARDED_BY(mutex_) = 0;   // looks that were asked for
  std::uint64_t looked_ OCTAVO_GUARDED_BY(mutex_) = 0;  // and are over
  std::thread thread_;
};

// What every engine is as well.
class KnowsStatistics {
 public:
  virtual ~KnowsStatistics() = default;
  virtual TableStatistics& statistics() = 0;
};
TableStatistics& statistics_of(Engine& engine);

}  // namespace octavo::engine
