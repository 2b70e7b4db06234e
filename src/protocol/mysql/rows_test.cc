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

std::string double_text(double number) {
  Bytes out;
  put_double_text(out, number);
  return out;
}

TEST(CellText, DoublesAreShortest) {
  EXPECT_EQ(double_text(0), "0");
  EXPECT_EQ(double_text(0.00001), "0.00001");
  EXPECT_EQ(double_text(1e14), "100000000000000");
  EXPECT_EQ(double_text(1e15), "1e15");
  EXPECT_EQ(double_text(1.2345678901234568e17), "1.2345678901234568e17");
  EXPECT_EQ(double_text(1e-20), "1e-20");
  EXPECT_EQ(double_text(-1.5), "-1.5");
  Bytes out;
  put_float_text(out, 1.0F / 3);
  EXPECT_EQ(out, "0.333333");
}

TEST(CellText, ColumnsSayHowNumbersAreShown) {
  const auto text = [](const Column& column, const Value& value) {
    Bytes out;
    EXPECT_TRUE(put_cell(out, column, RowForm::text, value));
    return out.substr(1);
  };
  const Column fixed{.type = WireType::double_, .decimals = 2};
  EXPECT_EQ(text(fixed, Value::float64(1.5)), "1.50");
  EXPECT_EQ(text(fixed, Value::float64(1e22)), "10000000000000000000000.00");
  EXPECT_EQ(text({.type = WireType::double_, .decimals = kAnyDecimals}, Value::float64(1.5)),
            "1.5");
  const Column filled{.length = 5, .type = WireType::long_, .flags = column_flag::kZerofill};
  EXPECT_EQ(text(filled, Value::int64(42)), "00042");
  EXPECT_EQ(text(filled, Value::int64(1'234'567)), "1234567");
  Bytes longest;
  EXPECT_TRUE(put_cell(longest, fixed, RowForm::text, Value::float64(-1e308)));
  EXPECT_EQ(longest.size(), 3 + 1 + 309 + 3);
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

TEST(CellText, Times) {
  Bytes out;
  put_datetime_text(out, {18263, 3'723'000'001'000}, 6);
  EXPECT_EQ(out, "2020-01-02 01:02:03.000001");
  out.clear();
  put_time_text(out, -838LL * 3600 * 1'000'000'000, 0);
  EXPECT_EQ(out, "-838:00:00");
  out.clear();
  put_datetime_text(out, from_ticks(-1, 3), 3);
  EXPECT_EQ(out, "1969-12-31 23:59:59.999");
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
