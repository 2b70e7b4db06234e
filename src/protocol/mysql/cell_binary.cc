#include "protocol/mysql/cell_binary.h"

#include <bit>
#include <cstdlib>

#include "base/assert.h"
#include "value/datetime.h"

namespace octavo::mysql {
namespace {

constexpr std::int64_t kNanoseconds = value::kNanosecondsPerSecond;
constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
constexpr std::int64_t kSecondsPerHour = 3600;
constexpr std::int64_t kSecondsPerMinute = 60;
// How long the forms are of which the end is zero and left out.
constexpr char kDateBytes = 4;
constexpr char kDateAndClockBytes = 7;
constexpr char kDatetimeBytes = 11;
constexpr char kClockBytes = 8;
constexpr char kTimeBytes = 12;

void put_byte(Bytes& out, std::int64_t number) { out.push_back(static_cast<char>(number)); }

void put_day(Bytes& out, const sql::Day& day) {
  put_le(out, static_cast<std::uint16_t>(day.year));
  put_byte(out, day.month);
  put_byte(out, day.day);
}

void put_clock(Bytes& out, std::int64_t seconds) {
  put_byte(out, seconds / kSecondsPerHour);
  put_byte(out, seconds % kSecondsPerHour / kSecondsPerMinute);
  put_byte(out, seconds % kSecondsPerMinute);
}

}  // namespace

std::size_t integer_width(WireType type) {
  switch (type) {
    case WireType::tiny: return 1;
    case WireType::short_:
    case WireType::year: return 2;
    case WireType::long_:
    case WireType::int24: return 4;
    case WireType::longlong: return 8;
    default: return 0;
  }
}

bool is_text(WireType type) {
  switch (type) {
    case WireType::null:
    case WireType::float_:
    case WireType::double_:
    case WireType::date:
    case WireType::time:
    case WireType::datetime:
    case WireType::timestamp: return false;
    default: return integer_width(type) == 0;
  }
}

void put_fixed(Bytes& out, std::uint64_t number, std::size_t width) {
  char bytes[sizeof number];
  store_le(bytes, number);
  out.append(bytes, width);
}

void put_double(Bytes& out, double number) { put_le(out, std::bit_cast<std::uint64_t>(number)); }
void put_float(Bytes& out, float number) { put_le(out, std::bit_cast<std::uint32_t>(number)); }

void put_date(Bytes& out, const sql::Day& day) {
  if (day.is_zero()) return put_byte(out, 0);
  out.push_back(kDateBytes);
  put_day(out, day);
}

void put_datetime(Bytes& out, const sql::DateTime& time) {
  const auto microseconds =
      static_cast<std::uint32_t>(time.nanosecond / kNanosecondsPerMicrosecond);
  const std::int64_t seconds =
      time.hour * kSecondsPerHour + time.minute * kSecondsPerMinute + time.second;
  if (microseconds == 0 && seconds == 0) return put_date(out, time.day);
  out.push_back(microseconds != 0 ? kDatetimeBytes : kDateAndClockBytes);
  put_day(out, time.day);
  put_clock(out, seconds);
  if (microseconds != 0) put_le(out, microseconds);
}

void put_time(Bytes& out, std::int64_t nanoseconds) {
  const std::int64_t microseconds =
      std::abs(nanoseconds % kNanoseconds) / kNanosecondsPerMicrosecond;
  const std::int64_t seconds = std::abs(nanoseconds / kNanoseconds);
  if (microseconds == 0 && seconds == 0) return put_byte(out, 0);
  out.push_back(microseconds != 0 ? kTimeBytes : kClockBytes);
  put_byte(out, nanoseconds < 0 ? 1 : 0);
  put_le(out, static_cast<std::uint32_t>(seconds / value::kSecondsPerDay));
  put_clock(out, seconds % value::kSecondsPerDay);
  if (microseconds != 0) put_le(out, static_cast<std::uint32_t>(microseconds));
}

value::Timestamp by_its_clock(const value::Timestamp& instant) {
  value::Timestamp clock = instant;
  clock.seconds += instant.zone_minutes * kSecondsPerMinute;
  clock.zone_minutes = 0;
  return clock;
}

value::Timestamp from_ticks(std::int64_t ticks, std::uint8_t precision) {
  constexpr std::uint8_t kMostDigits = 9;
  ASSERT(precision <= kMostDigits);
  std::int64_t per_second = 1;
  for (std::uint8_t i = 0; i < precision; ++i) per_second *= 10;
  value::Timestamp instant;
  instant.seconds = ticks / per_second;
  std::int64_t rest = ticks % per_second;
  if (rest < 0) {
    rest += per_second;
    --instant.seconds;
  }
  instant.nanoseconds = static_cast<std::uint32_t>(rest * (kNanoseconds / per_second));
  return instant;
}

}  // namespace octavo::mysql
