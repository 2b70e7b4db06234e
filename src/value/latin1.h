#pragma once

// The character set latin1 as MySQL has it: Windows code page 1252, whose five holes are the
// control characters of ISO 8859-1.

#include <cstdint>
#include <optional>

namespace octavo::value {

char32_t from_latin1(std::uint8_t byte);
// nullopt: the set lacks the character.
std::optional<std::uint8_t> to_latin1(char32_t c);

}  // namespace octavo::value
