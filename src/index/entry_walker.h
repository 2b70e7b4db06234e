#pragma once

// Walks the keys of one family in ranges: rows by their primary keys, or entries of an index.

#include <memory>
#include <optional>
#include <vector>

#include "index/index.h"
#include "kv/view.h"

namespace octavo::index {

// The ranges of a scan as whole keys of one family, in the order in which they are to be read.
std::vector<EntryRange> whole_keys(std::uint64_t prefix, std::vector<EntryRange> ranges,
                                   std::optional<algebra::Direction> order);

// Walks the entries of several ranges of one family, forward or backward.
class EntryWalker {
 public:
  EntryWalker(kv::View view, kv::Family family, kv::ReadOptions read,
              std::vector<EntryRange> ranges, bool descending)
      : view_(std::move(view)),
        family_(family),
        read_(read),
        ranges_(std::move(ranges)),
        descending_(descending) {}

  // False at the end.
  Result<bool> next() {
    if (cursor_ != nullptr && cursor_->valid()) {
      descending_ ? cursor_->prev() : cursor_->next();
    }
    while (cursor_ == nullptr || !cursor_->valid()) {
      if (cursor_ != nullptr) TRY_STATUS(cursor_->status());
      if (at_ == ranges_.size()) return false;
      const EntryRange& range = ranges_[at_++];
      if (range.lower >= range.upper) continue;
      cursor_ = view_.cursor(family_, {.read = read_, .lower = range.lower, .upper = range.upper});
      descending_ ? cursor_->seek_to_last() : cursor_->seek_to_first();
    }
    return true;
  }
  BytesView key() const { return cursor_->key(); }
  BytesView value() const { return cursor_->value(); }

 private:
  kv::View view_;
  kv::Family family_;
  kv::ReadOptions read_;
  std::vector<EntryRange> ranges_;
  bool descending_;
  std::size_t at_ = 0;
  std::unique_ptr<kv::Cursor> cursor_;
};

}  // namespace octavo::index
