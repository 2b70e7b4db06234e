#include "value/latin1.h"

#include <algorithm>
#include <array>

namespace octavo::value {
namespace {

// All other bytes are the code points of their number.
constexpr unsigned kFirst = 0x80, kLast = 0x9f;
constexpr std::array<char16_t, kLast - kFirst + 1> kSpecial = {
    0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,  // 80 to 87
    0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,    // 88 to 8f
    0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,  // 90 to 97
    0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};  // 98 to 9f

}  // namespace

char32_t from_latin1(std::uint8_t byte) {
  return byte >= kFirst && byte <= kLast ? kSpecial[byte - kFirst] : byte;
}

std::optional<std::uint8_t> to_latin1(char32_t c) {
  if (c < kFirst || (c > kLast && c <= 0xff)) return static_cast<std::uint8_t>(c);
  const auto* found = std::ranges::find(kSpecial, c);
  if (found == kSpecial.end()) return std::nullopt;
  return static_cast<std::uint8_t>(kFirst + (found - kSpecial.begin()));
}

}  // namespace octavo::value
