#include "layout/row/part_cutter.h"

#include <algorithm>
#include <utility>

#include "kv/split.h"

namespace octavo::layout {
namespace {

// Behind the last key of a range, so that what lies between is what there is.
void tighten(index::EntryRange& range, kv::Family family, const kv::View& view) {
  const auto cursor = view.cursor(family, {.read = {}, .lower = range.lower, .upper = range.upper});
  cursor->seek_to_last();
  // An error is met by who reads there.
  if (cursor->valid()) range.upper = Bytes(cursor->key()) + '\0';
}

}  // namespace

PartCutter::PartCutter(index::ScanRest rest, kv::View view, const PartedOptions& options)
    : rest_(std::move(rest)),
      view_(std::move(view)),
      piece_(rest_.row_keys.empty() ? options.ranges : options.keys) {
  if (by_bytes()) tighten(rest_.ranges.front(), rest_.family, view_);
}

bool PartCutter::is_worth_it(std::uint64_t part_bytes) const {
  if (!by_bytes()) return std::max(rest_.row_keys.size(), rest_.ranges.size()) >= 2 * piece_;
  const index::EntryRange& left = rest_.ranges.front();
  return view_.store().approximate_bytes(rest_.family, left.lower, left.upper) >= 2 * part_bytes;
}

template <class T>
std::vector<T> PartCutter::next_piece(const std::vector<T>& all) {
  const std::size_t end = std::min(at_ + piece_, all.size());
  const auto begin = all.begin();
  std::vector<T> piece(begin + static_cast<std::ptrdiff_t>(at_),
                       begin + static_cast<std::ptrdiff_t>(end));
  at_ = end;
  return piece;
}

std::optional<index::ScanRest> PartCutter::cut(std::uint64_t part_bytes) {
  index::ScanRest part{.table = rest_.table, .family = rest_.family, .ranges = {}, .row_keys = {}};
  if (!by_bytes()) {
    if (at_ == std::max(rest_.row_keys.size(), rest_.ranges.size())) return std::nullopt;
    if (rest_.row_keys.empty()) {
      part.ranges = next_piece(rest_.ranges);
    } else {
      part.row_keys = next_piece(rest_.row_keys);
    }
    return part;
  }
  if (ended_) return std::nullopt;
  index::EntryRange& left = rest_.ranges.front();
  auto key = kv::split_key(view_.store(), rest_.family, left.lower, left.upper, part_bytes);
  ended_ = !key;
  part.ranges.push_back({left.lower, key ? *key : left.upper});
  if (key) left.lower = *std::move(key);
  return part;
}

}  // namespace octavo::layout
