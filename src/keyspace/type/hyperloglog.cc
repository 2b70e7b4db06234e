#include "keyspace/type/hyperloglog.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/bytes.h"
#include "base/cardinality.h"

namespace octavo::keyspace {
namespace {

constexpr std::string_view kMagic = "HYLL";
constexpr std::size_t kHeaderBytes = 16;
constexpr char kDense = 0;
constexpr char kSparse = 1;
constexpr unsigned kIndexBits = 14;
constexpr unsigned kValueBits = 64 - kIndexBits;  // of the hash, for the run of zeros
constexpr unsigned kRegisterBits = 6;
constexpr std::size_t kMaxSparseValue = 32;
constexpr std::size_t kDenseBytes = HyperLogLog::kRegisters * kRegisterBits / 8;

// A run of registers of one value, as one code of the sparse form says it.
struct Run {
  std::size_t bytes = 0;  // of the code; 0: it is cut off
  std::size_t length = 0;
  std::uint8_t value = 0;
};
Run run_at(std::string_view bytes) {
  const auto code = static_cast<unsigned char>(bytes[0]);
  if ((code & 0x80) != 0) {
    return {1, (code & 3U) + 1, static_cast<std::uint8_t>(((code >> 2) & 0x1f) + 1)};
  }
  if ((code & 0x40) == 0) return {1, (code & 0x3fU) + 1, 0};
  if (bytes.size() < 2) return {};
  return {2, ((code & 0x3fU) << 8 | static_cast<unsigned char>(bytes[1])) + 1, 0};
}

// MurmurHash64A (Austin Appleby, public domain algorithm), which Redis uses with this seed.
std::uint64_t murmur_hash(std::string_view key) {
  constexpr std::uint64_t kMultiplier = 0xc6a4a7935bd1e995;
  constexpr std::uint64_t kSeed = 0xadc83b19;
  const auto mix = [](std::uint64_t word) {
    word *= kMultiplier;
    return (word ^ (word >> 47)) * kMultiplier;
  };
  std::uint64_t hash = kSeed ^ (key.size() * kMultiplier);
  while (key.size() >= 8) {
    hash = (hash ^ mix(load_le<std::uint64_t>(key.data()))) * kMultiplier;
    key.remove_prefix(8);
  }
  if (!key.empty()) {
    for (std::size_t i = 0; i < key.size(); ++i) {
      hash ^= std::uint64_t{static_cast<unsigned char>(key[i])} << (8 * i);
    }
    hash *= kMultiplier;
  }
  hash = (hash ^ (hash >> 47)) * kMultiplier;
  return hash ^ (hash >> 47);
}

}  // namespace

bool HyperLogLog::has_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic)) return false;
  return bytes[4] == kSparse || (bytes[4] == kDense && bytes.size() == kHeaderBytes + kDenseBytes);
}

std::optional<HyperLogLog> HyperLogLog::parse(std::string_view bytes) {
  if (!has_header(bytes)) return std::nullopt;
  HyperLogLog out;
  out.dense_ = bytes[4] == kDense;
  bytes.remove_prefix(kHeaderBytes);
  const bool good = out.dense_ ? out.parse_dense(bytes) : out.parse_sparse(bytes);
  return good ? std::optional(out) : std::nullopt;
}

bool HyperLogLog::parse_dense(std::string_view bytes) {
  if (bytes.size() != kDenseBytes) return false;
  for (std::size_t i = 0; i < kRegisters; i += 4) {
    // Four registers in three bytes.
    const char* source = bytes.data() + i / 4 * 3;
    std::uint32_t word = static_cast<unsigned char>(source[0]);
    word |= std::uint32_t{static_cast<unsigned char>(source[1])} << 8;
    word |= std::uint32_t{static_cast<unsigned char>(source[2])} << 16;
    for (std::size_t k = 0; k < 4; ++k) {
      registers_[i + k] = static_cast<std::uint8_t>((word >> (kRegisterBits * k)) & 63);
    }
  }
  return true;
}

bool HyperLogLog::parse_sparse(std::string_view bytes) {
  std::size_t at = 0;
  while (!bytes.empty()) {
    const Run run = run_at(bytes);
    if (run.bytes == 0 || run.length > kRegisters - at) return false;
    std::fill_n(registers_.begin() + static_cast<std::ptrdiff_t>(at), run.length, run.value);
    at += run.length;
    bytes.remove_prefix(run.bytes);
  }
  return at == kRegisters;
}

std::optional<std::string> HyperLogLog::describe_sparse(std::string_view bytes) {
  if (!has_header(bytes) || bytes[4] != kSparse) return std::nullopt;
  bytes.remove_prefix(kHeaderBytes);
  std::string out;
  while (!bytes.empty()) {
    const Run run = run_at(bytes);
    if (run.bytes == 0) break;
    if (!out.empty()) out += ' ';
    out += run.value > 0 ? fmt::format("v:{},{}", run.value, run.length)
                         : fmt::format("{}:{}", run.bytes == 1 ? 'z' : 'Z', run.length);
    bytes.remove_prefix(run.bytes);
  }
  return out;
}

std::string HyperLogLog::encode(std::int64_t sparse_limit) const {
  std::string out(kMagic);
  out.append(12, '\0');
  out[kHeaderBytes - 1] = static_cast<char>(0x80);  // the cached cardinality is stale
  if (!dense_) {
    if (const auto sparse = encode_sparse(sparse_limit)) {
      out[4] = kSparse;
      return out + *sparse;
    }
  }
  out[4] = kDense;
  for (std::size_t i = 0; i < kRegisters; i += 4) {
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      word |= std::uint32_t{registers_[i + k]} << (kRegisterBits * k);
    }
    for (unsigned shift = 0; shift < 24; shift += 8) {
      out.push_back(static_cast<char>((word >> shift) & 0xff));
    }
  }
  return out;
}

std::optional<std::string> HyperLogLog::encode_sparse(std::int64_t limit) const {
  std::string out;
  for (std::size_t at = 0; at < kRegisters;) {
    const std::uint8_t value = registers_[at];
    if (value > kMaxSparseValue) return std::nullopt;
    std::size_t end = at + 1;
    const std::size_t longest = value == 0 ? kRegisters : 4;
    while (end < kRegisters && end - at < longest && registers_[end] == value) ++end;
    const std::size_t run = end - at - 1;
    if (value > 0) {
      out.push_back(static_cast<char>(0x80U | (value - 1U) << 2 | run));
    } else if (run < 64) {
      out.push_back(static_cast<char>(run));
    } else {
      out.push_back(static_cast<char>(0x40 | run >> 8));
      out.push_back(static_cast<char>(run & 0xff));
    }
    if (static_cast<std::int64_t>(out.size() + kHeaderBytes) > limit) return std::nullopt;
    at = end;
  }
  return out;
}

bool HyperLogLog::add(std::string_view element) {
  std::uint64_t hash = murmur_hash(element);
  const std::size_t index = hash & (kRegisters - 1);
  // The stop bit bounds the run of zeros.
  hash = (hash >> kIndexBits) | (std::uint64_t{1} << kValueBits);
  const auto value = static_cast<std::uint8_t>(std::countr_zero(hash) + 1);
  if (registers_[index] >= value) return false;
  registers_[index] = value;
  return true;
}

void HyperLogLog::merge(const HyperLogLog& other) {
  dense_ = dense_ || other.dense_;
  for (std::size_t i = 0; i < kRegisters; ++i) {
    registers_[i] = std::max(registers_[i], other.registers_[i]);
  }
}

std::uint64_t HyperLogLog::count() const {
  std::array<std::uint32_t, kValueBits + 2> by_value{};
  // Clients may have written others than there can be.
  for (const std::uint8_t value : registers_) ++by_value[std::min<unsigned>(value, kValueBits + 1)];
  return static_cast<std::uint64_t>(std::llround(cardinality(by_value)));
}

}  // namespace octavo::keyspace
