#pragma once

// Texts by the root collation of CLDR (root_weights.h), at its first, its first two or all three
// levels: letters, accents, case.

#include "value/text_order.h"

namespace octavo::value {

class RootOrder final : public TextOrder {
 public:
  enum class Levels : std::uint8_t { letters = 1, accents = 2, cases = 3 };  // and those before

  // `pads`: as if spaces followed; for letters only, as no collation pads at more levels.
  constexpr RootOrder(Levels levels, bool pads) : levels_(levels), pads_(pads) {}

  void key(std::string_view text, Bytes& out) const override;
  std::strong_ordering compare(std::string_view a, std::string_view b) const override;
  void take(std::string_view& text, Bytes& weights) const override;
  void key_prefix(std::string_view text, Bytes& out) const override;

 private:
  Levels levels_;
  bool pads_;
};

}  // namespace octavo::value
