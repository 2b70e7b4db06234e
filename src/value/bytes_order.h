#pragma once

// Texts by their bytes: the collations `binary` and `…_bin`. UTF-8 has the order of code points.

#include "value/text_order.h"

namespace octavo::value {

class BytesOrder final : public TextOrder {
 public:
  // `pads`: as if spaces followed. `by_bytes`: a character is a byte, not one of UTF-8.
  constexpr BytesOrder(bool pads, bool by_bytes) : pads_(pads), by_bytes_(by_bytes) {}

  void key(std::string_view text, Bytes& out) const override;
  std::strong_ordering compare(std::string_view a, std::string_view b) const override;
  void take(std::string_view& text, Bytes& weights) const override;
  void key_prefix(std::string_view text, Bytes& out) const override;

 private:
  bool pads_, by_bytes_;
};

}  // namespace octavo::value
