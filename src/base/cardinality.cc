#include "base/cardinality.h"

#include <cmath>
#include <limits>
#include <numeric>

#include "base/assert.h"

namespace octavo {
namespace {

double sigma(double x) {
  if (x == 1.0) return std::numeric_limits<double>::infinity();
  double previous = 0;
  double y = 1;
  double z = x;
  do {
    x *= x;
    previous = z;
    z += x * y;
    y += y;
  } while (previous != z);
  return z;
}

double tau(double x) {
  if (x == 0.0 || x == 1.0) return 0;
  double previous = 0;
  double y = 1;
  double z = 1 - x;
  do {
    x = std::sqrt(x);
    previous = z;
    y *= 0.5;
    z -= std::pow(1 - x, 2) * y;
  } while (previous != z);
  return z / 3;
}

}  // namespace

double cardinality(std::span<const std::uint32_t> registers) {
  ASSERT(registers.size() >= 2);
  constexpr double kAlpha = 0.721347520444481703680;  // 1 / (2 ln 2)
  const double count = std::accumulate(registers.begin(), registers.end(), 0.0);
  double z = count * tau((count - registers.back()) / count);
  for (std::size_t k = registers.size() - 2; k >= 1; --k) {
    z += registers[k];
    z *= 0.5;
  }
  z += count * sigma(registers.front() / count);
  return kAlpha * count * count / z;
}

}  // namespace octavo
