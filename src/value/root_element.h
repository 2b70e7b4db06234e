#pragma once

// How the frozen weights of the root collation are packed into words, for the tool that writes them
// (tools/make_weights.cc) and for who reads them (value/root_weights.h).
//
// A word is an element: primary code (16 bits), secondary (9), tertiary (5), a spare bit, and
// whether another element of the same character follows. The first weight of each kind is 1, 0 is
// none. Words whose primary code is 1 are no elements, but say where to look.

#include <cstdint>

namespace octavo::value::root_element {

constexpr std::uint32_t kMore = 1;
constexpr std::uint32_t kCommonSecondary = 1;
constexpr int kPrimaryShift = 16;
constexpr int kSecondaryShift = 7;
constexpr int kTertiaryShift = 2;
constexpr std::uint32_t kSecondaryMask = 0x1ff;
constexpr std::uint32_t kTertiaryMask = 0x1f;
// Bytes of primaries are 3 and above: 0 to 2 are what keys are put together with.
constexpr std::uint32_t kLowestByte = 3;

constexpr std::uint32_t packed(std::uint32_t primary, std::uint32_t secondary,
                               std::uint32_t tertiary) {
  return primary << kPrimaryShift | secondary << kSecondaryShift | tertiary << kTertiaryShift;
}
constexpr std::uint32_t primary_of(std::uint32_t word) { return word >> kPrimaryShift; }
constexpr std::uint32_t secondary_of(std::uint32_t word) {
  return word >> kSecondaryShift & kSecondaryMask;
}
constexpr std::uint32_t tertiary_of(std::uint32_t word) {
  return word >> kTertiaryShift & kTertiaryMask;
}

// Among the elements of a character: the primary is that of the ideograph in the next word.
constexpr std::uint32_t kPointer = 1;

// In place of a character's only element.
enum class Pointer : std::uint32_t {
  computed,  // its weights follow from its code point
  sequence,  // several elements: their place in the list of elements
  head,      // weighs otherwise before some characters: a place in the list of joins
  follower,  // weighs otherwise behind some characters: likewise
};
constexpr int kKindShift = 14;
constexpr std::uint32_t kIndexMask = (1U << kKindShift) - 1;

constexpr std::uint32_t pointer(Pointer kind, std::uint32_t index) {
  return kPointer << kPrimaryShift | static_cast<std::uint32_t>(kind) << kKindShift | index;
}
constexpr bool is_pointer(std::uint32_t word) { return primary_of(word) == kPointer; }
constexpr Pointer kind_of(std::uint32_t word) {
  return static_cast<Pointer>(word >> kKindShift & 3U);
}
constexpr std::uint32_t index_of(std::uint32_t word) { return word & kIndexMask; }

}  // namespace octavo::value::root_element
