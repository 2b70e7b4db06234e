#pragma once

// The temporary tables of one session: tables of the catalog that have no name there, which this
// gives them, over what else has it. They go with the session, whose statements alone read and
// write them. One thread at a time.

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "catalog/edit.h"
#include "catalog/model.h"
#include "engine/engine.h"

namespace octavo::mysql {

class TemporaryTables {
 public:
  // Has a job done by a worker, some time. An error: none takes it.
  using Post = std::function<Status(std::move_only_function<void()> job)>;
  // What is referred to outlives it.
  TemporaryTables(engine::Engine& engine, Post post) : engine_(engine), post_(std::move(post)) {}
  ~TemporaryTables() { drop_all(); }
  TemporaryTables(const TemporaryTables&) = delete;
  TemporaryTables& operator=(const TemporaryTables&) = delete;

  bool empty() const { return tables_.empty(); }
  // Another one whenever they may have changed.
  std::uint64_t revision() const { return revision_; }
  // The definitions as the session sees them.
  catalog::CatalogPtr over(const catalog::CatalogPtr& definitions);
  // Of one state that is being looked at.
  catalog::CatalogPtr over(const catalog::CatalogState& state) const;

  // What a statement of the session has made of them.
  void follow(const catalog::Changes& changes);
  // It is there no more for the session, and goes when that may be: its transaction may have
  // written to it.
  void forget(TableId table);
  // Those that were forgotten; no transaction is open.
  void drop_forgotten();
  // All of them, beside whatever else goes on.
  void drop_all();

 private:
  void drop(std::vector<TableId> tables);

  engine::Engine& engine_;
  const Post post_;
  std::vector<TableId> tables_;
  std::vector<TableId> forgotten_;
  // What was made of the definitions last.
  catalog::CatalogPtr base_, seen_;
  std::uint64_t revision_ = 0;
};

}  // namespace octavo::mysql
