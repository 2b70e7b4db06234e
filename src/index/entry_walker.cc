#include "index/entry_walker.h"

#include <algorithm>

#include "txn/row_key.h"

namespace octavo::index {

std::vector<EntryRange> whole_keys(std::uint64_t prefix, std::vector<EntryRange> ranges,
                                   std::optional<algebra::Direction> order) {
  const Bytes head = txn::id_prefix(prefix);
  const Bytes end = txn::id_prefix(prefix + 1);
  for (EntryRange& range : ranges) {
    range.lower.insert(0, head);
    range.upper = range.upper.empty() ? end : head + range.upper;
  }
  if (order) {
    std::ranges::sort(ranges, {}, &EntryRange::lower);
    if (*order == algebra::Direction::descending) std::ranges::reverse(ranges);
  }
  return ranges;
}

}  // namespace octavo::index
