#pragma once

// HyperLogLog registers in Redis's string form: "HYLL", encoding byte, three zero bytes, eight
// bytes of cached cardinality (not used here, always marked stale), then the registers.
//
// Dense: 16384 registers of six bits, little endian. Sparse: runs of `00nnnnnn` (n+1 zeros),
// `01nnnnnn nnnnnnnn` (n+1 zeros) and `1vvvvvnn` (n+1 registers of value v+1).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace octavo::keyspace {

class HyperLogLog {
 public:
  HyperLogLog() = default;  // empty

  static constexpr std::size_t kRegisters = 16384;

  // nullopt when the bytes are not a well-formed HyperLogLog.
  static std::optional<HyperLogLog> parse(std::string_view bytes);
  // Whether they begin like one, and have its length where that does not depend on what it holds.
  static bool has_header(std::string_view bytes);
  // The codes of the sparse form in words: "Z:6591 v:2,1 z:3"; nullopt: it is in the other.
  static std::optional<std::string> describe_sparse(std::string_view bytes);

  // Sparse while it fits into `sparse_limit` bytes and was sparse so far.
  std::string encode(std::int64_t sparse_limit) const;

  bool add(std::string_view element);  // true when a register grew
  void merge(const HyperLogLog& other);
  std::uint64_t count() const;
  bool is_dense() const { return dense_; }
  void make_dense() { dense_ = true; }
  const std::array<std::uint8_t, kRegisters>& registers() const { return registers_; }

 private:
  std::optional<std::string> encode_sparse(std::int64_t limit) const;
  bool parse_dense(std::string_view bytes);
  bool parse_sparse(std::string_view bytes);

  std::array<std::uint8_t, kRegisters> registers_{};
  bool dense_ = false;
};

}  // namespace octavo::keyspace
