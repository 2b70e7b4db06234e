#pragma once

// The letters that alphabets have of their own (tailored_order.h), as the collations of MySQL that
// are named after them have it.

#include <array>

#include "value/tailored_order.h"

namespace octavo::value {

constexpr std::array kIcelandicLetters = {
    OwnLetter{U'á', U'Á', U'a', 1, 'a', 0x301},
    OwnLetter{U'ð', U'Ð', U'd', 1},
    OwnLetter{U'é', U'É', U'e', 1, 'e', 0x301},
    OwnLetter{U'í', U'Í', U'i', 1, 'i', 0x301},
    OwnLetter{U'ó', U'Ó', U'o', 1, 'o', 0x301},
    OwnLetter{U'ú', U'Ú', U'u', 1, 'u', 0x301},
    OwnLetter{U'ý', U'Ý', U'y', 1, 'y', 0x301},
    OwnLetter{U'þ', U'Þ', U'z', 1},
    OwnLetter{U'æ', U'Æ', U'z', 2},
    OwnLetter{U'ä', U'Ä', U'z', 2, 'a', 0x308},
    OwnLetter{U'ö', U'Ö', U'z', 3, 'o', 0x308},
    OwnLetter{U'ø', U'Ø', U'z', 3},
    OwnLetter{U'å', U'Å', U'z', 4, 'a', 0x30a},
};
constexpr std::array kRomanianLetters = {
    OwnLetter{U'ă', U'Ă', U'a', 1, 'a', 0x306}, OwnLetter{U'â', U'Â', U'a', 2, 'a', 0x302},
    OwnLetter{U'î', U'Î', U'i', 1, 'i', 0x302}, OwnLetter{U'ş', U'Ş', U's', 1, 's', 0x327},
    OwnLetter{U'ţ', U'Ţ', U't', 1, 't', 0x327},
};
constexpr std::array kSlovenianLetters = {
    OwnLetter{U'č', U'Č', U'c', 1, 'c', 0x30c},
    OwnLetter{U'š', U'Š', U's', 1, 's', 0x30c},
    OwnLetter{U'ž', U'Ž', U'z', 1, 'z', 0x30c},
};
constexpr std::array kPolishLetters = {
    OwnLetter{U'ą', U'Ą', U'a', 1, 'a', 0x328}, OwnLetter{U'ć', U'Ć', U'c', 1, 'c', 0x301},
    OwnLetter{U'ę', U'Ę', U'e', 1, 'e', 0x328}, OwnLetter{U'ł', U'Ł', U'l', 1},
    OwnLetter{U'ń', U'Ń', U'n', 1, 'n', 0x301}, OwnLetter{U'ó', U'Ó', U'o', 1, 'o', 0x301},
    OwnLetter{U'ś', U'Ś', U's', 1, 's', 0x301}, OwnLetter{U'ź', U'Ź', U'z', 1, 'z', 0x301},
    OwnLetter{U'ż', U'Ż', U'z', 2, 'z', 0x307},
};
constexpr std::array kSpanishLetters = {OwnLetter{U'ñ', U'Ñ', U'n', 1, 'n', 0x303}};
constexpr std::array kSwedishLetters = {
    OwnLetter{U'ü', U'Ü', U'y', 0, 'u', 0x308}, OwnLetter{U'å', U'Å', U'z', 1, 'a', 0x30a},
    OwnLetter{U'ä', U'Ä', U'z', 2, 'a', 0x308}, OwnLetter{U'æ', U'Æ', U'z', 2},
    OwnLetter{U'ö', U'Ö', U'z', 3, 'o', 0x308}, OwnLetter{U'ø', U'Ø', U'z', 3},
};
constexpr std::array kEsperantoLetters = {
    OwnLetter{U'ĉ', U'Ĉ', U'c', 1, 'c', 0x302}, OwnLetter{U'ĝ', U'Ĝ', U'g', 1, 'g', 0x302},
    OwnLetter{U'ĥ', U'Ĥ', U'h', 1, 'h', 0x302}, OwnLetter{U'ĵ', U'Ĵ', U'j', 1, 'j', 0x302},
    OwnLetter{U'ŝ', U'Ŝ', U's', 1, 's', 0x302}, OwnLetter{U'ŭ', U'Ŭ', U'u', 1, 'u', 0x306},
};
constexpr std::array kHungarianLetters = {
    OwnLetter{U'ö', U'Ö', U'o', 1, 'o', 0x308},
    OwnLetter{U'ő', U'Ő', U'o', 1, 'o', 0x30b},
    OwnLetter{U'ü', U'Ü', U'u', 1, 'u', 0x308},
    OwnLetter{U'ű', U'Ű', U'u', 1, 'u', 0x30b},
};
// Of today's CLDR.
constexpr std::array kNewSwedishLetters = {
    OwnLetter{U'đ', U'Đ', U'd', 0},
    OwnLetter{U'ð', U'Ð', U'd', 0},
    OwnLetter{U'ü', U'Ü', U'y', 0, 'u', 0x308},
    OwnLetter{U'ű', U'Ű', U'y', 0, 'u', 0x30b},
    OwnLetter{U'å', U'Å', U'z', 1, 'a', 0x30a},
    OwnLetter{U'ä', U'Ä', U'z', 2, 'a', 0x308},
    OwnLetter{U'æ', U'Æ', U'z', 2},
    OwnLetter{U'ę', U'Ę', U'z', 2, 'e', 0x328},
    OwnLetter{U'ö', U'Ö', U'z', 3, 'o', 0x308},
    OwnLetter{U'ø', U'Ø', U'z', 3},
    OwnLetter{U'ő', U'Ő', U'z', 3, 'o', 0x30b},
    OwnLetter{U'œ', U'Œ', U'z', 3},
    OwnLetter{U'ô', U'Ô', U'z', 3, 'o', 0x302},
};

}  // namespace octavo::value
