#pragma once

// LOCK TABLES: the tables that a session has locked, which are then all that its statements may
// use. They are locked until UNLOCK TABLES, another LOCK TABLES, a transaction that begins, or the
// end of the session. One thread at a time.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "catalog/model.h"
#include "dialect/sql/bind/tables.h"
#include "engine/engine.h"

namespace octavo::mysql {

class LockedTables {
 public:
  bool any() const { return hold_ != nullptr; }
  // For the contexts of statements; null: none are locked.
  exec::HeldTables* hold() const { return hold_.get(); }
  // Another one whenever they may have changed.
  std::uint64_t revision() const { return revision_; }

  void set(std::unique_ptr<exec::HeldTables> hold);
  // No statement runs.
  void release() { set(nullptr); }

  // 1100: tables are locked, and this one is not; 1099: it is to be written, and locked for reads.
  Status check(sql::TableUse use, const catalog::TableDefinition& table) const;
  // 1099: the table is to be defined anew, and locked for reads.
  Status check_definition(const catalog::TableDefinition& table) const;

 private:
  std::unique_ptr<exec::HeldTables> hold_;
  std::uint64_t revision_ = 0;
};

}  // namespace octavo::mysql
