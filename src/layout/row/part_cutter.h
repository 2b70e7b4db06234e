#pragma once

// Cuts what a reader has left into parts, one after the other as they are needed: pieces of a list
// of keys, those of rows that entries name, or ranges of rows of about so many bytes. One thread at
// a time uses it, any thread.

#include <optional>

#include "index/entry_walker.h"
#include "index/scan_rest.h"
#include "kv/view.h"

namespace octavo::layout {

class PartCutter {
 public:
  // `piece`: how many keys a part has, or ranges of many. Of one range of rows it looks for the
  // last key.
  PartCutter(index::ScanRest rest, kv::View view, std::size_t piece);

  // Whether there would be two parts at least.
  bool is_worth_it(std::uint64_t part_bytes) const;
  // The next part in the order of the scan; nothing: there is no more. Where keys are cut the bytes
  // are of no meaning. An error is what comes after the parts before it.
  Result<std::optional<index::ScanRest>> cut(std::uint64_t part_bytes);
  // What is left, where nothing was cut.
  index::ScanRest rest() &&;

 private:
  bool by_entries() const { return rest_.family == kv::Family::index; }
  bool by_bytes() const { return !by_entries() && !by_ranges_ && rest_.row_keys.empty(); }
  // The next `piece_` of the keys, or of the ranges.
  template <class Piece>
  std::vector<Piece> next_of(std::vector<Piece>& pieces);
  Result<std::vector<Bytes>> rows_of_entries();

  index::ScanRest rest_;  // a range: what is left of it
  kv::View view_;
  const std::size_t piece_;
  const bool by_ranges_;                       // of rows, many: those of a key each
  std::size_t at_ = 0;                         // among the keys or ranges
  std::optional<index::EntryWalker> entries_;  // that are left
  bool ended_ = false;                         // of a range
};

}  // namespace octavo::layout
