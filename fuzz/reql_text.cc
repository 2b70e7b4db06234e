// Texts that ReQL terms read: JSON, ISO 8601 times, zones. What is read can be written, and reads
// back the same.

#include "base/assert.h"
#include "dialect/reql/read/json_in.h"
#include "dialect/reql/text/iso8601.h"
#include "dialect/reql/text/json_out.h"
#include "fuzz.h"
#include "value/utf8.h"

namespace reql = octavo::reql;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = octavo::fuzz::input(data, size);
  if (octavo::value::find_invalid_utf8(text)) return 0;  // no string datum has such bytes
  if (const auto datum = reql::parse_json(text)) {
    std::string written;
    if (reql::write_json(*datum, written)) {
      const auto again = reql::parse_json(written);
      ASSERT(again.has_value());
      ASSERT(reql::same(*datum, *again));
    }
  }
  static_cast<void>(reql::checked_zone(text));
  if (const auto time = reql::parse_iso8601(text, "Z")) {
    if (const auto written = reql::format_iso8601(*time)) {
      const auto again = reql::parse_iso8601(*written, "");
      ASSERT(again.has_value());
      ASSERT(again->seconds == time->seconds && again->nanoseconds == time->nanoseconds);
    }
  }
  return 0;
}
