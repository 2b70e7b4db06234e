#include "exec/keyspace_source.h"

#include <algorithm>
#include <unordered_set>

#include "catalog/model.h"
#include "exec/key_documents.h"
#include "index/index.h"
#include "value/key.h"

namespace octavo::exec {
namespace {

using keyspace::KeyEntry;
using keyspace::Keyspace;
using value::Value;

// What is done in one hold of the keyspace's lock: tens of microseconds.
constexpr std::size_t kDocumentsAtOnce = 128;
constexpr std::size_t kKeysAtOnce = 2048;

struct Selection {
  unsigned db = 0;
  std::vector<index::EntryRange> ranges;  // empty: all keys

  bool holds(std::string_view key) const {
    if (ranges.empty()) return true;
    const Bytes encoded = value::encoded_key(text_value(key));
    return std::ranges::any_of(ranges,
                               [&](const auto& range) { return index::contains(range, encoded); });
  }
};

bool is_everything(const algebra::Scan& scan) {
  const auto* range = std::get_if<algebra::KeyRange>(&scan.keys);
  return range != nullptr && !range->lower.value && !range->upper.value;
}

Result<Selection> selection(const algebra::Scan& scan) {
  const auto db = catalog::redis_database_number(scan.table);
  if (!db) return fail(Code::not_found, "The table does not exist any more.");
  if (scan.index) return fail(Code::not_found, "The index does not exist any more.");
  Selection out{*db, {}};
  if (!is_everything(scan)) out.ranges = index::primary_ranges(scan);
  return out;
}

const KeyEntry* find_live(const Keyspace& keyspace, unsigned db, std::string_view key,
                          std::int64_t now_ms) {
  const KeyEntry* entry = keyspace.database(db).find(key);
  return entry == nullptr || entry->expired_at(now_ms) ? nullptr : entry;
}

// Keys known beforehand, in their order; those that are gone give nothing.
class NamedKeys final : public RowCursor {
 public:
  NamedKeys(Keyspace& keyspace, unsigned db, std::vector<std::string> keys, std::int64_t now_ms)
      : keyspace_(keyspace), db_(db), keys_(std::move(keys)), now_ms_(now_ms) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before && at_ < keys_.size()) {
      const std::size_t end = std::min(keys_.size(), at_ + std::min(max_rows, kDocumentsAtOnce));
      const auto lock = keyspace_.lock();
      for (; at_ < end; ++at_) {
        const KeyEntry* entry = find_live(keyspace_, db_, keys_[at_], now_ms_);
        if (entry != nullptr) out.push_back(key_document(*entry, now_ms_));
      }
    }
    return {};
  }

 private:
  Keyspace& keyspace_;
  unsigned db_;
  std::vector<std::string> keys_;
  std::int64_t now_ms_;
  std::size_t at_ = 0;
};

// Visits the keys of a database in slices, each key once: erasing moves keys to places that the
// scan has yet to reach, so it remembers what it has seen.
class KeyWalk {
 public:
  KeyWalk(Keyspace& keyspace, const Selection& selection, std::int64_t now_ms)
      : keyspace_(keyspace), selection_(selection), now_ms_(now_ms) {}

  bool done() const { return done_; }

  // About `count` keys, under one hold of the lock.
  template <class Visit>
  void slice(std::size_t count, Visit&& visit) {
    const auto lock = keyspace_.lock();
    cursor_ = keyspace_.database(selection_.db).keys().scan(cursor_, count, [&](KeyEntry* entry) {
      if (entry->expired_at(now_ms_) || !selection_.holds(entry->key())) return;
      if (seen_.emplace(entry->key()).second) visit(*entry);
    });
    done_ = cursor_ == 0;
  }

 private:
  Keyspace& keyspace_;
  const Selection& selection_;
  std::int64_t now_ms_;
  std::uint64_t cursor_ = 0;
  std::unordered_set<std::string> seen_;
  bool done_ = false;
};

class AnyOrder final : public RowCursor {
 public:
  AnyOrder(Keyspace& keyspace, Selection selection, std::int64_t now_ms)
      : selection_(std::move(selection)), now_ms_(now_ms), walk_(keyspace, selection_, now_ms) {}

  Status next(std::size_t max_rows, Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before && !walk_.done()) {
      walk_.slice(std::min(max_rows, kDocumentsAtOnce),
                  [&](const KeyEntry& entry) { out.push_back(key_document(entry, now_ms_)); });
    }
    return {};
  }

 private:
  Selection selection_;
  std::int64_t now_ms_;
  KeyWalk walk_;
};

// The matching keys of a whole database in key order.
Result<std::vector<std::string>> sorted_keys(Keyspace& keyspace, const Selection& selection,
                                             bool descending, std::int64_t now_ms,
                                             QueryContext& query) {
  if (!query.may_wait) return fail(Code::would_block, "Sorting all keys takes long.");
  MemoryCharge memory(query);
  KeyWalk walk(keyspace, selection, now_ms);
  std::vector<std::pair<Bytes, std::string>> keys;
  while (!walk.done()) {
    TRY_STATUS(query.check());
    std::size_t bytes = 0;
    walk.slice(kKeysAtOnce, [&](const KeyEntry& entry) {
      keys.emplace_back(value::encoded_key(text_value(entry.key())), entry.key());
      bytes += 2 * (sizeof(Bytes) + entry.key().size());
    });
    TRY_STATUS(memory.add(bytes));
  }
  std::ranges::sort(keys);
  if (descending) std::ranges::reverse(keys);
  std::vector<std::string> out;
  out.reserve(keys.size());
  for (auto& [encoded, key] : keys) out.push_back(std::move(key));
  return out;
}

std::vector<std::string> named_keys(const algebra::KeySet& set,
                                    std::optional<algebra::Direction> order) {
  std::vector<std::pair<Bytes, std::string>> keys;
  for (const Value& key : set.keys) {
    auto name = key_of(key);
    if (name) keys.emplace_back(value::encoded_key(key), *std::move(name));
  }
  if (order) std::ranges::sort(keys);
  if (order == algebra::Direction::descending) std::ranges::reverse(keys);
  std::vector<std::string> out;
  for (auto& [encoded, key] : keys) out.push_back(std::move(key));
  return out;
}

class ImageRows final : public RowCursor {
 public:
  explicit ImageRows(std::vector<const Value*> rows) : rows_(std::move(rows)) {}

  Status next(std::size_t max_rows, Rows& out) override {
    for (std::size_t n = 0; n < max_rows && at_ < rows_.size(); ++n) out.push_back(*rows_[at_++]);
    return {};
  }

 private:
  std::vector<const Value*> rows_;  // the image outlives its cursors
  std::size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<RowCursor>> KeyspaceSource::open(const algebra::Scan& scan,
                                                        QueryContext& query) const {
  TRY(auto selected, selection(scan));
  if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys)) {
    return std::make_unique<NamedKeys>(keyspace_, selected.db, named_keys(*set, scan.order),
                                       now_ms_);
  }
  if (!scan.order) return std::make_unique<AnyOrder>(keyspace_, std::move(selected), now_ms_);
  TRY(auto keys, sorted_keys(keyspace_, selected, scan.order == algebra::Direction::descending,
                             now_ms_, query));
  return std::make_unique<NamedKeys>(keyspace_, selected.db, std::move(keys), now_ms_);
}

Result<std::optional<Value>> KeyspaceSource::get(TableId table, const Value& key,
                                                 QueryContext&) const {
  TRY(const auto selected, selection({.table = table, .index = {}, .order = {}}));
  const auto name = key_of(key);
  if (!name) return std::nullopt;
  const auto lock = keyspace_.lock();
  const KeyEntry* entry = find_live(keyspace_, selected.db, *name, now_ms_);
  if (entry == nullptr) return std::nullopt;
  return key_document(*entry, now_ms_);
}

Result<std::uint64_t> KeyspaceSource::count(const algebra::Scan& scan, QueryContext& query) const {
  TRY(const auto selected, selection(scan));
  std::uint64_t count = 0;
  if (is_everything(scan)) {
    const auto lock = keyspace_.lock();
    const auto& database = keyspace_.database(selected.db);
    std::uint64_t expired = 0;
    database.expiries().visit_due(now_ms_, [&](const KeyEntry*) {
      ++expired;
      return true;
    });
    return database.size() - expired;
  }
  if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys)) {
    const auto lock = keyspace_.lock();
    for (const std::string& key : named_keys(*set, std::nullopt)) {
      if (find_live(keyspace_, selected.db, key, now_ms_) != nullptr) ++count;
    }
    return count;
  }
  if (!query.may_wait) return fail(Code::would_block, "Counting reads many keys.");
  KeyWalk walk(keyspace_, selected, now_ms_);
  while (!walk.done()) {
    TRY_STATUS(query.check());
    walk.slice(kKeysAtOnce, [&](const KeyEntry&) { ++count; });
  }
  return count;
}

KeyspaceImage::KeyspaceImage(const keyspace::Database& database, std::int64_t now_ms) {
  for (std::uint32_t i = 0; i < database.size(); ++i) {
    const KeyEntry& entry = *database.keys().at(i);
    rows_.emplace(value::encoded_key(text_value(entry.key())), key_document(entry, now_ms));
  }
}

std::vector<const Value*> KeyspaceImage::matching(const algebra::Scan& scan) const {
  std::vector<std::pair<BytesView, const Value*>> found;
  for (const auto& range : index::primary_ranges(scan)) {
    for (auto at = rows_.lower_bound(range.lower); at != rows_.end(); ++at) {
      if (!index::contains(range, at->first)) break;
      found.emplace_back(at->first, &at->second);
    }
  }
  if (scan.order) std::ranges::sort(found, {}, [](const auto& item) { return item.first; });
  if (scan.order == algebra::Direction::descending) std::ranges::reverse(found);
  std::vector<const Value*> rows;
  rows.reserve(found.size());
  for (const auto& [key, row] : found) rows.push_back(row);
  return rows;
}

Result<std::unique_ptr<RowCursor>> KeyspaceImage::open(const algebra::Scan& scan,
                                                       QueryContext&) const {
  TRY_STATUS(selection(scan));
  return std::make_unique<ImageRows>(matching(scan));
}

Result<std::optional<Value>> KeyspaceImage::get(TableId, const Value& key, QueryContext&) const {
  const auto found = rows_.find(value::encoded_key(key));
  if (found == rows_.end()) return std::nullopt;
  return found->second;
}

Result<std::uint64_t> KeyspaceImage::count(const algebra::Scan& scan, QueryContext&) const {
  TRY_STATUS(selection(scan));
  return matching(scan).size();
}

}  // namespace octavo::exec
