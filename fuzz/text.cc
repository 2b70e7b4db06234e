// Decimals, dates, zones, UUIDs, paths and UTF-8: what parses prints to text that parses the same.

#include "value/text.h"

#include <cmath>
#include <limits>

#include "base/assert.h"
#include "base/uuid.h"
#include "fuzz.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/path.h"
#include "value/utf8.h"

using namespace octavo::value;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = octavo::fuzz::input(data, size);
  if (const auto decimal = Decimal::parse(text)) {
    const auto again = Decimal::parse(decimal->to_string());
    ASSERT(again && *again == *decimal && again->scale() == decimal->scale());
    const auto plain = Decimal::parse(decimal->to_plain_string());
    ASSERT(plain && *plain == *decimal);
    ASSERT(decimal->normalized() == *decimal);
    // The nearest double is no farther than its neighbours.
    const double nearest = decimal->to_double();
    const double infinity = std::numeric_limits<double>::infinity();
    ASSERT(decimal->kind() == Decimal::Kind::nan ||
           (compare(*decimal, std::nextafter(nearest, infinity)) <= 0 &&
            compare(*decimal, std::nextafter(nearest, -infinity)) >= 0));
  }
  if (const auto time = parse_iso8601(text, {.permissive = true, .default_zone = 0})) {
    const auto again = parse_iso8601(format_iso8601(*time));
    ASSERT(again && *again == *time);
  }
  if (const auto days = parse_date(text)) {
    const auto again = parse_date(format_date(*days));
    ASSERT(again && *again == *days);
  }
  if (const auto zone = parse_zone(text)) ASSERT(parse_zone(format_zone(*zone)) == *zone);
  if (const auto uuid = parse_uuid(text)) ASSERT(parse_uuid(octavo::format_uuid(*uuid)) == *uuid);
  if (const auto path = Path::parse(text)) ASSERT(path->to_string() == text);
  if (const auto bad = find_invalid_utf8(text)) {
    ASSERT(*bad < size && !find_invalid_utf8(text.substr(0, *bad)));
  }
  return 0;
}
