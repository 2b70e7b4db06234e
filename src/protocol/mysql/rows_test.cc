// Cells and rows, in both forms.

#include <gtest/gtest.h>

#include "protocol/mysql/cell_binary.h"
#include "protocol/mysql/cell_text.h"
#include "protocol/mysql/row_encoder.h"

namespace octavo::mysql {
namespace {

using namespace std::string_literals;
using value::ColumnType;
using value::Physical;
using value::Type;
using value::Value;

std::string shown(const Value& value, const value::LogicalType& type) {
  Bytes out;
  put_value_text(out, {.shown = value::make_type(type)}, value);
  return out;
}

TEST(CellText, ColumnsSayHowValuesAreShown) {
  using value::Kind;
  const value::LogicalType real{.kind = Kind::real, .bits = 64};
  EXPECT_EQ(shown(Value::float64(0.00001), real), "0.00001");
  EXPECT_EQ(shown(Value::float64(1e15), real), "1e15");
  EXPECT_EQ(shown(Value::float64(1e-20), real), "1e-20");
  EXPECT_EQ(shown(Value::float64(1.0 / 3), {.kind = Kind::real, .bits = 32}), "0.333333");
  const value::LogicalType fixed{.kind = Kind::real, .bits = 64, .precision = 8, .scale = 2};
  EXPECT_EQ(shown(Value::float64(1.5), fixed), "1.50");
  const Column filled{.flags = column_flag::kZerofill,
                      .shown = value::make_type(
                          {.kind = Kind::integer, .bits = 32, .zerofill = true, .shown_width = 5})};
  Bytes digits;
  put_value_text(digits, filled, Value::int64(42));
  EXPECT_EQ(digits, "00042");
}

TEST(CellText, TimesAreThoseOfTheirClock) {
  const value::LogicalType instant{.kind = value::Kind::timestamp, .precision = 6};
  const value::Timestamp at{.seconds = 1'577'927'045, .nanoseconds = 1'000, .zone_minutes = 120};
  EXPECT_EQ(shown(Value::timestamp(at), instant), "2020-01-02 03:04:05.000001");
  Bytes out;
  put_datetime(out, sql::datetime_of(by_its_clock(at)));
  EXPECT_EQ(out, "\x0b\xe4\x07\x01\x02\x03\x04\x05\x01\x00\x00\x00"s);
  EXPECT_EQ(shown(Value::time_of_day(-838LL * 3600 * 1'000'000'000), {.kind = value::Kind::time}),
            "-838:00:00");
  EXPECT_EQ(from_ticks(-1, 3).nanoseconds, 999'000'000U);
  EXPECT_EQ(from_ticks(-1, 3).seconds, -1);
}

TEST(CellBinary, DaysThatAreNoDates) {
  Bytes out;
  put_date(out, {});
  EXPECT_EQ(out, "\x00"s);
  out.clear();
  put_date(out, sql::day_of(sql::day_number({.year = 2020, .month = 1, .day = 0})));
  EXPECT_EQ(out, "\x04\xe4\x07\x01\x00"s);
  out.clear();
  put_datetime(out, {.day = {}, .hour = 1});
  EXPECT_EQ(out, "\x07\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(CellText, DecimalsKeepTheirScale) {
  const auto text = [](value::Int128 number, std::uint8_t scale) {
    Bytes out;
    put_decimal_text(out, number, scale);
    return out;
  };
  EXPECT_EQ(text(12345, 2), "123.45");
  EXPECT_EQ(text(-5, 2), "-0.05");
  EXPECT_EQ(text(0, 0), "0");
  EXPECT_EQ(text(0, 3), "0.000");
}

value::Batch batch_of(std::vector<value::Vector> vectors, std::size_t rows) {
  std::vector<value::ColumnInfo> infos;
  for (const value::Vector& vector : vectors) infos.push_back({"", vector.type()});
  return {std::make_shared<const value::Schema>(std::move(infos)), std::move(vectors), rows};
}

value::Vector numbers(std::size_t rows) {
  auto out = value::Vector::flat(ColumnType::of(Type::int64, Physical::int64), rows);
  for (std::size_t i = 0; i < rows; ++i) {
    // Integers fit.
    [[maybe_unused]] const bool fits =
        out.put(i, i % 3 == 1 ? Value::null() : Value::int64(static_cast<std::int64_t>(i)));
  }
  return out;
}

Bytes encode(const value::Batch& batch, std::span<const Column> columns, RowForm form) {
  Bytes out;
  Sequence sequence{1};
  std::size_t from = 0;
  const auto done =
      RowEncoder(columns, form).encode(batch, from, batch.size(), sequence, out, 1 << 20);
  EXPECT_TRUE(done);
  return out;
}

TEST(RowEncoder, WritesAPacketForEachRow) {
  const std::vector<Column> columns{{.type = WireType::longlong}};
  const value::Batch batch = batch_of({numbers(3)}, 3);
  EXPECT_EQ(encode(batch, columns, RowForm::text),
            "\x02\x00\x00\x01\x01\x30\x01\x00\x00\x02\xfb\x02\x00\x00\x03\x01\x32"s);
  EXPECT_EQ(encode(batch, columns, RowForm::binary),
            "\x0a\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"s
            "\x02\x00\x00\x02\x00\x04"s
            "\x0a\x00\x00\x03\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"s);
}

TEST(RowEncoder, BoxedRowsAreTheSameBytes) {
  const std::vector<Column> columns{{.type = WireType::longlong}};
  auto boxed = value::Vector::flat(ColumnType::dynamic(Physical::boxed), 100);
  const value::Vector typed = numbers(100);
  for (std::size_t i = 0; i < 100; ++i) {
    // A boxed vector holds any value.
    [[maybe_unused]] const bool fits = boxed.put(i, *typed.at(i));
  }
  for (const RowForm form : {RowForm::text, RowForm::binary}) {
    EXPECT_EQ(encode(batch_of({boxed}, 100), columns, form),
              encode(batch_of({typed}, 100), columns, form));
  }
}

TEST(RowEncoder, OnlySelectedRows) {
  const std::vector<Column> columns{{.type = WireType::longlong}};
  value::Batch batch = batch_of({numbers(10)}, 10);
  batch.select(value::Selection({3, 9}));
  EXPECT_EQ(encode(batch, columns, RowForm::text),
            "\x02\x00\x00\x01\x01\x33\x02\x00\x00\x02\x01\x39"s);
}

TEST(RowEncoder, ARowThatFailedIsAFault) {
  const std::vector<Column> columns{{.type = WireType::longlong}};
  value::Batch batch = batch_of({numbers(10)}, 10);
  batch.fail_row(5, {Code::unsupported, "why"});
  Bytes out;
  Sequence sequence;
  std::size_t from = 0;
  const auto done =
      RowEncoder(columns, RowForm::text).encode(batch, from, 10, sequence, out, 1 << 20);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().number, 1235);
}

TEST(Column, HasItsDefinition) {
  Bytes out;
  put_column(out, {.name = "1",
                   .length = 2,
                   .type = WireType::longlong,
                   .flags = column_flag::kNotNull | column_flag::kBinary});
  EXPECT_EQ(out,
            "\x03"
            "def\x00\x00\x00\x01"
            "1\x00\x0c\x3f\x00\x02\x00\x00\x00\x08\x81\x00\x00"
            "\x00\x00"s);
}

}  // namespace
}  // namespace octavo::mysql
