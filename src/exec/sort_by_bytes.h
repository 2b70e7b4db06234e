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

// Sorts by the bytes of a number, the least one first, and keeps the order of equal ones. Bytes
// that all entries share cost nothing but the look at them.
template <class Entry, class Number>
Status sort_by_bytes(std::span<Entry> entries, Entry* scratch, Number Entry::* number,
                     QueryContext& query) {
  constexpr std::size_t kValues = 256;
  const auto byte_of = [number](const Entry& entry, std::size_t byte) {
    return static_cast<std::uint8_t>(entry.*number >> (8 * byte));
  };
  std::array<std::array<std::size_t, kValues>, sizeof(Number)> counts{};
  TRY_STATUS(in_steps(entries.size(), query, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      for (std::size_t byte = 0; byte < counts.size(); ++byte) {
        ++counts[byte][byte_of(entries[i], byte)];
      }
    }
  }));
  Entry* from = entries.data();
  Entry* to = scratch;
  for (std::size_t byte = 0; byte < counts.size(); ++byte) {
    auto& places = counts[byte];
    if (places[byte_of(*from, byte)] == entries.size()) continue;
    std::size_t place = 0;
    for (std::size_t& count : places) place += std::exchange(count, place);
    TRY_STATUS(in_steps(entries.size(), query, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) to[places[byte_of(from[i], byte)]++] = from[i];
    }));
    std::swap(from, to);
  }
  if (from != entries.data()) std::copy(from, from + entries.size(), entries.data());
  return {};
}

}  // namespace octavo::exec
