#pragma once

// Virtual tables, which are computed when they are read: ids of catalog/reserved.h, not in the
// catalog. Plans scan and join them, and writes reach them, through the engine like other tables.
// They have no indexes and no feeds, and a query computes each once.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/lsn.h"
#include "base/mutex.h"
#include "base/result.h"
#include "catalog/change.h"
#include "catalog/reserved.h"
#include "exec/context.h"
#include "exec/source.h"
#include "exec/write.h"

namespace octavo::engine {

// Those of one owner. Calls come from any thread. None may read virtual tables through the engine.
class VirtualTables {
 public:
  virtual ~VirtualTables() = default;
  virtual const catalog::ReservedTables& ids() const = 0;
  virtual bool has(TableId table) const = 0;

  // What follows is asked for tables that it has.
  virtual std::string_view primary_key(TableId table) const = 0;
  // Whose `read` (`write`) opens it; none: it is open, and `rows` shows what the user may see.
  virtual std::optional<TableId> opened_by(TableId table) const = 0;
  // In any order, each with its primary key. On a thread that may wait.
  virtual Result<std::vector<value::Value>> rows(TableId table,
                                                 const catalog::CatalogState& definitions,
                                                 const exec::QueryContext& query) const = 0;
  // The definitions that make `after` of `before` (null: not there); none where it was done
  // otherwise (a job was killed). `unsupported`: nobody writes it.
  virtual Result<std::vector<catalog::Change>> change(TableId table,
                                                      const catalog::CatalogState& definitions,
                                                      const value::Value& before,
                                                      const value::Value& after) const = 0;
};

// Those that are there now. Thread-safe.
class VirtualTableSets {
 public:
  // Found as long as what is returned lives. Its end waits for calls under way.
  class Entry;
  std::unique_ptr<Entry> add(const VirtualTables& tables);

  // The owner of a table, which stays while this lives. Null: there is none.
  class Held {
   public:
    Held() = default;
    Held(SharedMutex& locked, const VirtualTables& tables) : lock_(&locked), tables_(&tables) {}
    const VirtualTables* operator->() const { return tables_; }
    const VirtualTables& operator*() const { return *tables_; }
    explicit operator bool() const { return tables_ != nullptr; }

   private:
    struct Unlock {
      void operator()(SharedMutex* mutex) const OCTAVO_UNCHECKED_LOCKING { mutex->unlock_shared(); }
    };
    std::unique_ptr<SharedMutex, Unlock> lock_;  // goes from hand to hand, as no scope does
    const VirtualTables* tables_ = nullptr;
  };
  Held find(TableId table) const;

 private:
  mutable SharedMutex mutex_;
  std::vector<const VirtualTables*> all_ OCTAVO_GUARDED_BY(mutex_);
};

class [[nodiscard]] VirtualTableSets::Entry {
 public:
  Entry(VirtualTableSets& sets, const VirtualTables& tables) : sets_(sets), tables_(tables) {}
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  VirtualTableSets& sets_;
  const VirtualTables& tables_;
};

// Reads them for one query, under one state of the definitions. One thread at a time.
class VirtualSource final : public exec::Source {
 public:
  VirtualSource(const VirtualTableSets& sets, catalog::CatalogPtr definitions)
      : sets_(sets), definitions_(std::move(definitions)) {}

  Result<std::unique_ptr<exec::RowCursor>> open(const algebra::Scan& scan,
                                                exec::QueryContext& query) const override;
  // There are none to read alone: rows are made as documents.
  Result<std::unique_ptr<exec::FieldCursor>> open_fields(const algebra::Scan&,
                                                         std::span<const value::FieldRequest>,
                                                         exec::QueryContext&) const override {
    return nullptr;
  }
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& query) const override;
  Result<std::uint64_t> count(const algebra::Scan& scan, exec::QueryContext& query) const override;

 private:
  // A row and its primary key, encoded: tables are in the order of that.
  using KeyedRow = std::pair<Bytes, value::Value>;
  using Rows = std::vector<KeyedRow>;

  Result<std::shared_ptr<const Rows>> rows(TableId table, const exec::QueryContext& query) const;
  Result<Rows> selected(const algebra::Scan& scan, const exec::QueryContext& query) const;

  const VirtualTableSets& sets_;
  catalog::CatalogPtr definitions_;
  mutable std::map<TableId, std::shared_ptr<const Rows>> computed_;
};

// Commits what `decide` makes of the definitions in force, which may be asked again.
using DecideDefinitions =
    std::function<Result<std::vector<catalog::Change>>(const catalog::CatalogState&)>;
using DefineFor = std::function<Result<Lsn>(const DecideDefinitions& decide)>;

// Each row is a change of definitions of its own: what one does, the next sees.
Result<exec::RowWritesDone> write_virtual_rows(const VirtualTableSets& sets,
                                               const DefineFor& define,
                                               const exec::RowWrites& writes,
                                               exec::QueryContext& query);

}  // namespace octavo::engine
