#include "layout/row/part_cutter.h"

#include <algorithm>
#include <utility>

#include "index/table_reader.h"
#include "kv/split.h"
#include "txn/row_key.h"

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

PartCutter::PartCutter(index::ScanRest rest, kv::View view, std::size_t piece)
    : rest_(std::move(rest)),
      view_(std::move(view)),
      piece_(piece),
      by_ranges_(!by_entries() && rest_.ranges.size() > 1) {
  if (by_entries()) {
    entries_.emplace(view_, rest_.family, kv::ReadOptions{}, std::move(rest_.ranges), false);
  } else if (by_bytes() && rest_.ranges.size() == 1) {
    tighten(rest_.ranges.front(), rest_.family, view_);
  }
}

index::ScanRest PartCutter::rest() && {
  if (entries_) rest_.ranges = entries_->rest();
  return std::move(rest_);
}

bool PartCutter::is_worth_it(std::uint64_t part_bytes) const {
  if (by_entries()) return true;  // how many there are is found out by reading them
  if (by_ranges_) return rest_.ranges.size() >= 2 * piece_;
  if (!by_bytes()) return rest_.row_keys.size() >= 2 * piece_;
  if (rest_.ranges.size() != 1) return false;
  const index::EntryRange& left = rest_.ranges.front();
  return view_.store().approximate_bytes(rest_.family, left.lower, left.upper) >= 2 * part_bytes;
}

template <class Piece>
std::vector<Piece> PartCutter::next_of(std::vector<Piece>& pieces) {
  const auto begin = pieces.begin() + static_cast<std::ptrdiff_t>(at_);
  at_ = std::min(at_ + piece_, pieces.size());
  return {begin, pieces.begin() + static_cast<std::ptrdiff_t>(at_)};
}

// To read an entry is a tenth of the work of reading its row, and they lie in order.
Result<std::vector<Bytes>> PartCutter::rows_of_entries() {
  std::vector<Bytes> row_keys;
  while (row_keys.size() < piece_) {
    TRY(const bool more, entries_->next());
    if (!more) break;
    TRY(const BytesView primary, index::primary_key_in(entries_->key()));
    row_keys.push_back(txn::row_key(rest_.table, primary));
  }
  return row_keys;
}

Result<std::optional<index::ScanRest>> PartCutter::cut(std::uint64_t part_bytes) {
  index::ScanRest part{
      .table = rest_.table, .family = kv::Family::rows, .ranges = {}, .row_keys = {}};
  if (by_ranges_) {
    part.ranges = next_of(rest_.ranges);
    if (part.ranges.empty()) return std::nullopt;
    return part;
  }
  if (!by_bytes()) {
    if (by_entries()) {
      TRY(part.row_keys, rows_of_entries());
    } else {
      part.row_keys = next_of(rest_.row_keys);
    }
    if (part.row_keys.empty()) return std::nullopt;
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
