#include "exec/sort_buffer.h"

#include <algorithm>
#include <array>

#include "base/limits.h"
#include "exec/sort_by_bytes.h"

namespace octavo::exec {
namespace {

// Fewer entries than this are compared with each other, more are put by their bytes.
constexpr std::size_t kFew = 256;
// Rows that are not kept any more may take so much more than those that are.
constexpr std::size_t kSpareGarbage = 64 * kKiB;

BytesView rest_of(BytesView key, std::size_t from) {
  return key.substr(std::min(key.size(), from));
}

}  // namespace

bool SortBuffer::before(const Entry& a, const Entry& b, std::size_t from) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  const int order =
      rest_of(key_of(a), from + kPrefixBytes).compare(rest_of(key_of(b), from + kPrefixBytes));
  if (order != 0) return order < 0;
  return wanted_.ties == algebra::Direction::ascending ? a.place < b.place : a.place > b.place;
}

bool SortBuffer::wants(BytesView key) const {
  if (!full()) return true;
  if (entries_.empty()) return false;
  const Entry& last = entries_.front();
  const std::uint64_t prefix = prefix_of(key, 0);
  if (prefix != last.prefix) return prefix < last.prefix;
  const int order = key.compare(key_of(last));
  return order < 0 || (order == 0 && wanted_.ties == algebra::Direction::descending);
}

Status SortBuffer::add(BytesView key, BytesView row) {
  if (full()) TRY_STATUS(drop_last());
  TRY_STATUS(make_room(entries_, held_));
  TRY(const RowPages::Place place, pages_.add(key, row));
  entries_.push_back({.prefix = prefix_of(key, 0), .place = place});
  const auto by_key = [this](const Entry& a, const Entry& b) { return before(a, b, 0); };
  if (heap_) {
    std::ranges::push_heap(entries_, by_key);
  } else if (full()) {
    heap_ = true;
    std::ranges::make_heap(entries_, by_key);
  }
  return {};
}

Status SortBuffer::drop_last() {
  std::ranges::pop_heap(entries_,
                        [this](const Entry& a, const Entry& b) { return before(a, b, 0); });
  garbage_ += RowPages::bytes_of(pages_.at(entries_.back().place));
  entries_.pop_back();
  return garbage_ > pages_.bytes() - garbage_ + kSpareGarbage ? drop_garbage() : Status();
}

// Copies the rows that are kept, in the order of their arrival.
Status SortBuffer::drop_garbage() {
  std::ranges::sort(entries_, {}, &Entry::place);
  RowPages kept(query_);
  for (Entry& entry : entries_) {
    TRY_STATUS(query_.check());
    const RowPages::Row row = pages_.at(entry.place);
    TRY(entry.place, kept.add(row.key, row.content));
  }
  std::swap(pages_, kept);
  garbage_ = 0;
  std::ranges::make_heap(entries_,
                         [this](const Entry& a, const Entry& b) { return before(a, b, 0); });
  return {};
}

void SortBuffer::clear() {
  pages_ = RowPages(query_);
  entries_ = {};
  held_ = MemoryCharge(query_);
  heap_ = false;
  garbage_ = 0;
}

Status SortBuffer::make_scratch() {
  if (entries_.size() < kFew) return {};
  TRY_STATUS(held_.add(entries_.size() * sizeof(Entry)));
  scratch_ = std::make_unique_for_overwrite<Entry[]>(entries_.size());
  return {};
}

Status SortBuffer::sort() {
  TRY_STATUS(make_scratch());
  if (heap_ && scratch_ != nullptr) {
    TRY_STATUS(sort_by_bytes(std::span(entries_), scratch_.get(), &Entry::place, query_));
  }
  if (wanted_.ties == algebra::Direction::descending) std::ranges::reverse(entries_);
  std::vector<Range> ranges{{.begin = 0, .end = entries_.size(), .from = 0}};
  while (!ranges.empty()) {
    const Range range = ranges.back();
    ranges.pop_back();
    TRY_STATUS(sort_range(range, ranges));
  }
  if (scratch_ != nullptr) held_.remove(entries_.size() * sizeof(Entry));
  scratch_.reset();
  return {};
}

// By the eight bytes at `from`. Entries that are equal in these are sorted at once where they are
// few, else they are a range for a later turn, so that neither long keys nor many equal ones cost
// more than a look at each of their bytes.
Status SortBuffer::sort_range(const Range& range, std::vector<Range>& further) {
  const std::span<Entry> entries =
      std::span(entries_).subspan(range.begin, range.end - range.begin);
  if (range.from > 0) TRY_STATUS(load_prefixes(entries, range.from));
  if (entries.size() < kFew) {
    sort_few(entries, range.from);
    return {};
  }
  TRY_STATUS(sort_by_bytes(entries, scratch_.get(), &Entry::prefix, query_));
  const std::size_t next = range.from + kPrefixBytes;
  for (std::size_t begin = 0, end = 0; begin < entries.size(); begin = end) {
    const std::uint64_t prefix = entries[begin].prefix;
    for (end = begin + 1; end < entries.size() && entries[end].prefix == prefix;) ++end;
    if (end - begin == 1 || key_of(entries[begin]).size() <= next) continue;
    TRY_STATUS(query_.check());
    if (end - begin < kFew) {
      sort_few(entries.subspan(begin, end - begin), range.from);
    } else {
      further.push_back({.begin = range.begin + begin, .end = range.begin + end, .from = next});
    }
  }
  return {};
}

void SortBuffer::sort_few(std::span<Entry> entries, std::size_t from) const {
  std::ranges::sort(entries, [&](const Entry& a, const Entry& b) { return before(a, b, from); });
}

Status SortBuffer::load_prefixes(std::span<Entry> entries, std::size_t from) const {
  return in_steps(entries.size(), query_, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      entries[i].prefix = prefix_of(key_of(entries[i]), from);
    }
  });
}

}  // namespace octavo::exec
