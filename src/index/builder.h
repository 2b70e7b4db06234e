#pragma once

#include "index/index.h"
#include "kv/engine.h"

namespace octavo::index {

// Fills a new index with the rows that are there, a slice at a time. Writes go on meanwhile: they
// maintain the index from its creation on, and each slice is read and written while nothing is
// being applied, so no entry can come from a version of a row that is gone.
class Build {
 public:
  Build(TableId table, std::shared_ptr<const Index> index)
      : table_(table), index_(std::move(index)) {}

  // One slice, inside Pipeline::run_exclusive; true when it was the last one. After an error the
  // same slice may be tried again.
  Result<bool> step(kv::Engine& engine, Lsn tip, std::size_t max_rows);

  std::uint64_t rows_done() const { return rows_done_; }

 private:
  TableId table_;
  std::shared_ptr<const Index> index_;
  Bytes next_;  // row key to go on from; empty at the start
  std::uint64_t rows_done_ = 0;
};

}  // namespace octavo::index
