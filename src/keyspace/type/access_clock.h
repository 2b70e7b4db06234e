#pragma once

// How recently or how often a key was used, in 32 bits.
//
// By default the second of the last access. With an LFU policy: the minute of the last access in
// the upper 24 bits, and in the lower 8 a counter that grows with the logarithm of the number of
// accesses and shrinks by one a minute without any.

#include <algorithm>
#include <cstdint>

#include "base/random.h"

namespace octavo::keyspace {

constexpr std::uint32_t kNewKeyFrequency = 5;  // so that a new key is not the first to go
constexpr std::uint32_t kMaxFrequency = 255;

inline std::uint32_t access_of_frequency(std::uint32_t frequency, std::uint32_t now_minutes) {
  return (now_minutes << 8) | frequency;
}

inline std::uint32_t decayed_frequency(std::uint32_t access, std::uint32_t now_minutes) {
  const std::uint32_t idle = (now_minutes - (access >> 8)) & 0xffffff;
  const std::uint32_t counter = access & 0xff;
  return idle >= counter ? 0 : counter - idle;
}

inline std::uint32_t frequency_access(std::uint32_t access, std::uint32_t now_minutes,
                                      Random& random) {
  std::uint32_t counter = decayed_frequency(access, now_minutes);
  // The fuller the counter, the less likely it grows: 255 stands for a million accesses.
  constexpr double kLogFactor = 10;
  const double above = counter > kNewKeyFrequency ? counter - kNewKeyFrequency : 0;
  if (counter < kMaxFrequency && random.uniform() < 1.0 / (above * kLogFactor + 1)) ++counter;
  return access_of_frequency(counter, now_minutes);
}

}  // namespace octavo::keyspace
