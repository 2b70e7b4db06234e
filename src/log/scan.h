#pragma once

// Reads the records of a stopped server's log, without changing a file; used by `octavo log dump`.

#include <functional>
#include <string>

#include "base/lsn.h"
#include "base/result.h"
#include "io/file.h"
#include "log/record.h"

namespace octavo::log {

// In order, each record at or after `from` (zero: from the beginning), until `visit` says that it
// has seen enough. `corrupt`, naming file and place, where something else than a record is found
// before the end; `not_found` where there is no log; `unavailable` while a server has it.
Status scan_log(io::FileSystem& files, const std::string& directory, const Lsn& from,
                const std::function<bool(const RecordView&)>& visit);

}  // namespace octavo::log
