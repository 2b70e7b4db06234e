#pragma once

// Rows divided into files by a hash of their keys: those with equal keys are in one of them, in the
// order in which they came. What is still too much of one file is divided again, by other bits of
// the hash. One thread at a time.

#include <array>
#include <memory>

#include "exec/row_file.h"

namespace octavo::exec {

class SpillPartitions {
 public:
  static constexpr std::size_t kCount = 16;
  // So many times rows can be divided; keys that are together then have equal hashes.
  static constexpr unsigned kLevels = 16;
  // By part of hash; null: no rows.
  using Files = std::array<std::unique_ptr<RowFile>, kCount>;

  // `level`: how many times they have been divided before.
  SpillPartitions(unsigned level, QueryContext& query) : level_(level), query_(query) {}

  Status add(BytesView key, BytesView content);
  // Once, after the last row.
  Result<Files> finish();

 private:
  unsigned level_;
  QueryContext& query_;
  Files files_;
};

}  // namespace octavo::exec
