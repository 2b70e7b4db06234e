#pragma once

// The file `identity` of a log directory: whose log it is, and how the last process left it.
// Layout: docs/formats/log.md. Replaced as a whole at every start and clean stop.

#include <string>

#include "base/result.h"
#include "io/file.h"
#include "log/record.h"

namespace octavo::log {

struct Identity {
  ClusterId cluster;
  std::uint16_t generation = 0;
  std::uint32_t incarnation = 0;  // of the last process that finished opening; 0 if none did
  bool clean = false;             // it stopped with everything synced
  std::uint64_t tail = 0;         // then: where the log ended
  std::string boot_id;            // of the machine while it ran

  friend bool operator==(const Identity&, const Identity&) = default;
};

inline constexpr const char* kIdentityFile = "identity";
inline constexpr const char* kLockFile = "LOCK";

Bytes encode_identity(const Identity& identity);
std::optional<Identity> parse_identity(BytesView bytes);

Result<Identity> read_identity(io::FileSystem& files, const std::string& directory);
Status write_identity(io::FileSystem& files, const std::string& directory,
                      const Identity& identity);

}  // namespace octavo::log
