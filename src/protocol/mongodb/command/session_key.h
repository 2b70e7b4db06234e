#pragma once

#include <compare>
#include <string>

namespace octavo::mongodb {

// Which session of a client: the 16 bytes that it chose, and whose it is. Users do not share any.
struct SessionKey {
  std::string id;
  std::string user;

  friend auto operator<=>(const SessionKey&, const SessionKey&) = default;
};

}  // namespace octavo::mongodb
