#pragma once

// Values in the binary form, appended; parameters come in it as well.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "dialect/sql/convert/calendar.h"
#include "protocol/mysql/column.h"

namespace octavo::mysql {

// Bytes of an integer of this type; 0: it is none.
std::size_t integer_width(WireType type);
// Whether it goes as a text with its length in front.
bool is_text(WireType type);

void put_fixed(Bytes& out, std::uint64_t number, std::size_t width);  // little endian, cut off
void put_double(Bytes& out, double number);
void put_float(Bytes& out, float number);
void put_date(Bytes& out, const sql::Day& day);
void put_datetime(Bytes& out, const sql::DateTime& time);
void put_time(Bytes& out, std::int64_t nanoseconds);

// What the clock of the instant's own zone shows, as an instant of zone 0.
value::Timestamp by_its_clock(const value::Timestamp& instant);
// `ticks` of 10^-precision seconds since 1970.
value::Timestamp from_ticks(std::int64_t ticks, std::uint8_t precision);

}  // namespace octavo::mysql
