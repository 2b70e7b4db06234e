#pragma once

#include "base/result.h"

namespace octavo::mongodb {

// 31082: what needs Atlas Search, in the words of a MongoDB that has none.
std::unexpected<Error> search_not_enabled();

}  // namespace octavo::mongodb
