#pragma once

// Counts different values in 4 KiB, whatever their number: a HyperLogLog (base/cardinality.h) of
// 4096 registers, whose standard error is 1.6 percent.

#include <array>
#include <cstddef>
#include <cstdint>

namespace octavo::statistics {

class Sketch {
 public:
  // `hash`: of a value, all of its bits as good as random.
  void add(std::uint64_t hash);
  double distinct() const;

 private:
  static constexpr unsigned kIndexBits = 12;
  static constexpr std::size_t kRegisters = std::size_t{1} << kIndexBits;

  std::array<std::uint8_t, kRegisters> registers_{};
};

}  // namespace octavo::statistics
