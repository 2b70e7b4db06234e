#include "server/version.h"

namespace octavo::server {

std::string_view version() { return OCTAVO_VERSION; }

}  // namespace octavo::server
