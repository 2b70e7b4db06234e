#pragma once

// Entries sorted by numbers that they have, byte by byte.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "exec/context.h"

namespace octavo::exec {

// Between looks at whether the query is to end: about 0.1 ms.
constexpr std::size_t kSortedAtOnce = 16'384;

constexpr std::size_t kPrefixBytes = sizeof(std::uint64_t);

// The bytes of a key from `from` on, zeros behind its end: no key is the beginning of another, so
// keys that are equal there and end there are equal.
inline std::uint64_t prefix_of(BytesView key, std::size_t from) {
  if (key.size() >= from + kPrefixBytes) return load_be<std::uint64_t>(key.data() + from);
  std::array<char, kPrefixBytes> bytes{};
  if (key.size() > from) key.copy(bytes.data(), bytes.size(), from);
  return load_be<std::uint64_t>(bytes.data());
}

// `work(begin, end)` for all of `count`, some thousand at a time.
template <class Work>
Status in_steps(std::size_t count, QueryContext& query, const Work& work) {
  for (std::size_t begin = 0; begin < count; begin += kSortedAtOnce) {
    TRY_STATUS(query.check());
    work(begin, std::min(count, begin + kSortedAtOnce));
  }
  return {};
}

// In which bits the numbers of entries differ, and whether they ascend as they are.
struct NumbersOfEntries {
  std::uint64_t differ = 0;
  bool ascend = true;
};
template <class Entry, class Number>
Result<NumbersOfEntries> look_at_numbers(std::span<const Entry> entries, Number Entry::* number,
                                         QueryContext& query) {
  NumbersOfEntries seen;
  if (entries.empty()) return seen;
  const Number first = entries.front().*number;
  Number last = first;
  TRY_STATUS(in_steps(entries.size(), query, [&](std::size_t begin, std::size_t end) {
    Number differ = 0;
    bool descends = false;
    for (std::size_t i = begin; i < end; ++i) {
      const Number each = entries[i].*number;
      differ |= each ^ first;
      descends |= each < last;
      last = each;
    }
    seen.differ |= differ;
    seen.ascend = seen.ascend && !descends;
  }));
  return seen;
}

// Sorts by the bytes of a number, the least one first, and keeps the order of equal ones. Bytes
// that all entries share cost nothing but a look at them, and so do entries that are sorted.
template <class Entry, class Number>
Status sort_by_bytes(std::span<Entry> entries, Entry* scratch, Number Entry::* number,
                     QueryContext& query) {
  constexpr std::size_t kValues = 256;
  const auto byte_of = [number](const Entry& entry, std::size_t byte) {
    return static_cast<std::uint8_t>(entry.*number >> (8 * byte));
  };
  TRY(const NumbersOfEntries seen, look_at_numbers(std::span<const Entry>(entries), number, query));
  if (seen.ascend) return {};
  std::array<std::size_t, sizeof(Number)> bytes{};  // in which they differ, the last one first
  std::size_t count_of_bytes = 0;
  for (std::size_t byte = 0; byte < sizeof(Number); ++byte) {
    if (((seen.differ >> (8 * byte)) & 0xff) != 0) bytes[count_of_bytes++] = byte;
  }
  std::array<std::array<std::size_t, kValues>, sizeof(Number)> counts{};
  TRY_STATUS(in_steps(entries.size(), query, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t at = 0; at < count_of_bytes; ++at) {
        ++counts[at][byte_of(entries[i], bytes[at])];
      }
    }
  }));
  Entry* from = entries.data();
  Entry* to = scratch;
  for (std::size_t at = 0; at < count_of_bytes; ++at) {
    auto& places = counts[at];
    std::size_t place = 0;
    for (std::size_t& count : places) place += std::exchange(count, place);
    TRY_STATUS(in_steps(entries.size(), query, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) to[places[byte_of(from[i], bytes[at])]++] = from[i];
    }));
    std::swap(from, to);
  }
  if (from != entries.data()) std::copy(from, from + entries.size(), entries.data());
  return {};
}

}  // namespace octavo::exec
