#pragma once

// Foreign keys, where rows are written into a transaction: a row of a child has its parent, and
// what becomes of children when a parent goes or its key becomes another. Every lock that an answer
// depends on is held to the end of the transaction, and the certifier is told, so that of two nodes
// one loses where their rows would contradict each other.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "catalog/violation.h"
#include "layout/row/row_finder.h"
#include "layout/row/write.h"

namespace octavo::layout {

// Whether rows of the table are held against others at all.
inline bool has_references(const catalog::TableDefinition& table) {
  return !table.foreign_keys.empty() || !table.referenced_by.empty();
}

// Of one statement, whose target has a transaction.
class References {
 public:
  References(const WriteTarget& target, exec::QueryContext& query);
  ~References();
  References(const References&) = delete;
  References& operator=(const References&) = delete;

  // A row that the transaction has just written, locked exclusively. Null: it was not there, or is
  // not any more. On an error, of which `broken` says more where a key is broken, some rows may be
  // written: go back to a mark.
  Status changed(const TableDefinitionPtr& table, const value::Value* before,
                 const value::Value* after, std::optional<catalog::Violation>& broken);

  // Whether rows of the table were written beside those that it was told.
  bool wrote(TableId table) const { return wrote_.contains(table); }

 private:
  struct Known;
  struct Level;
  struct Child;
  struct Parents;

  Result<Known*> know(TableId id);
  // An index without which rows of the table are not found, or not told apart; null: all are there.
  const catalog::IndexDefinition* building_index(const catalog::TableDefinition& table) const;
  Status look_for_parents(const Level& level);
  Status look_for_parent(const Level& level, const catalog::ForeignKeyDefinition& key,
                         const std::vector<value::Value>& values);
  Status lock_parent(const Level& level, const catalog::ForeignKeyDefinition& key,
                     const RowFinder& finder, const Bytes& wanted);
  Result<Parents*> parents_of(Known& child, const catalog::ForeignKeyDefinition& key);
  void forget_parents();
  Status tell_children(const Level& level);
  Status tell_child(const Level& level, Known& child, const catalog::ForeignKeyDefinition& key);
  Status refuse_if_lasting(const Child& child);
  Status act_on(const Level& level, const Child& child, const Bytes& row);
  Status write(const Level& level, Known& child, const RowTransaction::Row& was,
               const value::Value& before, std::optional<value::Value> after);
  Status replace(Known& child, const RowTransaction::Row& was, const value::Value& row);
  Status take_keys(Known& child, const Bytes& key, const value::Value& row, BytesView before,
                   const Bytes& after);
  Result<std::optional<Bytes>> stored_row(TableId table, const Bytes& key) const;
  bool is_shared() const;
  Status depends_on(txn::KeyHash key, const Lsn& read_at);
  Status lock(txn::KeyHash key, txn::LockMode mode);
  kv::View newest() const { return transaction_.view(target_.engine, nullptr); }
  std::unexpected<Error> broken_by(const catalog::TableDefinition& child,
                                   const catalog::ForeignKeyDefinition& key,
                                   catalog::Violation::Kind kind);
  std::unexpected<Error> taken(const Known& child, IndexId index, const value::Value& key);

  const WriteTarget& target_;
  exec::QueryContext& query_;
  RowTransaction& transaction_;
  std::map<TableId, std::unique_ptr<Known>> known_;
  std::set<TableId> wrote_;
  std::optional<catalog::Violation> violation_;
};

}  // namespace octavo::layout
