#include "exec/text_numbers.h"

#include <array>

#include "exec/sort_buffer.h"

namespace octavo::exec {
namespace {

// So many different texts are worth their while whatever the number of rows, and so many of those
// that have more rows each.
constexpr std::size_t kAlways = 16'384;
constexpr std::size_t kRowsOfText = 4;
constexpr std::size_t kMost = 1'000'000;

bool too_many(std::size_t texts, std::size_t rows) {
  return texts == kMost || (texts >= kAlways && texts * kRowsOfText > rows);
}

}  // namespace

Result<std::optional<TextNumbers::Number>> TextNumbers::number_of(std::string_view text,
                                                                  std::size_t rows) {
  if (last_ && texts_.key(*last_) == text) return last_;
  last_ = texts_.find(text);
  if (last_) return last_;
  if (too_many(texts_.size(), rows)) return std::nullopt;
  TRY(last_, texts_.add(text));
  return last_;
}

Status TextNumbers::rank(const std::function<void(std::string_view text, Bytes& out)>& append_key) {
  SortBuffer sorted({.keep = std::nullopt}, query_);
  Bytes key;
  for (Number number = 0; number < texts_.size(); ++number) {
    key.clear();
    append_key(texts_.key(number), key);
    std::array<char, sizeof(Number)> content{};
    store_le(content.data(), number);
    TRY_STATUS(sorted.add(key, {content.data(), content.size()}));
  }
  TRY_STATUS(sorted.sort());
  TRY_STATUS(held_.add(texts_.size() * sizeof(Number)));
  ranks_.resize(texts_.size());
  Number rank = 0;
  for (std::size_t i = 0; i < sorted.rows(); ++i) {
    const RowPages::Row row = sorted.row(i);
    if (i > 0 && sorted.row(i - 1).key != row.key) ++rank;
    ranks_[load_le<Number>(row.content.data())] = rank;
  }
  return {};
}

}  // namespace octavo::exec
