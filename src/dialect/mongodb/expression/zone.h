#pragma once

// Time zones of date operators: names ("Europe/Berlin", "UTC") and offsets ("+05:30", "-0700",
// "+03").

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace octavo::mongodb {

class Zone {
 public:
  virtual ~Zone() = default;
  // Milliseconds east of UTC at the instant.
  virtual std::int64_t offset_at(std::int64_t utc_millis) const = 0;
  // The instant when a clock of the zone shows it: of two, the first; of what is skipped, as if it
  // had not been.
  virtual std::int64_t to_utc(std::int64_t local_millis) const = 0;
  // Whether it has one offset, and so no seasons.
  virtual bool is_fixed() const { return false; }
};

const Zone& utc();
// 40485 for what is none. Kept as long as the process runs.
Result<const Zone*> find_zone(std::string_view name);

}  // namespace octavo::mongodb
