#pragma once

// What an index is over: `{a: 1, "b.c": -1}` (MongoDB manual, "Indexes").

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::mongodb {

enum class KeyKind : std::uint8_t {
  ascending,
  descending,
  hashed,
  text,
  sphere,    // 2dsphere
  plane,     // 2d
  wildcard,  // `$**`, or below a path: `a.$**`
};

struct KeyField {
  std::string path;                // as it is written, `a.$**` too
  std::vector<std::string> names;  // its parts; of a wildcard those before `$**`
  KeyKind kind = KeyKind::ascending;
};

struct KeyPattern {
  std::vector<KeyField> fields;  // at least one

  bool is_ordered() const;  // all ascending or descending
  bool has(KeyKind kind) const;
  // A path has a number: `a.0`, an element of an array as well as a field of its elements.
  bool has_position() const;
};

constexpr std::size_t kMostKeyFields = 32;

// 67 CannotCreateIndex for what is no key pattern, in MongoDB's words.
Result<KeyPattern> parse_key_pattern(const value::Value& key);

}  // namespace octavo::mongodb
