#pragma once

// All keys of an index or of a table in MongoDB's order: a bracket of types after the other. Keys
// are stored in the native order, which has the types in another order, and which MongoDB's is the
// same as only within some of them.

#include <vector>

#include "algebra/plan.h"

namespace octavo::mongodb {

struct Bracket {
  // Its keys, in their order where `ordered`.
  std::vector<algebra::KeyRange> ranges;
  bool ordered = true;
};

enum class KeyForm : std::uint8_t {
  entries,       // as entries of indexes stand (entries.h)
  primary_keys,  // as they are
};

// Ascending. Every key is in one of them (but those that make an index multikey).
const std::vector<Bracket>& brackets(KeyForm form);

}  // namespace octavo::mongodb
