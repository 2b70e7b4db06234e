#pragma once

// Rows that are sorted by bytes: those of their keys (value/order_key.h, one key after the other),
// whose memcmp is the order. One thread at a time uses it.
//
// With `keep` it is a heap of that many rows, and its memory is bounded by theirs.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "algebra/plan.h"
#include "exec/charged_room.h"
#include "exec/row_pages.h"

namespace octavo::exec {

class SortBuffer {
 public:
  struct Wanted {
    std::optional<std::uint64_t> keep;  // so many, the first of the order; unset: all
    algebra::Direction ties = algebra::Direction::ascending;  // as in algebra::Sort
  };
  SortBuffer(const Wanted& wanted, QueryContext& query)
      : wanted_(wanted), query_(query), held_(query), pages_(query) {}

  // Whether a row with that key would be kept if it came now.
  bool wants(BytesView key) const;
  // Adds such a row. Where there are as many as wanted it takes the place of the last of them.
  // `resource_exhausted` when the query cannot have the memory.
  Status add(BytesView key, BytesView row);
  std::size_t rows() const { return entries_.size(); }
  bool full() const { return wanted_.keep && entries_.size() == *wanted_.keep; }
  // The key of the row that was added last; none: there is no row. Not where it `keep`s some.
  BytesView added() const { return entries_.empty() ? BytesView() : key_of(entries_.back()); }
  // The row of which the next one takes the place. Only when `full`.
  BytesView last() const { return pages_.at(entries_.front().place).content; }

  // Puts the rows in order; none is added any more. Fails within some thousand rows when the query
  // is to end.
  Status sort();
  // A row by its number in the order. Only after `sort`.
  BytesView operator[](std::size_t i) const { return row(i).content; }
  RowPages::Row row(std::size_t i) const {
    // Neighbours in the order are anywhere in memory.
    constexpr std::size_t kAhead = 4;
    if (i + kAhead < entries_.size()) pages_.prefetch(entries_[i + kAhead].place);
    return pages_.at(entries_[i].place);
  }

  // What it holds, with what it needs to sort that, and what a further row needs at once.
  std::size_t bytes() const {
    return pages_.bytes() + (entries_.capacity() + entries_.size()) * sizeof(Entry);
  }
  std::size_t room() const { return room_to_make(entries_); }
  // Drops all rows: it is as it was when it was made.
  void clear();

 private:
  // Some bytes of the key, of the same place in it for those that are compared, as a number.
  struct Entry {
    std::uint64_t prefix = 0;
    RowPages::Place place = 0;
  };
  // Entries whose keys are equal in the bytes before `from`, in the order of ties.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t from = 0;
  };

  BytesView key_of(const Entry& entry) const { return pages_.at(entry.place).key; }
  // Of entries with the bytes at `from` as their prefixes.
  bool before(const Entry& a, const Entry& b, std::size_t from) const;
  void sort_few(std::span<Entry> entries, std::size_t from) const;
  Status sort_range(const Range& range, std::vector<Range>& further);
  Status load_prefixes(std::span<Entry> entries, std::size_t from) const;
  Status make_scratch();
  Status drop_last();
  Status drop_garbage();

  Wanted wanted_;
  QueryContext& query_;
  MemoryCharge held_;
  RowPages pages_;
  // In the order of arrival; from the moment that there are as many as wanted a heap whose front is
  // the last row of the order.
  std::vector<Entry> entries_;
  bool heap_ = false;
  std::size_t garbage_ = 0;           // bytes of rows in pages that are not kept any more
  std::unique_ptr<Entry[]> scratch_;  // as many entries
};

}  // namespace octavo::exec
