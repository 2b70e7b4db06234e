#pragma once

#include <string_view>

namespace octavo {

// "0.1.0", from the root CMakeLists.txt.
std::string_view version();

}  // namespace octavo
