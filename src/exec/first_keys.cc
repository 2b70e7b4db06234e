#include "exec/first_keys.h"

#include <algorithm>

namespace octavo::exec {
namespace {

// Of more it would cost what it saves.
constexpr std::uint64_t kMostKept = 16'384;

}  // namespace

FirstKeys::FirstKeys(const algebra::Sort& sort, const FieldKeys& keys, std::uint64_t keep,
                     QueryContext& query)
    : keys_(keys),
      descends_(!sort.keys.empty() &&
                sort.keys.front().direction == algebra::Direction::descending),
      keep_(keep),
      numbers_of_(sort.order, sort.keys.empty() ? KeyNumbers::kMissing : keys.missing(0)),
      held_(query),
      given_up_(sort.keys.empty() || keep == 0 || keep > kMostKept ||
                !held_.add(keep * sizeof(Number))) {
  if (!given_up_) least_.reserve(keep);
}

void FirstKeys::note(Number number) {
  if (least_.size() < keep_) {
    least_.push_back(number);
    std::ranges::push_heap(least_);
  } else if (number < least_.front()) {
    std::ranges::pop_heap(least_);
    least_.back() = number;
    std::ranges::push_heap(least_);
  }
}

Result<std::span<const std::uint16_t>> FirstKeys::among(const FieldScan& scan) {
  const std::span<const std::uint16_t> rows = scan.rows();
  if (given_up_) return rows;
  numbers_.resize(rows.size());
  TRY(const bool has_numbers, keys_.use(0, scan, [&](const auto& part) -> Result<bool> {
    return numbers_of_.of(part, rows, numbers_.data());
  }));
  if (!has_numbers) {
    given_up_ = true;
    return rows;
  }
  if (descends_) {
    for (Number& number : numbers_) number = ~number;
  }
  // A row with the greatest of the least numbers may still come first by what follows in its key.
  const bool full = least_.size() == keep_;
  const Number most = full ? least_.front() : ~Number{0};
  rows_.resize(rows.size());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows_[kept] = rows[i];
    numbers_[kept] = numbers_[i];
    kept += numbers_[i] <= most ? 1 : 0;
  }
  rows_.resize(kept);
  for (std::size_t i = 0; i < kept; ++i) note(numbers_[i]);
  return std::span<const std::uint16_t>(rows_);
}

}  // namespace octavo::exec
