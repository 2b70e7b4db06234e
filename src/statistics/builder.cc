#include "statistics/builder.h"

#include <algorithm>
#include <utility>

#include "value/utf8.h"

namespace octavo::statistics {
namespace {

using value::Type;
using value::Value;

constexpr std::size_t kNotKept = ~std::size_t{0};
constexpr std::uint64_t kSeed = 1;  // the same rows in the same order give the same statistics

// Without a character that is cut.
std::string_view cut(std::string_view text) {
  std::size_t size = kMostValueBytes;
  while (size > 0 && !value::starts_code_point(text[size])) --size;
  return text.substr(0, size);
}

// What is kept of a value in a sample; null: its kind has no order that tells anything.
Value kept(const Value& value) {
  switch (value.type()) {
    case Type::array:
    case Type::object:
    case Type::geometry:
    case Type::javascript:
    case Type::regex: return {};
    case Type::string:
      if (value.as_string().size() <= kMostValueBytes) return value;
      return Value::string(cut(value.as_string()));
    case Type::bytes:
      if (value.as_bytes().size() <= kMostValueBytes) return value;
      return Value::bytes(value.as_bytes().substr(0, kMostValueBytes));
    default: return value;
  }
}

struct Run {
  const Value* value = nullptr;
  std::size_t rows = 0;
};

// Of a sorted sample.
std::vector<Run> runs_of(const std::vector<Value>& sorted) {
  std::vector<Run> runs;
  for (const Value& value : sorted) {
    if (runs.empty() || compare(*runs.back().value, value) != 0) runs.push_back({.value = &value});
    ++runs.back().rows;
  }
  return runs;
}

// Those that are there notably more often than others, and all where there are few.
std::vector<Run> common_of(std::vector<Run> runs, double sampled, double distinct) {
  constexpr double kNotably = 1.25;
  const bool are_all =
      runs.size() <= kMostCommon && distinct < static_cast<double>(runs.size()) + 1;
  std::ranges::sort(runs, std::ranges::greater(), &Run::rows);
  if (runs.size() > kMostCommon) runs.resize(kMostCommon);
  const double average = sampled / std::max(distinct, 1.0);
  std::erase_if(runs, [&](const Run& run) {
    return !are_all && (run.rows < 2 || static_cast<double>(run.rows) < kNotably * average);
  });
  return runs;
}

// The least, and the last of each part.
std::vector<Value> bounds_of(const std::vector<const Value*>& sorted) {
  std::vector<Value> bounds;
  if (sorted.empty()) return bounds;
  const std::size_t parts = std::min(kBounds - 1, sorted.size());
  bounds.push_back(*sorted.front());
  for (std::size_t part = 1; part <= parts; ++part) {
    bounds.push_back(*sorted[part * sorted.size() / parts - 1]);
  }
  return bounds;
}

}  // namespace

Builder::Builder(std::vector<std::string> columns, std::vector<std::vector<std::size_t>> together)
    : most_(columns.empty()
                ? kSampledDocuments
                : std::clamp(kSampledCells / columns.size(), kLeastSampledRows, kMostSampledRows)),
      random_(kSeed) {
  for (std::string& name : columns) columns_.push_back({.name = std::move(name)});
  for (auto& each : together) together_.push_back({.columns = std::move(each), .sketch = {}});
  hashes_.resize(columns_.size());
}

std::size_t Builder::memory_bytes() const {
  std::size_t bytes = together_.size() * sizeof(SeenTogether);
  for (const Seen& column : columns_) {
    bytes += sizeof(Seen) + column.sample.capacity() * sizeof(Value);
  }
  return bytes;
}

// Where the row that comes is kept.
std::size_t Builder::place_of_next() {
  const std::uint64_t row = rows_++;
  if (row < most_) return row;
  const std::uint64_t place = random_.below(row + 1);
  return place < most_ ? place : kNotKept;
}

void Builder::see(Seen& column, const Value& value, std::uint64_t hash, std::size_t place) {
  if (!value.is_null()) {
    ++column.values;
    column.bytes += static_cast<double>(value.memory_bytes());
    column.sketch.add(hash);
  }
  if (place == kNotKept) return;
  if (column.sample.size() <= place) column.sample.resize(place + 1);
  column.sample[place] = kept(value);
}

void Builder::add(std::span<const Value> row) {
  const std::size_t place = place_of_next();
  for (std::size_t i = 0; i < columns_.size() && i < row.size(); ++i) {
    hashes_[i] = hash(row[i]);
    see(columns_[i], row[i], hashes_[i], place);
  }
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
  for (SeenTogether& each : together_) {
    std::uint64_t all = 0;
    for (const std::size_t column : each.columns) {
      all = (all ^ hashes_[column]) * kOdd;
      all ^= all >> 32;
    }
    each.sketch.add(all);
  }
}

Builder::Seen* Builder::column_of(std::string_view name) {
  const auto found = std::ranges::find(columns_, name, &Seen::name);
  if (found != columns_.end()) return &*found;
  if (columns_.size() == kMostColumns) return nullptr;
  columns_.push_back({.name = std::string(name)});
  return &columns_.back();
}

void Builder::add_document(value::ObjectView row) {
  const std::size_t place = place_of_next();
  // Of fields that the row lacks nothing is left where another row was.
  if (place != kNotKept) {
    for (Seen& column : columns_) {
      if (place < column.sample.size()) column.sample[place] = Value();
    }
  }
  for (const value::Field& field : row) {
    Seen* const column = column_of(field.name);
    if (column != nullptr) see(*column, field.value, hash(field.value), place);
  }
}

Column Builder::finish(const Seen& seen) const {
  const auto rows = static_cast<double>(std::max<std::uint64_t>(rows_, 1));
  const auto values = static_cast<double>(seen.values);
  Column column{.name = seen.name,
                .distinct = std::min(seen.sketch.distinct(), values),
                .null_share = 1 - values / rows,
                .value_bytes = seen.values == 0 ? 0 : seen.bytes / values};
  std::vector<Value> sorted;
  for (const Value& value : seen.sample) {
    if (!value.is_null()) sorted.push_back(value);
  }
  if (sorted.empty()) return column;
  std::ranges::sort(sorted, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  const auto sampled = static_cast<double>(sorted.size());
  const double share = (1 - column.null_share) / sampled;
  for (const Run& run : common_of(runs_of(sorted), sampled, column.distinct)) {
    column.common.push_back({*run.value, share * static_cast<double>(run.rows)});
  }
  std::vector<const Value*> others;
  for (const Value& value : sorted) {
    const auto is_it = [&value](const CommonValue& each) { return each.value == value; };
    if (std::ranges::none_of(column.common, is_it)) others.push_back(&value);
  }
  column.bounds = bounds_of(others);
  return column;
}

Table Builder::finish() {
  Table table{.uuid = {}, .rows = rows_};
  for (const Seen& column : columns_) table.columns.push_back(finish(column));
  for (const SeenTogether& each : together_) {
    Columns columns{.names = {},
                    .distinct = std::min(each.sketch.distinct(), static_cast<double>(rows_))};
    for (const std::size_t column : each.columns) columns.names.push_back(columns_[column].name);
    table.together.push_back(std::move(columns));
  }
  return table;
}

}  // namespace octavo::statistics
