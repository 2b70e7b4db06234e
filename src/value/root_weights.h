#pragma once

// The elements of a text in the root collation of CLDR, as this program has them frozen in
// value/data/root_weights.inc: no version of ICU, or of Unicode, changes them.

#include <array>
#include <cstdint>
#include <string_view>

namespace octavo::value {

// A character yields none, one or several. 0: it weighs nothing at that level.
struct RootElement {
  std::uint32_t primary = 0;    // one to four bytes, left-aligned; none of them is below 3
  std::uint16_t secondary = 0;  // below 512
  std::uint8_t tertiary = 0;    // below 32
};

// The weights of small letters without accents at their levels.
constexpr std::uint32_t kRootCommonSecondary = 1, kRootCommonTertiary = 2;

class RootTable;

// Reads a text from its front. Characters that weigh otherwise beside certain others (contractions
// and the like) do so when they follow each other directly. Ill-formed bytes are U+FFFD.
class RootElements {
 public:
  // Begins at byte `from`, which is 0 or follows a character of ASCII.
  explicit RootElements(std::string_view text, std::size_t from = 0);

  // Whether there was another one; once there is none, there is none again.
  bool next(RootElement& element);
  bool at_end() const { return rest_.empty() && pending_ == nullptr; }

 private:
  void start_character();
  void start(std::uint32_t word, char32_t before);
  void start_syllable(char32_t number);
  std::uint32_t joined(std::uint32_t index);

  const RootTable& table_;
  std::string_view rest_;
  char32_t previous_ = 0;                   // the last one that was taken off `rest_`
  const std::uint32_t* pending_ = nullptr;  // words of the character that are not read yet
  std::array<std::uint32_t, 3> own_{};      // such words, when no table has them
};

// The primary of each character of ASCII: one byte; 0: none, and for bytes that are no such
// character.
const std::array<std::uint8_t, 256>& ascii_primaries();
// Likewise but for the space.
const std::array<std::uint8_t, 256>& ascii_primaries_without_space();
// Whether a character, and all others with its primaries, weighs the same wherever it stands.
bool weighs_alone(char32_t c);

}  // namespace octavo::value
