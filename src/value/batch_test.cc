#include "value/batch.h"

#include <gtest/gtest.h>

#include "value/batch_reader.h"

namespace octavo::value {
namespace {

SchemaPtr documents() {
  return std::make_shared<const Schema>(
      std::vector<ColumnInfo>{{"", ColumnType::dynamic(Physical::boxed)}});
}

Vector numbers(std::size_t rows) {
  Vector vector = Vector::flat(ColumnType::of(Type::int64, Physical::int64), rows);
  for (std::size_t row = 0; row < rows; ++row) {
    vector.fill<std::int64_t>()[row] = static_cast<std::int64_t>(row);
  }
  return vector;
}

TEST(Schema, FindsTheFirstColumnOfAName) {
  const Schema schema({{"a", ColumnType::decimal(10, 2)},
                       {"b", ColumnType::dynamic(Physical::encoded)},
                       {"a", ColumnType::of(Type::string, Physical::text)}});
  EXPECT_EQ(schema.find("a"), 0U);
  EXPECT_EQ(schema.find("b"), 1U);
  EXPECT_EQ(schema.find(""), std::nullopt);
  EXPECT_EQ(schema.columns()[2].type.physical, Physical::text);
  EXPECT_FALSE(schema.is_documents());
  EXPECT_TRUE(documents()->is_documents());
  EXPECT_FALSE(Schema({{"a", ColumnType::dynamic(Physical::boxed)}}).is_documents());
}

TEST(Batch, RowsOfDocumentsAreTheDocuments) {
  Vector rows = Vector::flat(ColumnType::dynamic(Physical::boxed), 2);
  rows.put(0, Value::object({{"a", Value::int64(1)}}));
  rows.put(1, Value::int64(2));
  const Batch batch(documents(), {rows}, 2);
  EXPECT_EQ(*batch.row(0), Value::object({{"a", Value::int64(1)}}));
  EXPECT_EQ(*batch.row(1), Value::int64(2));
}

TEST(Batch, RowsOfColumnsAreObjectsWithoutWhatIsMissing) {
  const auto schema = std::make_shared<const Schema>(
      std::vector<ColumnInfo>{{"a", ColumnType::of(Type::int64, Physical::int64)},
                              {"b", ColumnType::dynamic(Physical::encoded)}});
  Vector texts = Vector::flat(ColumnType::of(Type::string, Physical::text), 3);
  texts.put(0, Value::string("x"));
  texts.put(1, Value());
  texts.validity().clear(2, Absence::missing);
  const Batch batch(schema, {numbers(3), texts}, 3);
  EXPECT_EQ(*batch.row(0), Value::object({{"a", Value::int64(0)}, {"b", Value::string("x")}}));
  EXPECT_EQ(*batch.row(1), Value::object({{"a", Value::int64(1)}, {"b", Value()}}));
  EXPECT_EQ(*batch.row(2), Value::object({{"a", Value::int64(2)}}));
}

TEST(Batch, SelectionsAndErrorsOfRows) {
  Batch batch(std::make_shared<const Schema>(
                  std::vector<ColumnInfo>{{"a", ColumnType::of(Type::int64, Physical::int64)}}),
              {numbers(kBatchRows)}, kBatchRows);
  EXPECT_EQ(batch.size(), kBatchRows);
  EXPECT_EQ(batch.selection(), nullptr);
  batch.select(Selection({0, 7, 2047}));
  EXPECT_EQ(batch.size(), 3U);
  EXPECT_EQ(batch.rows(), kBatchRows);
  EXPECT_EQ(batch.selection()->rows()[2], 2047);
  batch.fail_row(7, {Code::user_error, "seven"});
  batch.fail_row(0, {Code::user_error, "zero"});
  batch.fail_row(7, {Code::user_error, "later"});
  ASSERT_EQ(batch.errors().size(), 2U);
  EXPECT_EQ(batch.errors()[0].row, 0);
  EXPECT_EQ(batch.row(7).error().what, "seven");
  EXPECT_TRUE(batch.row(2047).has_value());
  const std::vector<Vector> columns = batch.release();
  EXPECT_EQ(columns.size(), 1U);
  EXPECT_EQ(batch.rows(), 0U);
  EXPECT_EQ(batch.selection(), nullptr);
  EXPECT_TRUE(batch.errors().empty());
}

TEST(Batch, MayHaveRowsWithoutColumns) {
  const Batch batch(std::make_shared<const Schema>(std::vector<ColumnInfo>{}), {}, 1000);
  EXPECT_EQ(batch.size(), 1000U);
  EXPECT_EQ(*batch.row(999), Value::object({}));
}

// Gives the numbers from 0 up to an end: what the contract of a reader asks for.
class Counter final : public BatchReader {
 public:
  explicit Counter(std::size_t end) : end_(end) {}
  Result<Pull> next(const PullOptions& options, Batch& out) override {
    const std::size_t rows = std::min(options.max_rows, end_ - next_);
    std::vector<Vector> columns = out.release();
    if (rows == 0) return Pull::end;
    if (columns.empty()) columns.emplace_back();
    columns[0].restart(ColumnType::of(Type::int64, Physical::int64), rows);
    for (std::size_t row = 0; row < rows; ++row) {
      columns[0].fill<std::int64_t>()[row] = static_cast<std::int64_t>(next_ + row);
    }
    out = Batch(schema_, std::move(columns), rows);
    out.first_place = next_;
    next_ += rows;
    return Pull::rows;
  }

 private:
  SchemaPtr schema_ = std::make_shared<const Schema>(
      std::vector<ColumnInfo>{{"a", ColumnType::of(Type::int64, Physical::int64)}});
  std::size_t end_;
  std::size_t next_ = 0;
};

TEST(BatchReader, FillsOneBatchAgainAndAgain) {
  Counter counter(5000);
  Batch batch;
  std::size_t rows = 0;
  const std::int64_t* memory = nullptr;
  for (;;) {
    const auto pulled = counter.next({.max_rows = 1000}, batch);
    ASSERT_TRUE(pulled.has_value());
    if (*pulled == Pull::end) break;
    const auto view = batch.column(0).view<std::int64_t>();
    if (memory != nullptr) EXPECT_EQ(view.values, memory);
    memory = view.values;
    EXPECT_EQ(batch.first_place, rows);
    EXPECT_EQ(view[999], static_cast<std::int64_t>(rows + 999));
    rows += batch.rows();
  }
  EXPECT_EQ(rows, 5000U);
  EXPECT_EQ(batch.rows(), 0U);
}

}  // namespace
}  // namespace octavo::value
