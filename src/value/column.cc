#include "value/column.h"

#include "base/checksum.h"
#include "base/overloaded.h"

namespace octavo::value {
namespace {

Value boxed(const BooleanColumn& column, std::size_t row) {
  return Value::boolean(column.values[row] != 0);
}
Value boxed(const DateColumn& column, std::size_t row) { return Value::date(column.values[row]); }
Value boxed(const Int64Column& column, std::size_t row) {
  const std::int64_t raw = column.values[row];
  if (column.type == Type::time_of_day) return Value::time_of_day(raw);
  if (column.type == Type::duration) return Value::duration(raw);
  return Value::int64(raw);
}
Value boxed(const UInt64Column& column, std::size_t row) {
  return Value::uint64(column.values[row]);
}
Value boxed(const Float64Column& column, std::size_t row) {
  return Value::float64(column.values[row]);
}
Value boxed(const TimestampColumn& column, std::size_t row) {
  return Value::timestamp(column.values[row]);
}
Value boxed(const TextColumn& column, std::size_t row) {
  const std::string_view content = column.at(row);
  return column.type == Type::bytes ? Value::bytes(content) : Value::string(content);
}
Value boxed(const DictionaryColumn& column, std::size_t row) {
  return Value::string(column.dictionary.at(column.codes[row]));
}

void append_text(TextColumn& column, std::string_view content, bool null) {
  column.content.append(content);
  column.ends.push_back(column.content.size());
  column.nulls.append(null);
}

template <class Raw>
FixedColumn<Raw> gather_fixed(const FixedColumn<Raw>& column,
                              std::span<const std::uint32_t> positions) {
  FixedColumn<Raw> result{.type = column.type, .values = {}, .nulls = {}};
  result.values.reserve(positions.size());
  for (const std::uint32_t position : positions) {
    result.values.push_back(column.values[position]);
    result.nulls.append(column.nulls.is_null(position));
  }
  return result;
}

// The raw form of a value that a typed column of its type takes.
void append_raw(Column& column, const Value& value) {
  const bool null = value.is_null();
  std::visit(Overloaded{
                 [&](DynamicColumn& target) { target.push_back(value); },
                 [&](BooleanColumn& target) {
                   target.values.push_back(!null && value.as_boolean() ? 1 : 0);
                   target.nulls.append(null);
                 },
                 [&](DateColumn& target) {
                   target.values.push_back(null ? 0 : value.as_date());
                   target.nulls.append(null);
                 },
                 [&](Int64Column& target) {
                   target.values.push_back(null                         ? 0
                                           : target.type == Type::int64 ? value.as_int64()
                                                                        : value.as_nanoseconds());
                   target.nulls.append(null);
                 },
                 [&](UInt64Column& target) {
                   target.values.push_back(null ? 0 : value.as_uint64());
                   target.nulls.append(null);
                 },
                 [&](Float64Column& target) {
                   target.values.push_back(null ? 0 : value.as_float64());
                   target.nulls.append(null);
                 },
                 [&](TimestampColumn& target) {
                   target.values.push_back(null ? Timestamp{} : value.as_timestamp());
                   target.nulls.append(null);
                 },
                 [&](TextColumn& target) {
                   const std::string_view content = null ? std::string_view()
                                                    : target.type == Type::bytes
                                                        ? value.as_bytes()
                                                        : value.as_string();
                   append_text(target, content, null);
                 },
                 [&](DictionaryColumn&) { ASSERT(false); },  // DictionaryBuilder makes these
             },
             column);
}

Column column_for(Type type) {
  switch (type) {
    case Type::boolean: return BooleanColumn{.type = type, .values = {}, .nulls = {}};
    case Type::date: return DateColumn{.type = type, .values = {}, .nulls = {}};
    case Type::int64:
    case Type::time_of_day:
    case Type::duration: return Int64Column{.type = type, .values = {}, .nulls = {}};
    case Type::uint64: return UInt64Column{.type = type, .values = {}, .nulls = {}};
    case Type::float64: return Float64Column{.type = type, .values = {}, .nulls = {}};
    case Type::timestamp: return TimestampColumn{.type = type, .values = {}, .nulls = {}};
    case Type::string:
    case Type::bytes: return TextColumn{.type = type, .content = {}, .ends = {}, .nulls = {}};
    default: return DynamicColumn{};
  }
}

// The type of all values but nulls in a typed column; nullopt for a dynamic one.
std::optional<Type> type_of(const Column& column) {
  return std::visit(Overloaded{
                        [](const DynamicColumn&) -> std::optional<Type> { return std::nullopt; },
                        [](const DictionaryColumn&) -> std::optional<Type> { return Type::string; },
                        [](const auto& typed) -> std::optional<Type> { return typed.type; },
                    },
                    column);
}

}  // namespace

void NullMap::append(bool null) {
  if (null) {
    if (size_ / 64 >= words_.size()) words_.resize(size_ / 64 + 1);
    words_[size_ / 64] |= std::uint64_t{1} << (size_ % 64);
    ++null_count_;
  }
  ++size_;
}

std::size_t size(const Column& column) {
  return std::visit(Overloaded{
                        [](const DynamicColumn& values) { return values.size(); },
                        [](const auto& typed) { return typed.nulls.size(); },
                    },
                    column);
}

std::size_t memory_bytes(const Column& column) {
  const auto text_bytes = [](const TextColumn& text) {
    return text.content.size() + text.ends.size() * sizeof(std::uint64_t) + text.nulls.size() / 8;
  };
  return std::visit(
      Overloaded{
          [](const DynamicColumn& values) {
            std::size_t bytes = 0;
            for (const Value& value : values) bytes += value.memory_bytes();
            return bytes;
          },
          [&](const TextColumn& text) { return text_bytes(text); },
          [&](const DictionaryColumn& coded) {
            return text_bytes(coded.dictionary) + coded.codes.size() * sizeof(std::uint32_t) +
                   coded.nulls.size() / 8;
          },
          [](const auto& fixed) {
            return fixed.values.size() * sizeof(fixed.values[0]) + fixed.nulls.size() / 8;
          },
      },
      column);
}

bool is_null(const Column& column, std::size_t row) {
  return std::visit(Overloaded{
                        [&](const DynamicColumn& values) { return values[row].is_null(); },
                        [&](const auto& typed) { return typed.nulls.is_null(row); },
                    },
                    column);
}

Value at(const Column& column, std::size_t row) {
  ASSERT(row < size(column));
  return std::visit(
      Overloaded{
          [&](const DynamicColumn& values) { return values[row]; },
          [&](const auto& typed) { return typed.nulls.is_null(row) ? Value() : boxed(typed, row); },
      },
      column);
}

Column gather(const Column& column, std::span<const std::uint32_t> positions) {
  return std::visit(
      Overloaded{
          [&](const DynamicColumn& values) -> Column {
            DynamicColumn result;
            result.reserve(positions.size());
            for (const std::uint32_t position : positions) result.push_back(values[position]);
            return result;
          },
          [&](const TextColumn& text) -> Column {
            TextColumn result{.type = text.type, .content = {}, .ends = {}, .nulls = {}};
            for (const std::uint32_t position : positions) {
              append_text(result, text.at(position), text.nulls.is_null(position));
            }
            return result;
          },
          [&](const DictionaryColumn& coded) -> Column {
            DictionaryColumn result{.dictionary = coded.dictionary, .codes = {}, .nulls = {}};
            for (const std::uint32_t position : positions) {
              result.codes.push_back(coded.codes[position]);
              result.nulls.append(coded.nulls.is_null(position));
            }
            return result;
          },
          [&](const auto& fixed) -> Column { return gather_fixed(fixed, positions); },
      },
      column);
}

void ColumnBuilder::start(Type type) {
  column_ = column_for(type);
  for (std::size_t row = 0; row < rows_; ++row) append_raw(column_, Value());
  started_ = true;
}

void ColumnBuilder::fall_back() {
  DynamicColumn values;
  values.reserve(rows_ + 1);
  for (std::size_t row = 0; row < rows_; ++row) values.push_back(at(column_, row));
  column_ = std::move(values);
}

void ColumnBuilder::append(const Value& value) {
  if (!value.is_null()) {
    if (!started_) start(value.type());
    const auto type = type_of(column_);
    if (type && *type != value.type()) fall_back();
  }
  append_raw(column_, value);
  ++rows_;
}

Column ColumnBuilder::build() && { return std::move(column_); }

std::size_t DictionaryBuilder::Hash::operator()(std::string_view text) const {
  return static_cast<std::size_t>(hash64(text));
}

void DictionaryBuilder::append(std::string_view text) {
  auto known = codes_.find(text);
  if (known == codes_.end()) {
    const auto code = static_cast<std::uint32_t>(codes_.size());
    known = codes_.emplace(text, code).first;
    append_text(column_.dictionary, text, false);
  }
  column_.codes.push_back(known->second);
  column_.nulls.append(false);
}

void DictionaryBuilder::append_null() {
  // Null rows need a code that exists: the first string, or an empty one.
  if (codes_.empty()) {
    codes_.emplace("", 0);
    append_text(column_.dictionary, "", false);
  }
  column_.codes.push_back(0);
  column_.nulls.append(true);
}

DictionaryColumn DictionaryBuilder::build() && { return std::move(column_); }

}  // namespace octavo::value
