#pragma once

// What a kind of index can be asked for, as bits: each is a shape of `Scan`. All answer a scan
// without bounds.

#include <cstdint>

namespace octavo::algebra::index_answers {

constexpr std::uint8_t kKeys = 1;    // a KeySet of keys
constexpr std::uint8_t kRanges = 2;  // a KeyRange with bounds
constexpr std::uint8_t kOrder = 4;   // rows in the order of their keys
constexpr std::uint8_t kAreas = 8;   // a KeySet of geometries: the rows that may meet one of them
constexpr std::uint8_t kBoxes = 16;  // a KeySet of rectangles: the rows that may be in one of them

}  // namespace octavo::algebra::index_answers
