#pragma once

// `octavo log dump`: the log of a stopped server as text, for people: a line per record, and below
// it a line per transaction and operation. Long keys and values are shortened; password verifiers
// are left out. What an operation changed is in docs/formats/transaction.md.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/lsn.h"
#include "base/result.h"

namespace octavo::io {
class FileSystem;
}

namespace octavo::engine {

struct LogDumpOptions {
  Lsn from;  // zero: from the beginning of what is there
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();  // records
};

// Fails where the data directory holds no log, is in use, or is damaged: after the records before
// the damage, which are written.
Status dump_log(io::FileSystem& files, const std::string& directory, const LogDumpOptions& options,
                const std::function<void(std::string_view line)>& write);

}  // namespace octavo::engine
