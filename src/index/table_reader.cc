#include "index/table_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "function/family.h"
#include "index/distinct_keys.h"
#include "index/entry_walker.h"
#include "index/guessed_row.h"
#include "index/key_scan.h"
#include "index/multi_option.h"
#include "txn/row_counts.h"
#include "txn/row_format.h"
#include "txn/row_key.h"
#include "value/document.h"
#include "value/key.h"
#include "value/notation.h"

namespace octavo::index {

Error unreadable_row(BytesView primary_key, std::string_view why) {
  ByteReader reader(primary_key);
  std::string shown;
  if (const auto key = value::decode_key(reader)) {
    value::write_notation(*key, shown);
  } else {
    shown = format_hex(primary_key);
  }
  return {Code::corrupt, fmt::format("the row with key {} cannot be read: {}", shown, why)};
}

Result<BytesView> document_of(BytesView row_key, BytesView stored) {
  if (const auto document = txn::document_in(stored)) return *document;
  return fail(unreadable_row(txn::primary_key_of(row_key), "it is of no format known here"));
}

Result<value::Value> decode_row(BytesView row_key, BytesView stored) {
  TRY(const BytesView bytes, document_of(row_key, stored));
  auto document = value::decode_document(bytes);
  if (document) return document;
  return fail(unreadable_row(txn::primary_key_of(row_key), document.error().what));
}

namespace {

Status skipped(Result<BytesView> key) {
  if (!key) return fail(std::move(key).error());
  return {};
}

}  // namespace

// An entry is index id, entry key, primary key, and a number when it repeats; keys delimit
// themselves.
Result<BytesView> primary_key_in(BytesView entry) {
  ByteReader reader(entry.substr(txn::kIdPrefixSize));
  TRY_STATUS(skipped(value::skip_key(reader)));
  const BytesView primary = reader.rest();
  TRY_STATUS(skipped(value::skip_key(reader)));
  return primary.substr(0, primary.size() - reader.rest().size());
}

bool is_outdated(const kv::View& view, TableId table, BytesView entry, BytesView primary_key) {
  const kv::OverlayView* const own = view.own();
  using Found = kv::OverlayView::Found;
  return own != nullptr && own->find(kv::Family::index, entry).found == Found::nothing &&
         own->find(kv::Family::rows, txn::row_key(table, primary_key)).found != Found::nothing;
}

namespace {

// What is decoded at once where nothing may be waited for: a fraction of a millisecond.
constexpr std::size_t kMaxInlineRowBytes = 64 * kKiB;
// Of the buffer that each thread keeps between reads.
constexpr std::size_t kMaxKeptBytes = kMiB;

using function::kBatchBytes;
using value::Value;

constexpr std::size_t kCountedAtOnce = 256;  // rows

// Of one key it is less work than of some.
Status get_all(const kv::View& view, std::span<const BytesView> row_keys,
               std::span<std::optional<Bytes>> values, const kv::ReadOptions& read) {
  if (row_keys.size() != 1) return view.multi_get(kv::Family::rows, row_keys, values, read);
  TRY(const bool found,
      view.get(kv::Family::rows, row_keys.front(), values.front().emplace(), read));
  if (!found) values.front().reset();
  return {};
}

// Nobody waits for others' large rows: those are decoded where waiting is allowed.
Status check_size(BytesView stored, const kv::ReadOptions& read) {
  if (read.tier != kv::ReadTier::cache_only || stored.size() <= kMaxInlineRowBytes) return {};
  return fail(Code::would_block, "The row is large.");
}

class PrimaryScan final : public RowReader {
 public:
  PrimaryScan(TableId table, EntryWalker walker, kv::ReadOptions read)
      : table_(table), walker_(std::move(walker)), read_(read) {}

  Status read(std::size_t max_rows, RowSink& sink) override {
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < max_rows && bytes < kBatchBytes; ++n) {
      TRY(const bool more, walker_.next());
      if (!more) return {};
      const BytesView stored = walker_.value();
      bytes += stored.size();
      TRY_STATUS(check_size(stored, read_));
      TRY_STATUS(sink.add(walker_.key(), stored));
    }
    return {};
  }
  std::size_t pieces() const override { return walker_.may_part() ? walker_.ranges_left() : 0; }
  ScanRest rest() override {
    return {.table = table_, .family = kv::Family::rows, .ranges = walker_.rest(), .row_keys = {}};
  }

 private:
  TableId table_;
  EntryWalker walker_;
  kv::ReadOptions read_;
};

// Reads rows by their primary keys, a batch at a time; keys without a row give nothing.
class KeyedRows {
 public:
  KeyedRows(kv::View view, kv::ReadOptions read) : view_(std::move(view)), read_(read) {}

  // True when there was any.
  Result<bool> fetch(std::span<const Bytes> row_keys, RowSink& sink) {
    if (row_keys.size() == 1) return fetch_one(row_keys.front(), sink);
    bool any = false;
    TRY_STATUS(fetch(row_keys, [&](std::size_t i, BytesView stored) {
      any = true;
      return sink.add(row_keys[i], stored);
    }));
    return any;
  }

  // `take(i, stored)` for each key that has a row.
  template <class Take>
  Status fetch(std::span<const Bytes> row_keys, const Take& take) {
    views_.assign(row_keys.begin(), row_keys.end());
    values_.assign(row_keys.size(), std::nullopt);
    TRY_STATUS(get_all(view_, views_, values_, read_));
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!values_[i]) continue;
      bytes += values_[i]->size();
      TRY_STATUS(check_size(*values_[i], read_));
      TRY_STATUS(take(i, *values_[i]));
      values_[i].reset();
    }
    plan_next(bytes, values_.size());
    return {};
  }

  // How many rows to fetch at a time: as many as take kBatchBytes if they are like those before. A
  // scan begins with few, as its rows may be large.
  std::size_t at_once() const { return at_once_; }

  // Whether several threads may read some of them each.
  bool may_part() const { return read_.tier == kv::ReadTier::any && is_shareable(view_); }

 private:
  static constexpr std::size_t kFirst = 4;

  // Of one key it is less work than of some.
  Result<bool> fetch_one(const Bytes& row_key, RowSink& sink) {
    TRY(const bool found, view_.get(kv::Family::rows, row_key, value_, read_));
    if (!found) return false;
    TRY_STATUS(check_size(value_, read_));
    TRY_STATUS(sink.add(row_key, value_));
    plan_next(value_.size(), 1);
    return true;
  }

  void plan_next(std::size_t bytes, std::size_t rows) {
    const std::size_t row_bytes = bytes / std::max<std::size_t>(1, rows);
    const std::size_t fitting = kBatchBytes / std::max<std::size_t>(1, row_bytes);
    at_once_ = std::clamp<std::size_t>(fitting, 1, 4 * at_once_);
  }

  kv::View view_;
  kv::ReadOptions read_;
  std::size_t at_once_ = kFirst;
  std::vector<BytesView> views_;
  std::vector<std::optional<Bytes>> values_;
  Bytes value_;
};

class KeySetScan final : public RowReader {
 public:
  KeySetScan(TableId table, std::vector<Bytes> row_keys, KeyedRows rows)
      : table_(table), row_keys_(std::move(row_keys)), rows_(std::move(rows)) {}

  Status read(std::size_t max_rows, RowSink& sink) override {
    bool any = false;
    while (!any && at_ < row_keys_.size()) {
      const std::size_t count =
          std::min(row_keys_.size() - at_, std::min(max_rows, rows_.at_once()));
      const auto batch = std::span(std::as_const(row_keys_)).subspan(at_, count);
      at_ += count;
      TRY(any, rows_.fetch(batch, sink));
    }
    return {};
  }
  std::size_t pieces() const override { return rows_.may_part() ? row_keys_.size() - at_ : 0; }
  ScanRest rest() override {
    row_keys_.erase(row_keys_.begin(), row_keys_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    return {.table = table_,
            .family = kv::Family::rows,
            .ranges = {},
            .row_keys = std::exchange(row_keys_, {})};
  }

 private:
  TableId table_;
  std::vector<Bytes> row_keys_;
  std::size_t at_ = 0;
  KeyedRows rows_;
};

class IndexScan final : public RowReader {
 public:
  // `once`: what is read through, when a row may have several entries and is wanted at its first.
  struct Once {
    std::shared_ptr<const Index> index;
    std::vector<EntryRange> ranges;
  };
  IndexScan(TableId table, kv::View view, EntryWalker walker, KeyedRows rows,
            std::optional<Once> once)
      : table_(table),
        view_(std::move(view)),
        walker_(std::move(walker)),
        rows_(std::move(rows)),
        once_(std::move(once)) {}

  Status read(std::size_t max_rows, RowSink& sink) override {
    bool any = false;
    while (!any) {
      row_keys_.clear();
      entries_.clear();
      const std::size_t wanted = std::min(max_rows, rows_.at_once());
      while (row_keys_.size() < wanted) {
        TRY(const bool more, walker_.next());
        if (!more) break;
        TRY(const BytesView primary, primary_key_in(walker_.key()));
        if (is_outdated(view_, table_, walker_.key(), primary)) continue;
        row_keys_.push_back(txn::row_key(table_, primary));
        if (once_) entries_.emplace_back(entry_key(walker_.key(), primary));
      }
      if (row_keys_.empty()) return {};
      if (!once_) {
        TRY(any, rows_.fetch(row_keys_, sink));
        continue;
      }
      TRY_STATUS(rows_.fetch(row_keys_, [&](std::size_t i, BytesView stored) -> Status {
        TRY(Value row, decode_row(row_keys_[i], stored));
        if (first_entry(*once_->index, row, once_->ranges) != entries_[i]) return {};
        any = true;
        return sink.add_decoded(row_keys_[i], stored, std::move(row));
      }));
    }
    return {};
  }
  std::size_t pieces() const override {
    return !once_ && walker_.may_part() ? walker_.ranges_left() : 0;
  }
  ScanRest rest() override {
    return {.table = table_, .family = kv::Family::index, .ranges = walker_.rest(), .row_keys = {}};
  }

 private:
  static BytesView entry_key(BytesView entry, BytesView primary) {
    return entry.substr(txn::kIdPrefixSize, entry.size() - txn::kIdPrefixSize - primary.size());
  }

  TableId table_;
  kv::View view_;
  EntryWalker walker_;
  KeyedRows rows_;
  std::optional<Once> once_;
  std::vector<Bytes> row_keys_;
  std::vector<Bytes> entries_;
};

TellRow tell_rows(const kv::ReadOptions& read) {
  return [read](BytesView row_key, BytesView stored, RowSink& sink) -> Status {
    TRY_STATUS(check_size(stored, read));
    return sink.add(row_key, stored);
  };
}

// Decodes rows and appends them.
class DecodedRows final : public RowSink {
 public:
  explicit DecodedRows(std::vector<Value>& out) : out_(out) {}
  Status add(BytesView row_key, BytesView stored) override {
    TRY(Value row, decode_row(row_key, stored));
    out_.push_back(std::move(row));
    return {};
  }
  Status add_decoded(BytesView, BytesView, Value row) override {
    out_.push_back(std::move(row));
    return {};
  }

 private:
  std::vector<Value>& out_;
};

bool descending(const algebra::Scan& scan) { return scan.order == algebra::Direction::descending; }

EntryWalker entries_of(const kv::View& view, const kv::ReadOptions& read, IndexId index,
                       std::optional<algebra::Direction> order, Access access) {
  return {view, kv::Family::index, read, whole_keys(raw(index), std::move(access.ranges), order),
          order == algebra::Direction::descending};
}

Result<Access> index_access(const algebra::Scan& scan, const IndexSet& indexes) {
  const Index* index = indexes.find(*scan.index);
  if (index == nullptr) return fail(Code::not_found, "The index does not exist any more.");
  auto access = index->match(scan.keys);
  if (!access) return fail(Code::unsupported, "This index cannot answer that query.");
  return *std::move(access);
}

}  // namespace

Status RowReader::next(std::size_t max_rows, std::vector<Value>& out) {
  DecodedRows sink(out);
  return read(max_rows, sink);
}

Result<std::unique_ptr<RowReader>> TableReader::scan(const algebra::Scan& scan,
                                                     const IndexSet& indexes,
                                                     kv::ReadTier tier) const {
  const kv::ReadOptions read{.tier = tier};
  if (scan.index) {
    TRY(auto access, index_access(scan, indexes));
    std::optional<IndexScan::Once> once;
    if (access.once) once = {indexes.share(*scan.index), access.ranges};
    auto key = guessable_key(scan, indexes, access);
    auto by_entries = [view = view_, read, table = scan.table, id = *scan.index, order = scan.order,
                       access = std::move(access),
                       once = std::move(once)]() mutable -> std::unique_ptr<RowReader> {
      return std::make_unique<IndexScan>(table, view,
                                         entries_of(view, read, id, order, std::move(access)),
                                         KeyedRows(view, read), std::move(once));
    };
    if (!key) return by_entries();
    return read_guessed(*std::move(key), view_, read, std::move(by_entries), tell_rows(read));
  }
  if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys)) {
    std::vector<Bytes> row_keys;
    for (const Value& key : set->keys) {
      row_keys.push_back(txn::row_key(scan.table, value::encoded_key(key)));
    }
    if (scan.order) std::ranges::sort(row_keys);
    if (descending(scan)) std::ranges::reverse(row_keys);
    return std::make_unique<KeySetScan>(scan.table, std::move(row_keys), KeyedRows(view_, read));
  }
  return scan_ranges(scan.table, primary_ranges(scan), scan.order, tier);
}

std::unique_ptr<RowReader> TableReader::scan_ranges(TableId table, std::vector<EntryRange> ranges,
                                                    std::optional<algebra::Direction> order,
                                                    kv::ReadTier tier) const {
  const kv::ReadOptions read{.tier = tier};
  EntryWalker walker(view_, kv::Family::rows, read,
                     whole_keys(raw(table), std::move(ranges), order),
                     order == algebra::Direction::descending);
  return std::make_unique<PrimaryScan>(table, std::move(walker), read);
}

std::unique_ptr<RowReader> TableReader::read_rest(ScanRest rest) const {
  const kv::ReadOptions read{.tier = kv::ReadTier::any};
  if (!rest.row_keys.empty()) {
    return std::make_unique<KeySetScan>(rest.table, std::move(rest.row_keys),
                                        KeyedRows(view_, read));
  }
  EntryWalker walker(view_, rest.family, read, std::move(rest.ranges), false);
  if (rest.family == kv::Family::rows) {
    return std::make_unique<PrimaryScan>(rest.table, std::move(walker), read);
  }
  return std::make_unique<IndexScan>(rest.table, view_, std::move(walker), KeyedRows(view_, read),
                                     std::nullopt);
}

Result<std::unique_ptr<RowReader>> TableReader::scan_keys(const algebra::Scan& scan,
                                                          const IndexSet& indexes,
                                                          kv::ReadTier tier,
                                                          std::string_view field) const {
  if (!scan.index) return nullptr;
  TRY(auto access, index_access(scan, indexes));
  if (access.once) return nullptr;
  const kv::ReadOptions read{.tier = tier};
  auto key = guessable_key(scan, indexes, access);
  auto by_entries = [view = view_, read, table = scan.table, id = *scan.index, order = scan.order,
                     access = std::move(access), name = std::string(field)]() mutable {
    return make_key_scan(table, view, entries_of(view, read, id, order, std::move(access)),
                         std::move(name));
  };
  if (!key) return by_entries();
  return read_guessed(*std::move(key), view_, read, std::move(by_entries),
                      tell_key(std::string(field)));
}

Result<std::unique_ptr<KeyReader>> TableReader::distinct_keys(const algebra::Scan& scan,
                                                              const IndexSet& indexes,
                                                              kv::ReadTier tier) const {
  if (!scan.index || !scan.order) return nullptr;
  TRY(auto access, index_access(scan, indexes));
  const catalog::IndexDefinition& index = indexes.find(*scan.index)->definition();
  const bool has_one = index.kind == catalog::kOrderedIndex && !is_multi(index.options);
  if (access.once || !has_one) return nullptr;
  return read_distinct_keys(
      scan.table, view_,
      entries_of(view_, {.tier = tier}, *scan.index, scan.order, std::move(access)), tier);
}

Result<std::optional<Value>> TableReader::get(TableId table, const Value& key,
                                              kv::ReadTier tier) const {
  thread_local Bytes row_key;
  thread_local Bytes stored;
  row_key.clear();
  put_be(row_key, raw(table));
  value::encode_key(key, row_key);
  TRY(const bool found, view_.get(kv::Family::rows, row_key, stored, {.tier = tier}));
  if (!found) return std::nullopt;
  TRY_STATUS(check_size(stored, {.tier = tier}));
  auto row = decode_row(row_key, stored);
  if (stored.capacity() > kMaxKeptBytes) Bytes().swap(stored);
  if (!row) return fail(std::move(row).error());
  return *std::move(row);
}

Result<std::vector<std::optional<StoredRow>>> TableReader::stored(
    TableId table, std::span<const Bytes> primary_keys, kv::ReadTier tier) const {
  std::vector<Bytes> row_keys;
  row_keys.reserve(primary_keys.size());
  for (const Bytes& key : primary_keys) row_keys.push_back(txn::row_key(table, key));
  const std::vector<BytesView> views(row_keys.begin(), row_keys.end());
  std::vector<std::optional<Bytes>> values(row_keys.size());
  TRY_STATUS(get_all(view_, views, values, {.tier = tier}));
  std::vector<std::optional<StoredRow>> out(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i]) continue;
    const auto row = txn::parse_row(*values[i]);
    out[i] = row ? StoredRow{Bytes(row->document), row->written} : StoredRow{};
  }
  return out;
}

Status TableReader::read_rows(std::span<const BytesView> row_keys, kv::ReadTier tier,
                              std::vector<Value>& out) const {
  DecodedRows sink(out);
  return read_rows(row_keys, tier, sink);
}

Status TableReader::read_rows(std::span<const BytesView> row_keys, kv::ReadTier tier,
                              RowSink& sink) const {
  std::vector<std::optional<Bytes>> stored(row_keys.size());
  TRY_STATUS(view_.multi_get(kv::Family::rows, row_keys, stored, {.tier = tier}));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (!stored[i]) return fail(Code::internal, "A row of the view is gone.");
    TRY_STATUS(sink.add(row_keys[i], *stored[i]));
  }
  return {};
}

Result<std::uint64_t> TableReader::count_rows(const algebra::Scan& scan,
                                              const IndexSet& indexes) const {
  TRY(const auto reader, this->scan(scan, indexes, kv::ReadTier::any));
  std::uint64_t count = 0;
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(reader->next(kCountedAtOnce, rows));
    count += rows.size();
  } while (!rows.empty());
  return count;
}

Result<std::uint64_t> TableReader::count(const algebra::Scan& scan, const IndexSet& indexes) const {
  const auto* range = std::get_if<algebra::KeyRange>(&scan.keys);
  const bool changed =
      view_.own() != nullptr && view_.own()->changes(kv::Family::rows, txn::table_begin(scan.table),
                                                     txn::table_end(scan.table));
  if (!scan.index && range != nullptr && !range->lower.value && !range->upper.value && !changed) {
    view_.note_range(kv::Family::rows, txn::table_begin(scan.table), txn::table_end(scan.table));
    return txn::row_count(view_.store(), scan.table, {.snapshot = view_.snapshot().get()});
  }
  std::vector<EntryRange> ranges;
  if (scan.index) {
    TRY(auto access, index_access(scan, indexes));
    if (access.once) return count_rows(scan, indexes);
    ranges = whole_keys(raw(*scan.index), std::move(access.ranges), std::nullopt);
  } else {
    ranges = whole_keys(raw(scan.table), primary_ranges(scan), std::nullopt);
  }
  EntryWalker walker(view_, scan.index ? kv::Family::index : kv::Family::rows,
                     {.fill_cache = false}, std::move(ranges), false);
  std::uint64_t count = 0;
  for (;;) {
    TRY(const bool more, walker.next());
    if (!more) return count;
    if (scan.index && changed) {
      TRY(const BytesView primary, primary_key_in(walker.key()));
      if (is_outdated(view_, scan.table, walker.key(), primary)) continue;
    }
    ++count;
  }
}

}  // namespace octavo::index
