#pragma once

// Paths in documents: `$.a."b c"[0][last-1][1 to 2].*[*]$**.x`.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "value/value.h"

namespace octavo::sql {

// A place in an array: from its front, or from its end.
struct JsonPlace {
  std::size_t number = 0;
  bool from_end = false;
};

struct JsonLeg {
  enum class Kind : std::uint8_t {
    member,      // .name
    any_member,  // .*
    cell,        // [place]
    range,       // [place to last]
    any_cell,    // [*]
    any_depth,   // **
  };
  Kind kind = Kind::member;
  std::string name;
  JsonPlace place, last;
};

struct JsonPath {
  std::vector<JsonLeg> legs;

  // Whether it may mean several values.
  bool is_wild() const;
};

// 3143.
Result<JsonPath> parse_json_path(std::string_view text);

// The element of a place; beyond either end: none. A value that is no array is one of one element.
struct JsonCell {
  std::size_t number = 0;
  bool below = false;  // before the first one
};
JsonCell json_cell(const JsonPlace& place, std::size_t size);

// What is there, in the order of the document, each once. They live as long as the document.
std::vector<const value::Value*> find_json(const value::Value& document, const JsonPath& path);

// The path's text, as JSON_SEARCH shows it: `$.a[0]`.
void append_member(std::string_view name, std::string& path);

}  // namespace octavo::sql
