#pragma once

// Characters of texts, and bytes of bytes, by their number. Texts are UTF-8.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "value/value.h"

namespace octavo::sql {

class Characters {
 public:
  // Of a text; `bytes`: each is a character.
  explicit Characters(std::string_view content, bool bytes) : content_(content), bytes_(bytes) {}
  // Of a value that is a text or bytes.
  static Characters of(const value::Value& value);

  std::string_view content() const { return content_; }
  std::size_t count() const;
  // Where the character of that number begins, from 0; the end for those behind the last.
  std::size_t offset(std::uint64_t number) const;

 private:
  std::string_view content_;
  bool bytes_;
};

}  // namespace octavo::sql
