#pragma once

// How a collation compares texts, the part that several collations share. Texts are UTF-8 (binary:
// any bytes); what is ill-formed has an order as well. Immutable, shared by threads.

#include <compare>
#include <string_view>

#include "base/bytes.h"

namespace octavo::value {

class TextOrder {
 public:
  constexpr virtual ~TextOrder() = default;

  // Appends the text's sort key (docs/formats/key.md): bytes whose memcmp is this order. Equal
  // texts give the same bytes, and no key is a prefix of another.
  virtual void key(std::string_view text, Bytes& out) const = 0;
  // What comparing the keys gives, without making them.
  virtual std::strong_ordering compare(std::string_view a, std::string_view b) const = 0;

  // Takes the character at the front off `text`, which is not empty, and appends its weights. For
  // LIKE, LOCATE and their kin, which go by characters: two match when these bytes are the same.
  // Neither padding nor what a character weighs beside another one counts here.
  virtual void take(std::string_view& text, Bytes& weights) const = 0;
  // Appends bytes with which the keys of all texts begin that begin, character by character, with
  // ones that match those of `text`: the range of an index for `LIKE 'text%'`, whose rows are still
  // to be looked at. May be shorter than it could be, down to nothing.
  virtual void key_prefix(std::string_view text, Bytes& out) const = 0;
};

}  // namespace octavo::value
