#pragma once

// Collations: rows, each an order of texts for one character set. What they weigh texts by is
// frozen, so that stored keys do not depend on the libraries of the day.

#include <cstdint>
#include <span>
#include <string_view>

#include "value/charset.h"
#include "value/text_order.h"

namespace octavo::value {

struct Collation {
  // What two texts may differ in and still be equal: nothing, the case, case and accents; `table`:
  // as the collation's own table of letters has it.
  enum class Ignores : std::uint8_t { nothing, cases, accents_and_cases, by_table };

  std::uint16_t id;  // MySQL's number
  std::string_view name;
  CharsetId charset;
  bool pads;  // compares as if spaces followed without end
  Ignores ignores;
  std::uint32_t version;  // of the keys: what is stored under another one is made again
  const TextOrder* order;

  bool is_default() const { return charset_of(charset).default_collation == name; }

  // As those of TextOrder.
  void key(std::string_view text, Bytes& out) const { order->key(text, out); }
  std::strong_ordering compare(std::string_view a, std::string_view b) const {
    return order->compare(a, b);
  }
  bool equal(std::string_view a, std::string_view b) const { return compare(a, b) == 0; }
  void take(std::string_view& text, Bytes& weights) const { order->take(text, weights); }
  void key_prefix(std::string_view text, Bytes& out) const { order->key_prefix(text, out); }
};

// By id.
std::span<const Collation> collations();
// By name, in any case; nullptr: there is none. The names that `utf8_…` had are those of utf8mb3.
const Collation* find_collation(std::string_view name);
const Collation* find_collation(std::uint16_t id);

}  // namespace octavo::value
