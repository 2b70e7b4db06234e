#pragma once

#include <functional>
#include <string>
#include <vector>

#include "index/index.h"
#include "kv/store.h"

namespace octavo::index {

// Fills a new index with the rows that are there, a slice at a time, while writes go on. A slice is
// read and its entries are worked out beside the writers, at a snapshot, and written while nothing
// is being applied. A row that has changed in between is left out: whoever changed it wrote all of
// its entries (add_entry_changes).
class Build {
 public:
  Build(TableId table, std::shared_ptr<const Index> index)
      : table_(table), index_(std::move(index)) {}

  // Prepares the next slice; anywhere. `go_on` is asked before each row; when it says no the slice
  // ends early. After an error the same slice may be tried again.
  Status read(kv::Store& engine, const std::function<bool()>& go_on);
  // Writes the slice that was read, inside Sequencer::run_exclusive. After an error it may be tried
  // again.
  Status write(kv::Store& engine, Lsn tip);
  // All rows were in a slice that was written.
  bool done() const { return done_; }

  std::uint64_t rows_done() const { return rows_done_; }

 private:
  struct Row {
    Bytes key;  // with the table
    Lsn written;
    std::vector<Bytes> entries;
  };

  TableId table_;
  std::shared_ptr<const Index> index_;
  Bytes next_;  // row key to go on from; empty at the start
  std::vector<Row> slice_;
  Bytes after_slice_;  // where the next one begins
  bool last_ = false;  // the slice in hand is the last
  bool done_ = false;
  std::uint64_t rows_done_ = 0;
};

}  // namespace octavo::index
