#include "index/matcher.h"

#include "index/registry.h"
#include "value/key.h"

namespace octavo::index {

Result<Matcher> Matcher::make(const catalog::TableDefinition& table, const algebra::Scan& scan) {
  Matcher out;
  if (!scan.index) {
    out.ranges_ = primary_ranges(scan);
    return out;
  }
  const auto* definition = table.find_index(*scan.index);
  if (definition == nullptr) return fail(Code::not_found, "The index does not exist any more.");
  TRY(out.index_, open_index(*definition));
  auto access = out.index_->match(scan.keys);
  if (!access) return fail(Code::unsupported, "This index cannot answer that query.");
  out.ranges_ = std::move(access->ranges);
  out.once_ = access->once;
  return out;
}

std::vector<Bytes> Matcher::sort_keys(const value::Value& primary_key,
                                      const value::Value& row) const {
  Bytes primary;
  value::encode_key(primary_key, primary);
  std::vector<Bytes> entries;
  if (once_) {
    if (auto first = first_entry(*index_, row, ranges_)) entries.push_back(*std::move(first));
  } else if (index_ == nullptr) {
    entries.emplace_back();
  } else {
    index_->keys_of(row, entries);
  }
  for (Bytes& entry : entries) entry.append(primary);
  number_repeats(entries);
  std::vector<Bytes> out;
  for (const Bytes& entry : entries) {
    for (const EntryRange& range : ranges_) {
      if (contains(range, entry)) out.push_back(entry);
    }
  }
  return out;
}

}  // namespace octavo::index
