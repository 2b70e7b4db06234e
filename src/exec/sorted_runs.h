#pragma once

// Rows that were written to disk as runs, each of them sorted, and are read back as one order. Rows
// with equal keys come in the order of their runs, or the other way round. Where there are many
// runs they are merged some at a time, in as many passes as it takes. One thread at a time.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "algebra/plan.h"
#include "exec/row_file.h"
#include "exec/row_pages.h"

namespace octavo::exec {

class SortedRuns {
 public:
  // `keep`, `ties`: as of SortBuffer.
  SortedRuns(std::optional<std::uint64_t> keep, algebra::Direction ties, QueryContext& query)
      : keep_(keep), ties_(ties), query_(query) {}

  // A run behind those before it: begun, its rows in their order, ended. What goes beyond `keep`
  // may be left out.
  Status begin_run();
  Status add(BytesView key, BytesView content);
  Status end_run();
  bool empty() const { return levels_.empty(); }
  // In all runs.
  std::uint64_t rows() const;
  // False: so many rows as are kept come before one with that key.
  bool wants(BytesView key) const;

  // Once, after the last run.
  Status merge();
  // The next row of the order; false at the end. Good until the next call.
  Result<bool> next();
  RowPages::Row row() const;

 private:
  // Runs of about as many rows, in the order of their arrival.
  using Level = std::vector<std::unique_ptr<RowFile>>;
  struct Source {
    std::unique_ptr<RowFile> file;
    RowFileReader reader;
    std::size_t number = 0;  // in the order of arrival
  };
  class Merge;

  Status merge_level(std::size_t level);
  Result<std::unique_ptr<RowFile>> merged(std::span<std::unique_ptr<RowFile>> runs);
  void note_last(BytesView key, std::uint64_t rows);

  std::optional<std::uint64_t> keep_;
  algebra::Direction ties_;
  QueryContext& query_;
  std::vector<Level> levels_;  // those behind are of earlier rows
  std::unique_ptr<RowFile> run_;
  std::optional<Bytes> last_;  // the key of a row before which there are as many as are kept
  std::shared_ptr<Merge> merge_;
  std::uint64_t given_ = 0;
};

}  // namespace octavo::exec
