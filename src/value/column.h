#pragma once

// Columns: many values of one kind side by side. Typed where the kind is known (declared tables,
// column segments, aggregates), dynamic where rows are documents. What executors and column
// layouts pass around in batches (batch.h).

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "value/value.h"

namespace octavo::value {

// Which rows are null; costs nothing while there is none.
class NullMap {
 public:
  void append(bool null);
  bool is_null(std::size_t row) const {
    return row / 64 < words_.size() && ((words_[row / 64] >> (row % 64)) & 1) != 0;
  }
  std::size_t null_count() const { return null_count_; }
  std::size_t size() const { return size_; }

 private:
  std::vector<std::uint64_t> words_;  // up to the last word with a null
  std::size_t size_ = 0;
  std::size_t null_count_ = 0;
};

// `type` says what the raw values mean: a Vector<int64_t> carries int64, time_of_day or duration, a
// Vector<int32_t> dates, a Vector<uint8_t> booleans. A null row has an arbitrary raw value.
template <class Raw>
struct FixedColumn {
  Type type;
  std::vector<Raw> values;
  NullMap nulls;
};
using BooleanColumn = FixedColumn<std::uint8_t>;
using DateColumn = FixedColumn<std::int32_t>;
using Int64Column = FixedColumn<std::int64_t>;
using UInt64Column = FixedColumn<std::uint64_t>;  // the whole range, not only above int64's
using Float64Column = FixedColumn<double>;
using TimestampColumn = FixedColumn<Timestamp>;

// Strings or bytes, one after the other in one buffer.
struct TextColumn {
  Type type;
  Bytes content;
  std::vector<std::uint64_t> ends;
  NullMap nulls;

  std::string_view at(std::size_t row) const {
    const std::size_t begin = row == 0 ? 0 : static_cast<std::size_t>(ends[row - 1]);
    return std::string_view(content).substr(begin, static_cast<std::size_t>(ends[row]) - begin);
  }
};

// Few different strings in many rows: tags, enumerations.
struct DictionaryColumn {
  TextColumn dictionary{.type = Type::string};  // without nulls, each string once
  std::vector<std::uint32_t> codes;
  NullMap nulls;
};

using DynamicColumn = std::vector<Value>;

using Column = std::variant<DynamicColumn, BooleanColumn, DateColumn, Int64Column, UInt64Column,
                            Float64Column, TimestampColumn, TextColumn, DictionaryColumn>;

std::size_t size(const Column& column);
std::size_t memory_bytes(const Column& column);
bool is_null(const Column& column, std::size_t row);
Value at(const Column& column, std::size_t row);
// The rows at `positions`, in that order, repeats allowed: filters, sorts and joins.
Column gather(const Column& column, std::span<const std::uint32_t> positions);

// Collects values in the narrowest form that holds them: typed while all that came (nulls aside)
// are of one type, dynamic from the first that is not.
class ColumnBuilder {
 public:
  ColumnBuilder() = default;
  void append(const Value& value);
  std::size_t size() const { return rows_; }
  Column build() &&;

 private:
  void start(Type type);
  void fall_back();

  Column column_;
  std::size_t rows_ = 0;
  bool started_ = false;  // a value other than null was seen
};

// Keeps each different string once.
class DictionaryBuilder {
 public:
  void append(std::string_view text);
  void append_null();
  std::size_t distinct() const { return codes_.size(); }
  DictionaryColumn build() &&;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const;
  };
  DictionaryColumn column_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> codes_;
};

}  // namespace octavo::value
