#pragma once

// `octavo check DIR`: verifies the files of a stopped server without changing them: bytes by their
// checksums, log, rows and keyspace by their positions, index entries by the rows.

#include <string>
#include <vector>

#include "base/result.h"

namespace octavo::io {
class FileSystem;
}

namespace octavo::engine {

struct CheckReport {
  std::vector<std::string> lines;   // what was read, and what the next start will repair
  std::vector<std::string> errors;  // what is damaged; each names its file
};

// Fails where the directory holds no data of ours, cannot be read, or is in use.
Result<CheckReport> check(io::FileSystem& files, const std::string& directory);

}  // namespace octavo::engine
