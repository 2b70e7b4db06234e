#include "kv/split.h"

#include <algorithm>
#include <limits>

namespace octavo::kv {
namespace {

constexpr int kMostEstimates = 24;
constexpr int kEvenEstimates = 4;  // in so many a cut is found where keys are even
constexpr std::size_t kNumberBytes = 8;

// The bytes of a key from a place on as a number; those that it lacks are zero.
std::uint64_t number_at(BytesView key, std::size_t place) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < kNumberBytes; ++i) {
    number <<= 8;
    if (place + i < key.size()) number |= static_cast<unsigned char>(key[place + i]);
  }
  return number;
}

std::size_t common_prefix(BytesView a, BytesView b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// A key, and how many bytes lie before it.
struct Bound {
  Bytes key;
  std::uint64_t before = 0;
};

// A key between both, `share` of the way in the first bytes in which they differ; empty: there is
// none of this kind.
Bytes key_between(BytesView low, BytesView high, double share) {
  const std::size_t prefix = common_prefix(low, high);
  const std::uint64_t first = number_at(low, prefix);
  const std::uint64_t last = number_at(high, prefix);
  Bytes key(high.substr(0, prefix));
  if (last <= first) return {};
  if (last - first >= 2) {
    const auto way = static_cast<std::uint64_t>(static_cast<double>(last - first) * share);
    put_be(key, first + std::clamp<std::uint64_t>(way, 1, last - first - 1));
    return key;
  }
  // Neighbours: what is above the one's first bytes is told by those that follow.
  if (high.size() > prefix + kNumberBytes) {
    put_be(key, last);
    return key;
  }
  put_be(key, first);
  const std::uint64_t next = number_at(low, prefix + kNumberBytes);
  const std::uint64_t room = std::numeric_limits<std::uint64_t>::max() - next;
  if (room < 2) return {};
  put_be(key, next + room / 2);
  return key;
}

// Both as near to each other as keys allow: those that are alike then differ early. False: there is
// none between them.
bool tighten(const Store& store, Family family, Bound& low, Bound& high) {
  const auto cursor =
      store.cursor(family, {.read = {.fill_cache = false}, .lower = low.key, .upper = high.key});
  cursor->seek_to_first();
  if (!cursor->valid()) return false;
  low.key = cursor->key();
  cursor->seek_to_last();
  if (!cursor->valid()) return false;
  Bytes behind = Bytes(cursor->key()) + '\0';
  if (behind < high.key) high.key = std::move(behind);
  return true;
}

}  // namespace

std::optional<Bytes> split_key(const Store& store, Family family, BytesView begin, BytesView end,
                               std::uint64_t bytes) {
  if (begin >= end || bytes == 0) return std::nullopt;
  const std::uint64_t total = store.approximate_bytes(family, begin, end);
  if (total < 2 * bytes) return std::nullopt;
  Bound low{Bytes(begin), 0};
  Bound high{Bytes(end), total};
  for (int estimates = 1; estimates < kMostEstimates; ++estimates) {
    // Where keys are even the share of bytes is that of the way; halving is for others.
    // Keys are not even.
    if (estimates % kEvenEstimates == 0 && !tighten(store, family, low, high)) break;
    const bool halve = estimates % 3 == 0 || high.before <= low.before;
    const double share = halve ? 0.5
                               : static_cast<double>(bytes - low.before) /
                                     static_cast<double>(high.before - low.before);
    Bytes key = key_between(low.key, high.key, share);
    if (key <= low.key || key >= high.key) break;
    const std::uint64_t before = store.approximate_bytes(family, begin, key);
    if (before >= bytes / 2 && before <= bytes + bytes / 2) return key;
    (before < bytes ? low : high) = {std::move(key), before};
  }
  // The nearer one of those that cut something off.
  const bool is_high = high.before < total && high.key < end;
  const bool is_low = low.before > 0 && low.key > begin;
  if (is_high && (!is_low || high.before - bytes < bytes - low.before)) return high.key;
  if (is_low) return low.key;
  return std::nullopt;
}

}  // namespace octavo::kv
