#include "keyspace/type/int_set.h"

#include "base/bytes.h"

namespace octavo::keyspace {
namespace {

std::uint32_t width_of(std::int64_t value) {
  if (value >= INT16_MIN && value <= INT16_MAX) return 2;
  return value >= INT32_MIN && value <= INT32_MAX ? 4 : 8;
}

}  // namespace

std::int64_t IntSet::at(std::uint32_t index) const {
  const char* source = data_.data() + std::size_t{index} * width_;
  switch (width_) {
    case 2: return static_cast<std::int16_t>(load_le<std::uint16_t>(source));
    case 4: return static_cast<std::int32_t>(load_le<std::uint32_t>(source));
    default: return static_cast<std::int64_t>(load_le<std::uint64_t>(source));
  }
}

void IntSet::put(char* target, std::int64_t value) const {
  switch (width_) {
    case 2: store_le(target, static_cast<std::uint16_t>(value)); break;
    case 4: store_le(target, static_cast<std::uint32_t>(value)); break;
    default: store_le(target, static_cast<std::uint64_t>(value));
  }
}

std::uint32_t IntSet::lower_bound(std::int64_t value) const {
  std::uint32_t low = 0;
  std::uint32_t high = size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (at(middle) < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool IntSet::contains(std::int64_t value) const {
  const std::uint32_t index = lower_bound(value);
  return index < size() && at(index) == value;
}

bool IntSet::insert(std::int64_t value) {
  const std::uint32_t index = lower_bound(value);
  if (index < size() && at(index) == value) return false;
  if (const std::uint32_t width = width_of(value); width > width_) widen(width);
  const std::size_t offset = std::size_t{index} * width_;
  data_.insert(offset, width_, '\0');
  put(data_.data() + offset, value);
  return true;
}

bool IntSet::erase(std::int64_t value) {
  const std::uint32_t index = lower_bound(value);
  if (index >= size() || at(index) != value) return false;
  data_.erase(std::size_t{index} * width_, width_);
  return true;
}

void IntSet::widen(std::uint32_t width) {
  IntSet wide;
  wide.width_ = width;
  wide.data_.resize(std::size_t{size()} * width);
  for (std::uint32_t i = 0; i < size(); ++i) wide.put(wide.data_.data() + i * width, at(i));
  *this = std::move(wide);
}

}  // namespace octavo::keyspace
