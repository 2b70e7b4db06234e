#include "base/version.h"

namespace octavo {

std::string_view version() { return OCTAVO_VERSION; }

}  // namespace octavo
