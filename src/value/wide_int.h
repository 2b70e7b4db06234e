#pragma once

// Unsigned integers of a fixed number of 64-bit limbs, least significant first: just what exact
// decimals need (256 bits for a coefficient of 76 digits, 512 for intermediate results). Overflow
// is reported, never wrapped.

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace octavo::value {

__extension__ using Uint128 = unsigned __int128;

template <std::size_t N>
struct WideInt {
  std::array<std::uint64_t, N> limbs{};

  WideInt() = default;
  constexpr explicit WideInt(std::uint64_t low) { limbs[0] = low; }

  friend bool operator==(const WideInt&, const WideInt&) = default;
  friend std::strong_ordering operator<=>(const WideInt& a, const WideInt& b) {
    for (std::size_t i = N; i-- > 0;) {
      if (const auto order = a.limbs[i] <=> b.limbs[i]; order != 0) return order;
    }
    return std::strong_ordering::equal;
  }

  bool is_zero() const {
    std::uint64_t any = 0;
    for (const std::uint64_t limb : limbs) any |= limb;
    return any == 0;
  }
  // Limbs in use; 0 for zero.
  std::size_t size() const {
    std::size_t n = N;
    while (n > 0 && limbs[n - 1] == 0) --n;
    return n;
  }

  // this = this * factor + addend; false if it does not fit.
  bool multiply_add(std::uint64_t factor, std::uint64_t addend) {
    Uint128 carry = addend;
    for (std::uint64_t& limb : limbs) {
      carry += Uint128{limb} * factor;
      limb = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return carry == 0;
  }
  // this = this / divisor; returns the remainder. divisor > 0.
  std::uint64_t divide_small(std::uint64_t divisor) {
    Uint128 rest = 0;
    for (std::size_t i = N; i-- > 0;) {
      rest = (rest << 64) | limbs[i];
      limbs[i] = static_cast<std::uint64_t>(rest / divisor);
      rest %= divisor;
    }
    return static_cast<std::uint64_t>(rest);
  }
  bool add(const WideInt& other) {
    Uint128 carry = 0;
    for (std::size_t i = 0; i < N; ++i) {
      carry += Uint128{limbs[i]} + other.limbs[i];
      limbs[i] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    return carry == 0;
  }
  // Requires this >= other.
  void subtract(const WideInt& other) {
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < N; ++i) {
      const Uint128 taken = Uint128{other.limbs[i]} + borrow;
      borrow = taken > limbs[i] ? 1 : 0;
      limbs[i] = static_cast<std::uint64_t>(limbs[i] - taken);
    }
  }
  void shift_left_one() {
    std::uint64_t carry = 0;
    for (std::uint64_t& limb : limbs) {
      const std::uint64_t next = limb >> 63;
      limb = (limb << 1) | carry;
      carry = next;
    }
  }
  std::size_t bit_length() const {
    const std::size_t used = size();
    if (used == 0) return 0;
    return 64 * used - static_cast<std::size_t>(std::countl_zero(limbs[used - 1]));
  }
  bool bit(std::size_t index) const { return ((limbs[index / 64] >> (index % 64)) & 1) != 0; }

  template <std::size_t M>
    requires(M >= N)
  WideInt<M> widen() const {
    WideInt<M> wide;
    for (std::size_t i = 0; i < N; ++i) wide.limbs[i] = limbs[i];
    return wide;
  }
  // Requires that the value fits.
  template <std::size_t M>
    requires(M <= N)
  WideInt<M> narrow() const {
    WideInt<M> low;
    for (std::size_t i = 0; i < M; ++i) low.limbs[i] = limbs[i];
    return low;
  }
};

using Uint256 = WideInt<4>;
using Uint512 = WideInt<8>;

inline Uint512 multiply(const Uint256& a, const Uint256& b) {
  Uint512 product;
  for (std::size_t i = 0; i < 4; ++i) {
    Uint128 carry = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      carry += Uint128{a.limbs[i]} * b.limbs[j] + product.limbs[i + j];
      product.limbs[i + j] = static_cast<std::uint64_t>(carry);
      carry >>= 64;
    }
    product.limbs[i + 4] = static_cast<std::uint64_t>(carry);
  }
  return product;
}

struct Quotient {
  Uint512 quotient;
  Uint512 remainder;
};
// Bit by bit: division of decimals is rare and at most 512 steps. divisor > 0.
inline Quotient divide(const Uint512& dividend, const Uint512& divisor) {
  Quotient result;
  if (divisor.size() == 1) {
    result.quotient = dividend;
    result.remainder = Uint512(result.quotient.divide_small(divisor.limbs[0]));
    return result;
  }
  for (std::size_t i = dividend.bit_length(); i-- > 0;) {
    result.remainder.shift_left_one();  // no overflow: remainder < divisor, and see `bit_length`
    result.remainder.limbs[0] |= dividend.bit(i) ? 1 : 0;
    if (result.remainder >= divisor) {
      result.remainder.subtract(divisor);
      result.quotient.limbs[i / 64] |= std::uint64_t{1} << (i % 64);
    }
  }
  return result;
}

}  // namespace octavo::value
