#pragma once

// Values as texts in MySQL's notation, appended.

#include <cstdint>

#include "base/bytes.h"
#include "protocol/mysql/column.h"
#include "value/column_type.h"
#include "value/value.h"

namespace octavo::mysql {

void put_integer_text(Bytes& out, std::int64_t number);
void put_integer_text(Bytes& out, std::uint64_t number);
void put_decimal_text(Bytes& out, value::Int128 number, std::uint8_t scale);

// As the column shows it; of any type but null.
void put_value_text(Bytes& out, const Column& column, const value::Value& value);

}  // namespace octavo::mysql
