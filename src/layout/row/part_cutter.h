#pragma once

// Cuts what a reader has left into parts, one after the other as they are needed: pieces of a list
// of keys, or ranges of about so many bytes. One thread at a time uses it, any thread.

#include <optional>

#include "index/scan_rest.h"
#include "kv/view.h"
#include "layout/row/parted_options.h"

namespace octavo::layout {

class PartCutter {
 public:
  // Of a range alone it looks for the last key.
  PartCutter(index::ScanRest rest, kv::View view, const PartedOptions& options);

  // Whether there would be two parts at least.
  bool is_worth_it(std::uint64_t part_bytes) const;
  // The next part in the order of the scan; nothing: there is no more. Where keys are cut the bytes
  // are of no meaning.
  std::optional<index::ScanRest> cut(std::uint64_t part_bytes);
  // What is left, where nothing was cut.
  index::ScanRest rest() && { return std::move(rest_); }

 private:
  bool by_bytes() const { return rest_.row_keys.empty() && rest_.ranges.size() == 1; }
  template <class T>
  std::vector<T> next_piece(const std::vector<T>& all);

  index::ScanRest rest_;  // a range: what is left of it
  kv::View view_;
  const std::size_t piece_;  // keys or ranges of a part, where there are several
  std::size_t at_ = 0;       // among the keys
  bool ended_ = false;       // of a range
};

}  // namespace octavo::layout
