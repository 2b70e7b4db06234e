#pragma once

// Rows as bytes, each with those of a key before it, in pages that are charged before they are
// allocated. A page holds whole rows and no addresses: it could be written to a file and read back
// as it is. One thread at a time uses them.

#include <cstring>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "exec/context.h"

namespace octavo::exec {

class RowPages {
 public:
  // Where a row is: greater than that of every row that was added before it.
  using Place = std::uint64_t;
  struct Row {
    BytesView key;
    BytesView content;
  };

  explicit RowPages(QueryContext& query) : held_(query) {}

  // `resource_exhausted` when the query cannot have a further page.
  Result<Place> add(BytesView key, BytesView content);
  // Good until the pages are gone.
  Row at(Place place) const {
    const char* const row = pages_[place >> kOffsetBits].bytes.get() + (place & kOffsetMask);
    Sizes sizes;
    std::memcpy(&sizes, row, sizeof(sizes));
    return {.key = {row + sizeof(sizes), sizes.key},
            .content = {row + sizeof(sizes) + sizes.key, sizes.content}};
  }

  // Has the memory of a row, or the first of it, on its way for when it will be looked at.
  void prefetch(Place place) const {
    constexpr std::size_t kLine = 64;
    constexpr std::size_t kLines = 5;
    const char* const row = pages_[place >> kOffsetBits].bytes.get() + (place & kOffsetMask);
    for (std::size_t line = 0; line < kLines; ++line) __builtin_prefetch(row + line * kLine);
  }

  // What rows take, of which a row takes `bytes_of`.
  std::size_t bytes() const { return bytes_; }
  static std::size_t bytes_of(const Row& row) {
    return sizeof(Sizes) + row.key.size() + row.content.size();
  }

 private:
  static constexpr unsigned kOffsetBits = 32;
  static constexpr Place kOffsetMask = (Place{1} << kOffsetBits) - 1;

  struct Sizes {
    std::uint32_t key = 0;
    std::uint32_t content = 0;
  };
  struct Page {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t used = 0;
  };

  Status start_page(std::size_t bytes);

  MemoryCharge held_;
  std::vector<Page> pages_;
  std::size_t bytes_ = 0;
};

}  // namespace octavo::exec
