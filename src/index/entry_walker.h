#pragma once

// Walks the keys of one family in ranges: rows by their primary keys, or entries of an index.

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "index/index.h"
#include "kv/view.h"

namespace octavo::index {

// The ranges of a scan as whole keys of one family, in the order in which they are to be read.
std::vector<EntryRange> whole_keys(std::uint64_t prefix, std::vector<EntryRange> ranges,
                                   std::optional<algebra::Direction> order);

// Whether several threads see the same in copies of a view.
inline bool is_shareable(const kv::View& view) {
  return view.snapshot() != nullptr && view.own() == nullptr && !view.notes();
}

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
    return settle();
  }
  // The same, past all entries that have the first `size` bytes of the current one in common with
  // it: a whole entry key.
  Result<bool> next_key(std::size_t size) {
    Bytes target(cursor_->key().substr(0, size));
    if (descending_) {
      cursor_->seek_for_prev(target);
    } else {
      target.push_back(kAfterAll);
      cursor_->seek(target);
    }
    return settle();
  }
  // What has not been read yet.
  std::vector<EntryRange> rest() const {
    std::vector<EntryRange> ranges(ranges_.begin() + static_cast<std::ptrdiff_t>(at_),
                                   ranges_.end());
    if (cursor_ != nullptr && is_within()) {
      ranges.insert(ranges.begin(), {Bytes(cursor_->key()) + '\0', ranges_[at_ - 1].upper});
    }
    return ranges;
  }
  std::size_t ranges_left() const {
    return ranges_.size() - at_ + (cursor_ != nullptr && is_within() ? 1 : 0);
  }
  // Whether the rest may be read in parts, by several threads.
  bool may_part() const {
    return !descending_ && read_.tier == kv::ReadTier::any && is_shareable(view_);
  }
  BytesView key() const { return cursor_->key(); }
  BytesView value() const { return cursor_->value(); }

 private:
  static constexpr char kAfterAll = '\xff';  // no key begins so
  // A cursor costs more than several looks by it.
  static constexpr std::size_t kRangesOfOneCursor = 4;

  // Goes on to the next range that has something, if the cursor is at nothing.
  Result<bool> settle() {
    while (cursor_ == nullptr || !is_within()) {
      if (cursor_ != nullptr && !cursor_->valid()) TRY_STATUS(cursor_->status());
      if (at_ == ranges_.size()) return false;
      const EntryRange& range = ranges_[at_++];
      if (range.lower >= range.upper) continue;
      begin(range);
    }
    return true;
  }
  bool is_within() const {
    return cursor_->valid() && (!over_all_ || cursor_->key() < ranges_[at_ - 1].upper);
  }
  void begin(const EntryRange& range) {
    if (over_all_) {
      cursor_->seek(range.lower);
      return;
    }
    Bytes lower = range.lower;
    Bytes upper = range.upper;
    // Who is told of ranges is to hear of each by itself.
    over_all_ = at_ == 1 && !descending_ && ranges_.size() >= kRangesOfOneCursor && !view_.notes();
    if (over_all_) {
      for (const EntryRange& other : ranges_) {
        lower = std::min(lower, other.lower);
        upper = std::max(upper, other.upper);
      }
    }
    cursor_ = view_.cursor(family_,
                           {.read = read_, .lower = std::move(lower), .upper = std::move(upper)});
    if (over_all_) {
      cursor_->seek(range.lower);
    } else {
      descending_ ? cursor_->seek_to_last() : cursor_->seek_to_first();
    }
  }

  kv::View view_;
  kv::Family family_;
  kv::ReadOptions read_;
  std::vector<EntryRange> ranges_;
  bool descending_;
  std::size_t at_ = 0;
  std::unique_ptr<kv::Cursor> cursor_;
  bool over_all_ = false;  // the cursor is over all ranges, else over the current one
};

}  // namespace octavo::index
