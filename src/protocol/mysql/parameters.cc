#include "protocol/mysql/parameters.h"

#include <fmt/format.h>

#include <bit>
#include <utility>

#include "protocol/mysql/cell_binary.h"
#include "value/datetime.h"
#include "value/decimal.h"
#include "value/utf8.h"

namespace octavo::mysql {
namespace {

using value::Value;

constexpr std::uint8_t kUnsigned = 0x80;
constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
constexpr std::size_t kBits = 8;

std::optional<Value> read_integer(PayloadReader& reader, std::size_t width, bool is_unsigned) {
  const auto bytes = reader.bytes(width);
  if (!bytes) return std::nullopt;
  char room[sizeof(std::uint64_t)] = {};
  bytes->copy(room, width);
  const auto number = load_le<std::uint64_t>(room);
  if (is_unsigned) return Value::uint64(number);
  const std::size_t unused = kBits * (sizeof number - width);
  return Value::int64(static_cast<std::int64_t>(number << unused) >> unused);
}

struct Clock {
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  std::uint32_t microsecond = 0;
};

constexpr int kHoursOfADay = 24;
constexpr int kAnyHours = 256;  // some clients do not make days of them

// What is left of a date or a time: nothing, the clock, or that and the microseconds.
std::optional<Clock> read_clock(PayloadReader& reader, int hours) {
  Clock clock;
  if (reader.empty()) return clock;
  const auto hour = reader.integer<std::uint8_t>();
  const auto minute = reader.integer<std::uint8_t>();
  const auto second = reader.integer<std::uint8_t>();
  if (!hour || !minute || !second) return std::nullopt;
  clock = {*hour, *minute, *second, 0};
  if (!reader.empty()) {
    const auto microsecond = reader.integer<std::uint32_t>();
    if (!microsecond || !reader.empty()) return std::nullopt;
    clock.microsecond = *microsecond;
  }
  constexpr std::uint8_t kSixty = 60;
  constexpr std::uint32_t kMicroseconds = 1'000'000;
  const bool fits = clock.hour < hours && clock.minute < kSixty && clock.second < kSixty &&
                    clock.microsecond < kMicroseconds;
  return fits ? std::optional(clock) : std::nullopt;
}

std::int64_t nanoseconds_of(const Clock& clock) {
  constexpr std::int64_t kSixty = 60;
  const std::int64_t seconds = (clock.hour * kSixty + clock.minute) * kSixty + clock.second;
  return seconds * value::kNanosecondsPerSecond + clock.microsecond * kNanosecondsPerMicrosecond;
}

std::optional<Value> read_date(PayloadReader& reader, WireType type) {
  const auto size = reader.integer<std::uint8_t>();
  const auto bytes = size ? reader.bytes(*size) : std::nullopt;
  if (!bytes) return std::nullopt;
  PayloadReader parts(*bytes);
  const auto year = parts.integer<std::uint16_t>().value_or(0);
  const auto month = parts.integer<std::uint8_t>().value_or(0);
  const auto day = parts.integer<std::uint8_t>();
  if (!bytes->empty() && !day) return std::nullopt;
  const auto clock = read_clock(parts, kHoursOfADay);
  if (!clock) return std::nullopt;
  const value::CivilDate date{.year = year, .month = month, .day = day.value_or(0)};
  const bool is_date = type == WireType::date;
  if (!value::is_valid(date)) {
    const std::string text = fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
    if (is_date) return Value::string(text);
    return Value::string(fmt::format("{} {:02}:{:02}:{:02}.{:06}", text, clock->hour, clock->minute,
                                     clock->second, clock->microsecond));
  }
  if (is_date) return Value::date(static_cast<std::int32_t>(value::days_from_civil(date)));
  value::CivilTime civil;
  civil.date = date;
  civil.hour = clock->hour;
  civil.minute = clock->minute;
  civil.second = clock->second;
  civil.nanosecond = static_cast<std::uint32_t>(clock->microsecond * kNanosecondsPerMicrosecond);
  return Value::timestamp(value::from_civil(civil));
}

std::optional<Value> read_time(PayloadReader& reader) {
  const auto size = reader.integer<std::uint8_t>();
  const auto bytes = size ? reader.bytes(*size) : std::nullopt;
  if (!bytes) return std::nullopt;
  if (bytes->empty()) return Value::time_of_day(0);
  PayloadReader parts(*bytes);
  const auto negative = parts.integer<std::uint8_t>();
  const auto days = parts.integer<std::uint32_t>();
  if (!negative || !days) return std::nullopt;
  const auto clock = read_clock(parts, kAnyHours);
  if (!clock) return std::nullopt;
  // A longer one is SQL's longest.
  constexpr std::int64_t kMostSeconds = 838 * 3'600 + 59 * 60 + 59;
  std::int64_t span = kMostSeconds * value::kNanosecondsPerSecond;
  if (*days * value::kSecondsPerDay + clock->hour * 3'600LL <= kMostSeconds) {
    span = *days * value::kSecondsPerDay * value::kNanosecondsPerSecond + nanoseconds_of(*clock);
  }
  return Value::time_of_day(*negative != 0 ? -span : span);
}

bool is_binary(WireType type) {
  switch (type) {
    case WireType::tiny_blob:
    case WireType::medium_blob:
    case WireType::long_blob:
    case WireType::blob:
    case WireType::bit:
    case WireType::geometry: return true;
    default: return false;
  }
}

Value from_text(BytesView text, WireType type) {
  if (is_binary(type) || value::find_invalid_utf8(text)) return Value::bytes(text);
  if (type == WireType::decimal || type == WireType::old_decimal) {
    const auto number = value::Decimal::parse(text);
    if (number && number->is_finite()) return Value::decimal(*number);
  }
  return Value::string(text);
}

std::optional<Value> read_value(PayloadReader& reader, ParameterType type) {
  if (const std::size_t width = integer_width(type.type)) {
    return read_integer(reader, width, type.is_unsigned);
  }
  switch (type.type) {
    case WireType::null: return Value::null();
    case WireType::float_: {
      const auto bits = reader.integer<std::uint32_t>();
      if (!bits) return std::nullopt;
      return Value::float64(std::bit_cast<float>(*bits));
    }
    case WireType::double_: {
      const auto bits = reader.integer<std::uint64_t>();
      if (!bits) return std::nullopt;
      return Value::float64(std::bit_cast<double>(*bits));
    }
    case WireType::date:
    case WireType::datetime:
    case WireType::timestamp: return read_date(reader, type.type);
    case WireType::time: return read_time(reader);
    default: {
      const auto text = reader.text();
      if (!text) return std::nullopt;
      return from_text(*text, type.type);
    }
  }
}

struct NamedTypes {
  std::vector<ParameterType> types;
  std::vector<std::string> names;
};

std::optional<NamedTypes> read_types(PayloadReader& reader, std::size_t count, bool has_names) {
  NamedTypes out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto type = reader.integer<std::uint8_t>();
    const auto flags = reader.integer<std::uint8_t>();
    if (!type || !flags) return std::nullopt;
    out.types.push_back({static_cast<WireType>(*type), (*flags & kUnsigned) != 0});
    if (!has_names) continue;
    const auto name = reader.text();
    if (!name) return std::nullopt;
    out.names.emplace_back(*name);
  }
  return out;
}

bool is_null(BytesView nulls, std::size_t i) {
  return (static_cast<unsigned char>(nulls[i / kBits]) >> (i % kBits) & 1U) != 0;
}

}  // namespace

std::optional<std::vector<Parameter>> read_parameters(PayloadReader& reader,
                                                      const ExecuteOptions& options,
                                                      const LongData& long_data,
                                                      std::vector<ParameterType>& types) {
  std::size_t count = options.count;
  if (options.has_count) {
    const auto said = reader.length();
    // Further ones are attributes of the query.
    if (!said || *said < count || *said > kMaxParameters) return std::nullopt;
    count = *said;
  }
  std::vector<Parameter> out;
  if (count == 0) return out;
  const auto nulls = reader.bytes((count + kBits - 1) / kBits);
  const auto has_types = reader.integer<std::uint8_t>();
  if (!nulls || !has_types) return std::nullopt;
  std::vector<std::string> names(count);
  if (*has_types != 0) {
    auto read = read_types(reader, count, options.has_names);
    if (!read) return std::nullopt;
    types = std::move(read->types);
    if (options.has_names) names = std::move(read->names);
  }
  if (types.size() < count) return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    Parameter one{.name = std::move(names[i]), .type = types[i], .value = {}};
    const auto sent = long_data.find(static_cast<std::uint16_t>(i));
    if (sent != long_data.end()) {
      one.value = from_text(sent->second, one.type.type);
    } else if (!is_null(*nulls, i)) {
      auto value = read_value(reader, types[i]);
      if (!value) return std::nullopt;
      one.value = *std::move(value);
    }
    out.push_back(std::move(one));
  }
  return out;
}

std::optional<std::vector<Parameter>> read_attributes(PayloadReader& reader) {
  const auto count = reader.length();
  const auto sets = reader.length();
  if (!count || !sets || *sets != 1 || *count > kMaxParameters) return std::nullopt;
  std::vector<ParameterType> types;
  return read_parameters(reader, {.count = *count, .has_count = false, .has_names = true}, {},
                         types);
}

}  // namespace octavo::mysql
