#pragma once

// The payload of FUNCTION DUMP and RESTORE, as in Redis's files: an opcode and a string for each
// library, then the version of the format and a checksum.

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "keyspace/keyspace.h"

namespace octavo::redis {

Bytes dump_libraries(const keyspace::Keyspace::Libraries& libraries);

// The codes, in their order; the error is Redis's text. Whether version and checksum fit is not
// looked at (keyspace::dump_is_intact), and not whether the codes are libraries.
Result<std::vector<std::string>> read_libraries(BytesView payload);

}  // namespace octavo::redis
