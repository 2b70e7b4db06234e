#include "ycsb.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/checksum.h"
#include "load.h"

namespace octavo::load::ycsb {
namespace {

constexpr double kSkew = 0.99;

// Of the first `count` terms.
double zeta(std::uint64_t count) {
  double sum = 0;
  for (std::uint64_t i = 1; i <= count; ++i) sum += 1 / std::pow(static_cast<double>(i), kSkew);
  return sum;
}

}  // namespace

bool is_wanted(const std::vector<Share>& mix) {
  return std::ranges::any_of(
      mix, [](const Share& share) { return share.operation.starts_with("ycsb_"); });
}

std::string key(std::uint64_t number) { return fmt::format("user{:012}", number); }

std::string field_name(std::size_t number) { return fmt::format("field{}", number); }

std::string field_text(Random& random) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  std::string text(kFieldBytes, ' ');
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kFieldBytes; ++i) {
    if (i % 10 == 0) bits = random();  // six bits for each letter
    text[i] = kLetters[bits & 63U];
    bits >>= 6U;
  }
  return text;
}

Zipfian::Zipfian(std::uint64_t count)
    : count_(static_cast<double>(count)),
      zeta_(zeta(count)),
      eta_((1 - std::pow(2 / count_, 1 - kSkew)) / (1 - zeta(2) / zeta_)) {}

std::uint64_t Zipfian::operator()(Random& random) const {
  const double u = random.uniform();
  const double at = u * zeta_;
  if (at < 1) return 0;
  if (at < 1 + std::pow(0.5, kSkew)) return 1;
  const double rank = count_ * std::pow(eta_ * u - eta_ + 1, 1 / (1 - kSkew));
  return static_cast<std::uint64_t>(std::clamp(rank, 0.0, count_ - 1));
}

Keys::Keys(const Plan& plan, std::size_t connection)
    : loaded_(plan.key_space),
      connections_(plan.connections),
      connection_(connection),
      zipfian_(std::max<std::uint64_t>(plan.key_space, 3)) {}

std::string Keys::any(Random& random) const {
  const std::uint64_t rank = zipfian_(random);
  const BytesView bytes(reinterpret_cast<const char*>(&rank), sizeof rank);
  return key(hash64(bytes) % loaded_);
}

std::string Keys::latest(Random& random) const {
  const std::uint64_t back = zipfian_(random);
  if (back < added_) return key(loaded_ + (added_ - 1 - back) * connections_ + connection_);
  return key(loaded_ - 1 - std::min(back - added_, loaded_ - 1));
}

std::string Keys::add() { return key(loaded_ + added_++ * connections_ + connection_); }

}  // namespace octavo::load::ycsb
