#include "exec/frame_cursor.h"

#include <algorithm>

#include "exec/sort_keys.h"

namespace octavo::exec {
namespace {

using algebra::FrameEdge;
using value::Value;

}  // namespace

Result<RowSpan> FrameCursor::of(std::size_t row, std::size_t group) {
  if (!frame_) return RowSpan{0, partition_.size()};
  RowSpan span;
  if (frame_->unit == algebra::FrameUnit::rows) {
    span = {by_rows(frame_->start, row, Side::start), by_rows(frame_->end, row, Side::end)};
  } else {
    TRY(span.begin, by_range(frame_->start, row, group, Side::start, start_));
    TRY(span.end, by_range(frame_->end, row, group, Side::end, end_));
  }
  span.end = std::max(span.begin, span.end);
  return span;
}

std::size_t FrameCursor::by_rows(const algebra::FrameBound& bound, std::size_t row,
                                 Side side) const {
  const std::size_t size = partition_.size();
  const std::size_t edge = side == Side::start ? row : row + 1;
  switch (bound.edge) {
    case FrameEdge::unbounded_preceding: return 0;
    case FrameEdge::preceding: return edge - std::min<std::uint64_t>(edge, bound.rows);
    case FrameEdge::current_row: return edge;
    case FrameEdge::following: return edge + std::min<std::uint64_t>(size - edge, bound.rows);
    case FrameEdge::unbounded_following: return size;
  }
  std::unreachable();
}

Result<std::size_t> FrameCursor::by_range(const algebra::FrameBound& bound, std::size_t row,
                                          std::size_t group, Side side, Limit& found) const {
  switch (bound.edge) {
    case FrameEdge::unbounded_preceding: return 0;
    case FrameEdge::unbounded_following: return partition_.size();
    case FrameEdge::current_row: {
      const RowSpan peers = partition_.peers(group);
      return side == Side::start ? peers.begin : peers.end;
    }
    case FrameEdge::preceding:
    case FrameEdge::following: break;
  }
  if (found.group != group) {
    TRY(found.at, find_limit(bound, row, group, side));
    found.group = group;
  }
  return found.at;
}

// Where the first group begins, or the last one ends, whose key is within the limit.
Result<std::size_t> FrameCursor::find_limit(const algebra::FrameBound& bound, std::size_t row,
                                            std::size_t group, Side side) const {
  const auto key_of = [&](const Value& value) {
    Bytes key;
    append_sort_key(window_.order.front().direction, window_.compared_in, value, key);
    return key;
  };
  const std::span<const Bytes> keys = partition_.keys();
  const auto place_of = [&](std::size_t at) {
    return at == keys.size() ? partition_.size() : partition_.peers(at).begin;
  };
  TRY(const Value limit, function::evaluate_lambda(bound.limit, std::span(&partition_.row(row), 1),
                                                   query_.evaluation));
  const Bytes null_key = key_of(Value());
  if (limit.is_null() && keys[group] != null_key) {
    // No key is too far. Nulls, which stand at one of the ends, are not within.
    const bool nulls_first = keys.front() == null_key;
    if (side == Side::start) return place_of(nulls_first ? 1 : 0);
    return place_of(keys.back() == null_key ? keys.size() - 1 : keys.size());
  }
  const Bytes key = key_of(limit);
  const auto at = side == Side::start ? std::ranges::lower_bound(keys, key)
                                      : std::ranges::upper_bound(keys, key);
  return place_of(static_cast<std::size_t>(at - keys.begin()));
}

}  // namespace octavo::exec
