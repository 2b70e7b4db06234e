#pragma once

// Time zones of sessions: offsets ("+05:30") and names ("Europe/Berlin", "UTC").

#include <cstdint>
#include <memory>
#include <string_view>

#include "value/value.h"

namespace octavo::sql {

class Zone {
 public:
  virtual ~Zone() = default;
  // Seconds east of UTC at the instant.
  virtual std::int64_t offset_at(std::int64_t utc_seconds) const = 0;
  // Of what a clock shows: `exists` is false for what it skips, which is moved to the end of the
  // gap; of what it shows twice the first.
  struct Local {
    std::int64_t utc_seconds = 0;
    bool exists = true;
  };
  virtual Local to_utc(std::int64_t local_seconds) const = 0;
};

// -13:59 to +14:00, or a name in any case; nullptr: there is none. Kept as long as the process
// runs.
const Zone* find_zone(std::string_view text);

// What the zone's clock shows at the instant, as a timestamp of zone 0, and back. Days that are no
// dates stay what they are.
value::Timestamp local_time(const Zone& zone, const value::Timestamp& instant);
struct Instant {
  value::Timestamp at;
  bool exists = true;
};
Instant instant_of(const Zone& zone, const value::Timestamp& local);

}  // namespace octavo::sql
