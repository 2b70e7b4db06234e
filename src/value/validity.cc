#include "value/validity.h"

#include <algorithm>
#include <cstring>

namespace octavo::value {
namespace {

constexpr std::size_t words_of(std::size_t rows) { return (rows + 63) / 64; }

// Bits of rows behind the last one are set as well, so that growing over them needs nothing.
Buffer grown_bits(const Buffer& old, std::size_t rows) {
  Buffer grown(words_of(rows) * sizeof(std::uint64_t));
  std::memset(grown.data(), 0xff, grown.bytes());
  std::memcpy(grown.data(), old.data(), std::min(old.bytes(), grown.bytes()));
  return grown;
}

}  // namespace

void Validity::clear(std::size_t row, Absence why) {
  ASSERT(row < rows_);
  if (!present_) {
    Buffer bits(words_of(rows_) * sizeof(std::uint64_t));
    std::memset(bits.data(), 0xff, bits.bytes());
    present_ = std::move(bits);
  }
  if (why != Absence::null && !reasons_) {
    Buffer reasons(rows_);
    std::memset(reasons.data(), 0, reasons.bytes());
    reasons_ = std::move(reasons);
  }
  present_.as<std::uint64_t>()[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  if (reasons_) reasons_.as<std::uint8_t>()[row] = static_cast<std::uint8_t>(why);
}

void Validity::resize(std::size_t rows) {
  if (present_ && words_of(rows) * sizeof(std::uint64_t) > present_.bytes()) {
    present_ = grown_bits(present_, std::max(rows, 2 * rows_));
  }
  if (reasons_ && rows > reasons_.bytes()) {
    Buffer grown(std::max(rows, 2 * rows_));
    std::memcpy(grown.data(), reasons_.data(), rows_);
    reasons_ = std::move(grown);
  }
  for (std::size_t row = rows; present_ && row < rows_; ++row) {
    present_.as<std::uint64_t>()[row / 64] |= std::uint64_t{1} << (row % 64);
  }
  rows_ = rows;
}

}  // namespace octavo::value
