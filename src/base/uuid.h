#pragma once

#include <string>

#include "base/bytes.h"

namespace octavo {

// The text form of 16 bytes, lower case.
std::string format_uuid(BytesView sixteen_bytes);

// A random UUID (RFC 4122 version 4) in its text form, lower case.
std::string random_uuid();

}  // namespace octavo
