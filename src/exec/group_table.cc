#include "exec/group_table.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "exec/sort_by_bytes.h"
#include "value/document.h"
#include "value/maker.h"
#include "value/order_key.h"

namespace octavo::exec {
namespace {

using value::Value;

constexpr std::size_t kEntryBytes = 96;   // of a group, beside what its key and its states hold
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
  if (!group_.rollup) {
    if (!group_.keys.empty()) return nullptr;
    TRY(const auto all, find_or_add(Value()));
    return &groups_[*all].accumulators;  // the first one is always held
  }
  const std::vector<Value> none(group_.keys.size());
  TRY_STATUS(find_or_add(rollup_key(none, none.size())));
  return nullptr;
}

Status GroupTable::add_to(const Value& key) {
  TRY(const auto number, find_or_add(key));
  if (!number) return put_off(key);
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    if (!arguments_[i]) continue;
    if (auto* const states = grouped(i)) {
      TRY_STATUS(states->add(*number, *arguments_[i]));
    } else {
      TRY_STATUS(accumulator(*number, i).add(*arguments_[i]));
    }
  }
  return {};
}

Result<std::optional<GroupTable::Number>> GroupTable::add_integer(std::optional<std::int64_t> key) {
  if (only_integers_ && grouped_.empty()) {
    TRY_STATUS(start_grouped());
    if (!all_are_grouped()) TRY_STATUS(find_all());
  }
  if (!only_integers_ || is_full()) return find_or_add(key ? Value::int64(*key) : Value());
  // Room is made by doubling.
  TRY_STATUS(memory_.add(2 * sizeof(std::int64_t) + state_bytes_));
  const auto number = static_cast<Number>(integers_.size());
  integers_.push_back(key.value_or(0));
  if (!key) null_ = number;
  for (const auto& states : grouped_) {
    if (states != nullptr) states->add_group();
  }
  // As much as it would be with the key as bytes, which it may become.
  group_bytes_ += kEntryBytes + sizeof(Value) + state_bytes_;
  return number;
}

Status GroupTable::find_all() {
  if (!only_integers_) return {};
  TRY_STATUS(memory_.add(integers_.size() * kEntryBytes));
  for (Number number = 0; number < integers_.size(); ++number) {
    const Value key = key_of(number);
    key_bytes_.clear();
    value::encode_order_key(key, group_.order, key_bytes_);
    TRY_STATUS(keys_.add(key_bytes_));
    groups_.push_back({key, {}});
  }
  memory_.remove(integers_.size() * 2 * sizeof(std::int64_t));
  only_integers_ = false;
  integers_ = {};
  return {};
}

Value GroupTable::key_of(Number number) const {
  if (!only_integers_) return groups_[number].key;
  return number == null_ ? Value() : Value::int64(integers_[number]);
}

Result<std::optional<GroupTable::Number>> GroupTable::find_or_add(const Value& key) {
  TRY_STATUS(find_all());
  key_bytes_.clear();
  value::encode_order_key(key, group_.order, key_bytes_);
  if (const auto known = keys_.find(key_bytes_)) return known;
  if (!others_ && is_full()) others_.emplace(level_, query_);
  if (others_) return std::nullopt;
  if (grouped_.empty() && !group_.keys.empty()) TRY_STATUS(start_grouped());
  const std::size_t own = group_.aggregates.size() - grouped_before(group_.aggregates.size());
  TRY_STATUS(memory_.add(kEntryBytes + own * sizeof(Accumulator) + state_bytes_));
  TRY(Accumulators accumulators, fresh());
  TRY(const Number number, keys_.add(key_bytes_));
  groups_.push_back({key, std::move(accumulators)});
  for (const auto& states : grouped_) {
    if (states != nullptr) states->add_group();
  }
  group_bytes_ += kEntryBytes + key.memory_bytes() + own * kStateBytes + state_bytes_;
  return number;
}

// The states of all groups, of none yet.
Status GroupTable::start_grouped() {
  grouped_before_.assign(1, 0);
  state_bytes_ = 0;
  for (const algebra::Aggregate& aggregate : group_.aggregates) {
    TRY(auto states, make_grouped(aggregate, query_));
    grouped_before_.push_back(grouped_before_.back() + (states == nullptr ? 0 : 1));
    if (states != nullptr) state_bytes_ += states->bytes_of_group();
    grouped_.push_back(std::move(states));
  }
  return {};
}

// At the last level rows of different groups cannot be told apart any more.
bool GroupTable::is_full() {
  return count() > 0 && level_ < SpillPartitions::kLevels &&
         limit_.reached(group_bytes_ + keys_.bytes());
}

Result<GroupTable::Accumulators> GroupTable::fresh() {
  Accumulators made;
  made.reserve(group_.aggregates.size() - grouped_before(group_.aggregates.size()));
  for (std::size_t i = 0; i < group_.aggregates.size(); ++i) {
    if (grouped(i) != nullptr) continue;
    TRY(Accumulator accumulator,
        make_accumulator(group_.aggregates[i], group_.order, query_, memory_));
    made.push_back(std::move(accumulator));
  }
  return made;
}

Result<Value> GroupTable::result_of(Number group, std::size_t aggregate) {
  auto* const states = grouped(aggregate);
  return states != nullptr ? states->result(group) : accumulator(group, aggregate).result();
}

Result<Value> GroupTable::row_of(Number number) {
  const std::size_t count = group_.aggregates.size();
  value::ObjectMaker row(2);
  Value key = key_of(number);
  row.append(std::string_view("group"), group_.rollup ? rollup_group(key) : std::move(key));
  if (count == 1) {
    TRY(Value result, result_of(number, 0));
    row.append(std::string_view("reduction"), std::move(result));
  } else {
    value::ArrayMaker results(count);
    for (std::size_t i = 0; i < count; ++i) {
      TRY(Value result, result_of(number, i));
      results.append(std::move(result));
    }
    row.append(std::string_view("reduction"), std::move(results).finish());
  }
  return std::move(row).finish();
}

Status GroupTable::take(std::size_t max_rows, Rows& out) {
  if (others_) TRY_STATUS(make_later_groups());
  if (results_) return take_results(max_rows, out);
  if (!order_) TRY_STATUS(put_in_order());
  for (std::size_t n = 0; n < max_rows && at_ < order_->size(); ++n) {
    TRY(Value row, take_next());
    out.push_back(std::move(row));
  }
  return {};
}

// With how many bytes all keys begin that are the same in each.
std::size_t GroupTable::equal_in_all_keys() const {
  const BytesView first = keys_.key(0);
  std::size_t equal = first.size();
  for (Number number = 1; number < keys_.size(); ++number) {
    const BytesView key = keys_.key(number);
    equal = std::min(equal, key.size());
    if (std::memcmp(first.data(), key.data(), equal) == 0) continue;
    equal = static_cast<std::size_t>(
        std::mismatch(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(equal),
                      key.begin())
            .first -
        first.begin());
  }
  return equal;
}

Status GroupTable::put_in_order() {
  const std::size_t held = count();
  TRY_STATUS(memory_.add(2 * held * sizeof(Ordered)));
  order_.emplace(held);
  at_ = 0;
  if (held > 0) TRY_STATUS(only_integers_ ? put_integers_in_order() : put_keys_in_order());
  memory_.remove(held * sizeof(Ordered));
  return {};
}

// Null first, which is less than every number in each order.
Status GroupTable::put_integers_in_order() {
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63U;
  const std::size_t nulls = null_ ? 1 : 0;
  if (null_) order_->front().number = *null_;
  for (Number number = 0, at = static_cast<Number>(nulls); number < integers_.size(); ++number) {
    if (number == null_) continue;
    const auto prefix = static_cast<std::uint64_t>(integers_[number]) ^ kSign;
    (*order_)[at++] = {.prefix = prefix, .number = number};
  }
  const auto scratch = std::make_unique_for_overwrite<Ordered[]>(order_->size());
  return sort_by_bytes(std::span(*order_).subspan(nulls), scratch.get(), &Ordered::prefix, query_);
}

// By eight bytes behind those that all keys share, and the few that are equal in these by the rest.
Status GroupTable::put_keys_in_order() {
  constexpr std::size_t kFew = 256;
  const std::size_t from = equal_in_all_keys();
  for (Number number = 0; number < order_->size(); ++number) {
    (*order_)[number] = {.prefix = prefix_of(keys_.key(number), from), .number = number};
  }
  const auto by_key = [this](const Ordered& a, const Ordered& b) {
    return a.prefix != b.prefix ? a.prefix < b.prefix : keys_.key(a.number) < keys_.key(b.number);
  };
  if (order_->size() < kFew) {
    std::ranges::sort(*order_, by_key);
    return {};
  }
  const auto scratch = std::make_unique_for_overwrite<Ordered[]>(order_->size());
  TRY_STATUS(sort_by_bytes(std::span(*order_), scratch.get(), &Ordered::prefix, query_));
  for (auto begin = order_->begin(); begin != order_->end();) {
    const auto end = std::ranges::find_if(
        begin, order_->end(), [&](const Ordered& one) { return one.prefix != begin->prefix; });
    if (end - begin > 1) std::sort(begin, end, by_key);
    begin = end;
  }
  return {};
}

// What the next group in the order comes to, which is then held no more.
Result<Value> GroupTable::take_next() {
  // Neighbours in the order are anywhere in memory.
  constexpr std::size_t kAhead = 8;
  if (at_ + kAhead < order_->size()) {
    const Number later = (*order_)[at_ + kAhead].number;
    if (only_integers_) {
      __builtin_prefetch(&integers_[later]);
    } else {
      __builtin_prefetch(&groups_[later]);
    }
    for (const auto& states : grouped_) {
      if (states != nullptr) states->prefetch(later);
    }
  }
  const Number number = (*order_)[at_++].number;
  auto row = row_of(number);
  if (!only_integers_) groups_[number] = {};
  return row;
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
  TRY_STATUS(find_all());
  TRY_STATUS(results_->begin_run());
  TRY_STATUS(put_in_order());
  while (at_ < order_->size()) {
    TRY_STATUS(query_.check());
    const BytesView key = keys_.key((*order_)[at_].number);
    content_.clear();
    TRY_STATUS(put_result(take_next(), content_));
    TRY_STATUS(results_->add(key, content_));
  }
  groups_.clear();
  grouped_.clear();
  keys_ = KeyIndex(query_);
  order_.reset();
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
