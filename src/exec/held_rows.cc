#include "exec/held_rows.h"

#include "value/order_key.h"

namespace octavo::exec {

Status HeldRows::add(KeyedColumns& batch, ReadByValues& values) {
  kept_.clear();
  if (integers_ && batch.integers() == nullptr) TRY_STATUS(turn_to_bytes());
  TRY_STATUS(integers_ ? add_integers(batch, values) : add_keys(batch, values));
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    TRY_STATUS(columns_[i].add(batch.column(i), kept_));
  }
  return {};
}

Status HeldRows::add_integers(const KeyedColumns& batch, ReadByValues& values) {
  const function::Operand& keys = *batch.integers();
  for (const std::uint16_t row : batch.rows()) {
    std::optional<std::int64_t> key;
    if (keys.state(row) == function::kPresent) key = keys.as<std::int64_t>()[row];
    if (!key && !wanted_.without_key) continue;
    TRY_STATUS(integers_->add(key));
    kept_.push_back(row);
    if (key) values.note(*key);
  }
  return {};
}

Status HeldRows::add_keys(KeyedColumns& batch, ReadByValues& values) {
  if (batch.integers() != nullptr) TRY_STATUS(batch.make_keys());
  const std::span<const std::uint16_t> rows = batch.rows();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto key = batch.key(i);
    if (!key && !wanted_.without_key) continue;
    TRY_STATUS(table_.add({}, key));
    kept_.push_back(rows[i]);
    if (!key || !values.is_of_use()) continue;
    TRY(const value::Value value, batch.key_value(i));
    values.note(value);
  }
  return {};
}

// Not all keys are integers: those that are held become bytes, as the others are.
Status HeldRows::turn_to_bytes() {
  for (Place place = 0; place < integers_->rows(); ++place) {
    const auto integer = integers_->key(place);
    if (integer) encode(*integer);
    TRY_STATUS(table_.add({}, integer ? std::optional(BytesView(key_)) : std::nullopt));
  }
  integers_.reset();
  return {};
}

void HeldRows::encode(std::int64_t integer) {
  key_.clear();
  value::encode_order_key(value::Value::int64(integer), wanted_.order, key_);
}

std::size_t HeldRows::bytes() const {
  std::size_t bytes = integers_ ? integers_->bytes() : table_.bytes();
  for (const HeldColumn& column : columns_) bytes += column.bytes();
  return bytes;
}

Status HeldRows::find(KeyedColumns& batch, std::vector<Place>& first) {
  first.assign(batch.rows().size(), kNone);
  if (!integers_) return find_keys(batch, first);
  if (batch.integers() == nullptr) return find_as_integers(batch, first);
  find_integers(batch, first);
  return {};
}

void HeldRows::find_integers(const KeyedColumns& batch, std::vector<Place>& first) const {
  const function::Operand& keys = *batch.integers();
  const auto* const values = keys.as<std::int64_t>();
  const std::span<const std::uint16_t> rows = batch.rows();
  for (const std::uint16_t row : rows) integers_->prefetch(values[row]);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (keys.state(rows[i]) == function::kPresent) first[i] = integers_->find(values[rows[i]]);
  }
}

// Keys of other types, which are equal to an integer where their bytes are.
Status HeldRows::find_as_integers(KeyedColumns& batch, std::vector<Place>& first) {
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto key = batch.key(i);
    if (!key) continue;
    TRY(const value::Value value, batch.key_value(i));
    const auto integer = value.is_number() ? value.to_int64() : std::nullopt;
    if (!integer) continue;
    encode(*integer);
    if (*key == key_) first[i] = integers_->find(*integer);
  }
  return {};
}

Status HeldRows::find_keys(KeyedColumns& batch, std::vector<Place>& first) {
  if (batch.integers() != nullptr) TRY_STATUS(batch.make_keys());
  hashes_.resize(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto key = batch.key(i);
    if (key) hashes_[i] = table_.begin_find(*key);
  }
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto key = batch.key(i);
    if (key) first[i] = table_.find(*key, hashes_[i]);
  }
  return {};
}

}  // namespace octavo::exec
