#pragma once

#include <string_view>

namespace octavo::redis {

// The error of who would have to wait for a running script, or for a function.
constexpr std::string_view busy_error(bool is_function) {
  return is_function ? "BUSY Redis is busy running a script. You can only call FUNCTION KILL or "
                       "SHUTDOWN NOSAVE."
                     : "BUSY Redis is busy running a script. You can only call SCRIPT KILL or "
                       "SHUTDOWN NOSAVE.";
}

}  // namespace octavo::redis
