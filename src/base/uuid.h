#pragma once

#include <string>

namespace octavo {

// A random UUID (RFC 4122 version 4) in its text form, lower case.
std::string random_uuid();

}  // namespace octavo
