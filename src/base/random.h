#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace octavo {

// A seeded generator for reproducible choices (splitmix64-seeded xoshiro256**, Blackman and
// Vigna 2018). Satisfies UniformRandomBitGenerator. Not for secrets.
class Random {
 public:
  using result_type = std::uint64_t;
  explicit Random(std::uint64_t seed);
  std::uint64_t operator()();
  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return ~std::uint64_t{0}; }
  std::uint64_t below(std::uint64_t bound);  // uniform in [0, bound); bound > 0
  double uniform();                          // [0, 1)

 private:
  std::uint64_t state_[4];
};

// From the operating system's generator: salts, nonces, identifiers.
Bytes secure_random_bytes(std::size_t size);

// A per-thread `Random` seeded from the operating system.
Random& thread_random();

}  // namespace octavo
