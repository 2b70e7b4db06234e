#include "index/index.h"

#include <algorithm>

#include "value/key.h"

namespace octavo::index {
namespace {

// After a whole encoded key comes the tag byte of what is appended to it, and no tag is 0xff.
constexpr char kAfterAll = '\xff';

Bytes encoded(const value::Value& key) {
  Bytes out;
  value::encode_key(key, out);
  return out;
}

}  // namespace

EntryRange entry_range(const algebra::KeyRange& range) {
  EntryRange out;
  if (range.lower.value) {
    out.lower = encoded(*range.lower.value);
    if (!range.lower.inclusive) out.lower.push_back(kAfterAll);
  }
  if (range.upper.value) {
    out.upper = encoded(*range.upper.value);
    if (range.upper.inclusive) out.upper.push_back(kAfterAll);
  } else {
    out.upper.push_back(kAfterAll);
  }
  return out;
}

EntryRange entry_range(const value::Value& key) {
  EntryRange out{encoded(key), {}};
  out.upper = out.lower;
  out.upper.push_back(kAfterAll);
  return out;
}

std::vector<EntryRange> primary_ranges(const algebra::Scan& scan) {
  std::vector<EntryRange> out;
  if (const auto* range = std::get_if<algebra::KeyRange>(&scan.keys)) {
    out.push_back(entry_range(*range));
  } else {
    for (const value::Value& key : std::get<algebra::KeySet>(scan.keys).keys) {
      out.push_back(entry_range(key));
    }
  }
  return out;
}

void number_repeats(std::vector<Bytes>& entries) {
  std::ranges::sort(entries);
  std::size_t first = 0;
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i] == entries[first]) {
      put_be(entries[i], static_cast<std::uint32_t>(i - first));
    } else {
      first = i;
    }
  }
}

bool contains(const EntryRange& range, BytesView key) {
  return key >= range.lower && (range.upper.empty() || key < range.upper);
}

std::optional<Bytes> first_entry(const Index& index, const value::Value& row,
                                 const std::vector<EntryRange>& ranges) {
  std::vector<Bytes> keys;
  index.keys_of(row, keys);
  std::erase_if(keys, [&ranges](const Bytes& key) {
    return std::ranges::none_of(ranges,
                                [&key](const EntryRange& range) { return contains(range, key); });
  });
  if (keys.empty()) return std::nullopt;
  return *std::ranges::min_element(keys);
}

}  // namespace octavo::index
