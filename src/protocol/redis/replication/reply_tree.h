#pragma once

// A reply of either version of RESP, taken apart. Views into its bytes.

#include <optional>
#include <string_view>
#include <vector>

namespace octavo::redis {

struct ReplyTree {
  char type = '_';        // of the header; what is absent is `_`
  std::string_view text;  // of what holds nothing else
  std::vector<ReplyTree> parts;

  bool is_error() const { return type == '-'; }
  bool is_null() const { return type == '_'; }
};

// nullopt: it is no whole reply. Maps have a part for each name and each value.
std::optional<ReplyTree> parse_reply(std::string_view reply);

}  // namespace octavo::redis
