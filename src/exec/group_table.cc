#include "exec/group_table.h"

#include <limits>
#include <string>
#include <utility>

#include "value/document.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using value::Value;

constexpr std::size_t kEntryBytes = 96;   // of the map, beside what the key holds
constexpr std::size_t kStateBytes = 128;  // of an aggregate, about

// How many keys a key of a rollup leaves out, and its keys.
Value rollup_group(const Value& key) {
  std::vector<Value> parts{Value()};
  std::int64_t left_out = 0;
  for (const Value& part : key.as_array()) {
    const bool is_out = part.type() == value::Type::max_key;
    if (is_out) ++left_out;
    parts.push_back(is_out ? Value() : part);
  }
  parts.front() = Value::int64(left_out);
  return Value::array(std::move(parts));
}

// --- What is written of a row: its key and its arguments, each with its size ---

using Size = std::uint32_t;
constexpr Size kMissing = std::numeric_limits<Size>::max();

Status put_part(const std::optional<Value>& part, Bytes& out) {
  const std::size_t at = out.size();
  put_le(out, kMissing);
  if (!part) return {};
  TRY_STATUS(value::encode_document(*part, out));
  store_le(out.data() + at, static_cast<Size>(out.size() - at - sizeof(Size)));
  return {};
}

Result<std::optional<Value>> get_part(ByteReader& reader) {
  const auto size = reader.get_le<Size>();
  if (size == kMissing) return std::optional<Value>();
  const auto bytes = size ? reader.get_bytes(*size) : std::nullopt;
  if (!bytes) return fail(Code::corrupt, "A row of a group could not be read from disk.");
  TRY(Value part, value::decode_document(*bytes));
  return std::optional<Value>(std::move(part));
}

// --- What is written of a group: its row, or the error in its place ---

enum class Kind : std::uint8_t { row, error };

Status put_result(const Result<Value>& row, Bytes& out) {
  out.push_back(static_cast<char>(row ? Kind::row : Kind::error));
  if (row) return value::encode_document(*row, out);
  out.push_back(static_cast<char>(row.error().code));
  put_le(out, row.error().number);
  out += row.error().what;
  return {};
}

Result<Value> get_result(BytesView content) {
  const auto kind = static_cast<Kind>(content.front());
  content.remove_prefix(1);
  if (kind == Kind::row) return value::decode_document(content);
  Error error{.code = static_cast<Code>(content.front())};
  error.number = load_le<std::uint32_t>(content.data() + 1);
  error.what = std::string(content.substr(1 + sizeof(error.number)));
  return fail(std::move(error));
}

}  // namespace

Value group_key(std::vector<Value> keys) {
  if (keys.empty()) return {};
  return keys.size() == 1 ? std::move(keys.front()) : Value::array(std::move(keys));
}

Value rollup_key(std::span<const Value> keys, std::size_t left_out) {
  std::vector<Value> parts(keys.begin(), keys.end() - static_cast<std::ptrdiff_t>(left_out));
  parts.resize(keys.size(), Value::max_key());
  return Value::array(std::move(parts));
}

Result<GroupTable::Accumulators*> GroupTable::begin() {
  if (!group_.rollup) return group_.keys.empty() ? find_or_add(Value()) : nullptr;
  const std::vector<Value> none(group_.keys.size());
  TRY_STATUS(find_or_add(rollup_key(none, none.size())));
  return nullptr;
}

Status GroupTable::add_to(const Value& key) {
  TRY(Accumulators* const into, find_or_add(key));
  if (into == nullptr) return put_off(key);
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (arguments_[i]) TRY_STATUS((*into)[i].add(*arguments_[i]));
  }
  return {};
}

Result<GroupTable::Accumulators*> GroupTable::find_or_add(const Value& key) {
  auto it = groups_.find(key);
  if (it == groups_.end()) {
    if (!others_ && is_full()) others_.emplace(level_, query_);
    if (others_) return nullptr;
    TRY_STATUS(memory_.add(kEntryBytes + group_.aggregates.size() * sizeof(Accumulator)));
    TRY(Accumulators accumulators, fresh());
    it = groups_.emplace(key, std::move(accumulators)).first;
    group_bytes_ += kEntryBytes + key.memory_bytes() + group_.aggregates.size() * kStateBytes;
  }
  return &it->second;
}

// At the last level rows of different groups cannot be told apart any more.
bool GroupTable::is_full() {
  return !groups_.empty() && level_ < SpillPartitions::kLevels && limit_.reached(group_bytes_);
}

Result<GroupTable::Accumulators> GroupTable::fresh() {
  Accumulators made;
  made.reserve(group_.aggregates.size());
  for (const algebra::Aggregate& aggregate : group_.aggregates) {
    TRY(Accumulator accumulator, make_accumulator(aggregate, group_.order, query_, memory_));
    made.push_back(std::move(accumulator));
  }
  return made;
}

Result<Value> GroupTable::row_of(const Value& key, Accumulators& from) const {
  std::vector<Value> results;
  for (Accumulator& accumulator : from) {
    TRY(Value result, accumulator.result());
    results.push_back(std::move(result));
  }
  std::vector<value::Field> fields;
  fields.push_back({"group", group_.rollup ? rollup_group(key) : key});
  fields.push_back({"reduction", results.size() == 1 ? std::move(results.front())
                                                     : Value::array(std::move(results))});
  return Value::object(std::move(fields));
}

Status GroupTable::take(std::size_t max_rows, Rows& out) {
  if (others_) TRY_STATUS(make_later_groups());
  if (results_) return take_results(max_rows, out);
  for (std::size_t n = 0; n < max_rows && !groups_.empty(); ++n) {
    const auto first = groups_.begin();
    TRY(Value row, row_of(first->first, first->second));
    out.push_back(std::move(row));
    groups_.erase(first);
  }
  return {};
}

// --- Later groups ---

Status GroupTable::put_off(const Value& key) {
  key_bytes_.clear();
  value::encode_order_key(key, group_.order, key_bytes_);
  content_.clear();
  TRY_STATUS(put_part(key, content_));
  for (const auto& argument : arguments_) TRY_STATUS(put_part(argument, content_));
  return others_->add(key_bytes_, content_);
}

Status GroupTable::add_later_row(BytesView content) {
  ByteReader reader(content);
  TRY(const auto key, get_part(reader));
  arguments_.clear();
  while (arguments_.size() < group_.aggregates.size()) {
    TRY(auto argument, get_part(reader));
    arguments_.push_back(std::move(argument));
  }
  return add_to(key.value_or(Value()));
}

// The file of one part after the other, each of which may leave groups for later as well.
Status GroupTable::make_later_groups() {
  results_.emplace(std::nullopt, algebra::Direction::ascending, query_);
  for (;;) {
    TRY_STATUS(write_results());
    if (later_.empty()) return results_->merge();
    const Later next = std::move(later_.back());
    later_.pop_back();
    level_ = next.level;
    RowFileReader reader(*next.rows, query_);
    for (;;) {
      TRY_STATUS(query_.check());
      TRY(const bool more, reader.next());
      if (!more) break;
      TRY_STATUS(add_later_row(reader.content()));
    }
  }
}

// What the groups that are held come to is a run; none is held behind it.
Status GroupTable::write_results() {
  TRY_STATUS(results_->begin_run());
  while (!groups_.empty()) {
    TRY_STATUS(query_.check());
    const auto first = groups_.begin();
    key_bytes_.clear();
    value::encode_order_key(first->first, group_.order, key_bytes_);
    content_.clear();
    TRY_STATUS(put_result(row_of(first->first, first->second), content_));
    TRY_STATUS(results_->add(key_bytes_, content_));
    groups_.erase(first);
  }
  memory_ = MemoryCharge(query_);
  group_bytes_ = 0;
  TRY_STATUS(results_->end_run());
  if (!others_) return {};
  TRY(auto files, others_->finish());
  others_.reset();
  for (auto& rows : files) {
    if (rows != nullptr) later_.push_back({std::move(rows), level_ + 1});
  }
  return {};
}

Status GroupTable::take_results(std::size_t max_rows, Rows& out) {
  const function::BatchBytes bytes(query_.evaluation);
  for (std::size_t n = 0; n < max_rows && (n == 0 || !bytes.enough()); ++n) {
    TRY(const bool more, results_->next());
    if (!more) return {};
    TRY(Value row, get_result(results_->row().content));
    out.push_back(std::move(row));
  }
  return {};
}

}  // namespace octavo::exec
