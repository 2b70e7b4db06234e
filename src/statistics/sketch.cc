#include "statistics/sketch.h"

#include <algorithm>
#include <bit>

#include "base/cardinality.h"

namespace octavo::statistics {

void Sketch::add(std::uint64_t hash) {
  const std::size_t index = hash & (kRegisters - 1);
  // The stop bit bounds the run of zeros.
  const std::uint64_t rest = hash >> kIndexBits | std::uint64_t{1} << (64 - kIndexBits);
  const auto value = static_cast<std::uint8_t>(std::countr_zero(rest) + 1);
  registers_[index] = std::max(registers_[index], value);
}

double Sketch::distinct() const {
  std::array<std::uint32_t, 64 - kIndexBits + 2> by_value{};
  for (const std::uint8_t value : registers_) ++by_value[value];
  return cardinality(by_value);
}

}  // namespace octavo::statistics
