#include "base/random.h"

#include <sys/random.h>

#include <bit>
#include <cerrno>

#include "base/assert.h"

namespace octavo {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) {
  for (auto& word : state_) word = splitmix64(seed);
}

std::uint64_t Random::operator()() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Random::below(std::uint64_t bound) {
  ASSERT(bound > 0);
  const std::uint64_t threshold = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = (*this)();
    if (value >= threshold) return value % bound;
  }
}

double Random::uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

Bytes secure_random_bytes(std::size_t size) {
  Bytes out(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t n = getrandom(out.data() + filled, size - filled, 0);
    if (n < 0 && errno == EINTR) continue;
    ASSERT(n > 0);
    filled += static_cast<std::size_t>(n);
  }
  return out;
}

Random& thread_random() {
  thread_local Random random(load_le<std::uint64_t>(secure_random_bytes(8).data()));
  return random;
}

}  // namespace octavo
