#pragma once

// Texts by the letters of the root collation, with those letters behind others that an alphabet has
// of its own: ĉ behind c, å behind z.
//
// Such a letter is compared as the one before it with U+FFFF behind it, which weighs more than
// every letter: so it comes behind all that begins with that one, and before the next. The second
// behind the same letter has U+FFFF twice. All weights are those that are frozen (root_weights.h).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "value/root_order.h"

namespace octavo::value {

struct OwnLetter {
  char32_t small, capital;
  char32_t before;     // the letter that it is behind
  std::uint8_t place;  // of those behind that one, from 1; 0: it is the same letter
  char plain = 0;      // with `mark` behind it the same character; 0: there is no such pair
  char32_t mark = 0;
};

class TailoredOrder final : public TextOrder {
 public:
  // `letters` outlives it. `pads` as that of RootOrder.
  constexpr TailoredOrder(std::span<const OwnLetter> letters, bool pads)
      : letters_(letters), root_(RootOrder::Levels::letters, pads) {}

  void key(std::string_view text, Bytes& out) const override;
  std::strong_ordering compare(std::string_view a, std::string_view b) const override;
  void take(std::string_view& text, Bytes& weights) const override;
  void key_prefix(std::string_view text, Bytes& out) const override;

 private:
  const OwnLetter* letter_at(std::string_view& text) const;
  std::optional<std::string> in_root(std::string_view text) const;

  std::span<const OwnLetter> letters_;
  RootOrder root_;
};

}  // namespace octavo::value
