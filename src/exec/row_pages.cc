#include "exec/row_pages.h"

#include <algorithm>

#include "base/limits.h"

namespace octavo::exec {
namespace {

// Of a page. The first ones are smaller: most sorts are of few rows.
constexpr std::size_t kPageBytes = 64 * kKiB;
constexpr std::size_t kFirstPageBytes = 4 * kKiB;

}  // namespace

Result<RowPages::Place> RowPages::add(BytesView key, BytesView content) {
  ASSERT(key.size() <= kOffsetMask && content.size() <= kOffsetMask);
  const std::size_t bytes = bytes_of({.key = key, .content = content});
  if (pages_.empty() || pages_.back().size - pages_.back().used < bytes) {
    TRY_STATUS(start_page(bytes));
  }
  Page& page = pages_.back();
  const Place place = (Place{pages_.size() - 1} << kOffsetBits) + page.used;
  char* const row = page.bytes.get() + page.used;
  const Sizes sizes{.key = static_cast<std::uint32_t>(key.size()),
                    .content = static_cast<std::uint32_t>(content.size())};
  std::memcpy(row, &sizes, sizeof(sizes));
  char* const at = row + sizeof(sizes);
  key.copy(at, key.size());
  content.copy(at + key.size(), content.size());
  page.used += bytes;
  bytes_ += bytes;
  return place;
}

Status RowPages::start_page(std::size_t bytes) {
  const std::size_t usual =
      std::min(kPageBytes, kFirstPageBytes << std::min<std::size_t>(pages_.size(), 4));
  const std::size_t size = std::max(usual, bytes);
  TRY_STATUS(held_.add(size + sizeof(Page)));
  pages_.push_back(
      {.bytes = std::make_unique_for_overwrite<char[]>(size), .size = size, .used = 0});
  return {};
}

}  // namespace octavo::exec
