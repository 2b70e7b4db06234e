#include "layout/keyspace/source.h"

#include <algorithm>
#include <unordered_set>

#include "catalog/reserved.h"
#include "index/index.h"
#include "layout/keyspace/key_documents.h"
#include "value/key.h"

namespace octavo::layout {
namespace {

using keyspace::KeyEntry;
using keyspace::Keyspace;
using value::Value;

// What is done in one hold of the keyspace's lock: tens of microseconds, or one larger document.
constexpr std::uint64_t kElementsAtOnce = 1024;
constexpr std::size_t kKeysAtOnce = 1024;

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
  const auto db = catalog::keyspace_number(scan.table);
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

// Documents made in one hold of the lock.
class Slice {
 public:
  Slice(exec::Rows& out, std::size_t max_rows, std::int64_t now_ms)
      : out_(out), end_(out.size() + max_rows), now_ms_(now_ms) {}

  void add(const KeyEntry& entry) {
    elements_ += 1 + entry.value.element_count();
    out_.push_back(key_document(entry, now_ms_));
  }
  bool full() const { return elements_ >= kElementsAtOnce || out_.size() >= end_; }

 private:
  exec::Rows& out_;
  const std::size_t end_;
  const std::int64_t now_ms_;
  std::uint64_t elements_ = 0;
};

// Keys known beforehand, in their order; those that are gone give nothing.
class NamedKeys final : public exec::RowCursor {
 public:
  NamedKeys(Keyspace& keyspace, unsigned db, std::vector<std::string> keys, std::int64_t now_ms,
            exec::QueryContext& query)
      : keyspace_(keyspace), db_(db), keys_(std::move(keys)), now_ms_(now_ms), query_(query) {}

  Status next(std::size_t max_rows, exec::Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before && at_ < keys_.size()) {
      TRY_STATUS(query_.check());
      Slice slice(out, max_rows, now_ms_);
      const std::size_t end = std::min(keys_.size(), at_ + kKeysAtOnce);
      const auto lock = keyspace_.lock();
      for (; at_ < end && !slice.full(); ++at_) {
        const KeyEntry* entry = find_live(keyspace_, db_, keys_[at_], now_ms_);
        if (entry != nullptr) slice.add(*entry);
      }
    }
    return {};
  }

 private:
  Keyspace& keyspace_;
  unsigned db_;
  std::vector<std::string> keys_;
  std::int64_t now_ms_;
  exec::QueryContext& query_;
  std::size_t at_ = 0;
};

// Visits the keys of a database in slices, each key once: erasing moves keys to places that the
// scan has yet to reach, so it remembers what it has seen.
class KeyWalk {
 public:
  KeyWalk(Keyspace& keyspace, const Selection& selection, std::int64_t now_ms,
          exec::QueryContext& query)
      : keyspace_(keyspace),
        selection_(selection),
        now_ms_(now_ms),
        query_(query),
        memory_(query) {}

  bool done() const { return done_; }

  // Some keys, under one hold of the lock, as long as `visit` returns true.
  template <class Visit>
  Status slice(Visit&& visit) {
    TRY_STATUS(query_.check());
    std::size_t bytes = 0;
    {
      const auto lock = keyspace_.lock();
      const auto& keys = keyspace_.database(selection_.db).keys();
      bool more = true;
      for (std::size_t n = 0; more && !done_ && n < kKeysAtOnce; ++n) {
        cursor_ = keys.scan(cursor_, 1, [&](const KeyEntry* entry) {
          if (entry->expired_at(now_ms_) || !selection_.holds(entry->key())) return;
          if (!seen_.emplace(entry->key()).second) return;
          bytes += kSeenBytes + entry->key().size();
          more = visit(*entry);
        });
        done_ = cursor_ == 0;
      }
    }
    return memory_.add(bytes);
  }

 private:
  static constexpr std::size_t kSeenBytes = 64;  // of an entry of `seen_`, beside the key

  Keyspace& keyspace_;
  const Selection& selection_;
  std::int64_t now_ms_;
  exec::QueryContext& query_;
  exec::MemoryCharge memory_;
  std::uint64_t cursor_ = 0;
  std::unordered_set<std::string> seen_;
  bool done_ = false;
};

class AnyOrder final : public exec::RowCursor {
 public:
  AnyOrder(Keyspace& keyspace, Selection selection, std::int64_t now_ms, exec::QueryContext& query)
      : selection_(std::move(selection)),
        now_ms_(now_ms),
        walk_(keyspace, selection_, now_ms, query) {}

  Status next(std::size_t max_rows, exec::Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before && !walk_.done()) {
      Slice slice(out, max_rows, now_ms_);
      TRY_STATUS(walk_.slice([&](const KeyEntry& entry) {
        slice.add(entry);
        return !slice.full();
      }));
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
                                             exec::QueryContext& query) {
  if (!query.may_wait) return fail(Code::would_block, "Sorting all keys takes long.");
  exec::MemoryCharge memory(query);
  KeyWalk walk(keyspace, selection, now_ms, query);
  std::vector<std::pair<Bytes, std::string>> keys;
  while (!walk.done()) {
    std::size_t bytes = 0;
    TRY_STATUS(walk.slice([&](const KeyEntry& entry) {
      keys.emplace_back(value::encoded_key(text_value(entry.key())), entry.key());
      bytes += 2 * (sizeof(Bytes) + entry.key().size());
      return true;
    }));
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

}  // namespace

Result<std::unique_ptr<exec::RowCursor>> KeyspaceSource::open(const algebra::Scan& scan,
                                                              exec::QueryContext& query) const {
  TRY(auto selected, selection(scan));
  if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys)) {
    return std::make_unique<NamedKeys>(keyspace_, selected.db, named_keys(*set, scan.order),
                                       now_ms_, query);
  }
  if (!scan.order)
    return std::make_unique<AnyOrder>(keyspace_, std::move(selected), now_ms_, query);
  TRY(auto keys, sorted_keys(keyspace_, selected, scan.order == algebra::Direction::descending,
                             now_ms_, query));
  return std::make_unique<NamedKeys>(keyspace_, selected.db, std::move(keys), now_ms_, query);
}

Result<std::optional<Value>> KeyspaceSource::get(TableId table, const Value& key,
                                                 exec::QueryContext&) const {
  TRY(const auto selected, selection({.table = table, .index = {}, .order = {}}));
  const auto name = key_of(key);
  if (!name) return std::nullopt;
  const auto lock = keyspace_.lock();
  const KeyEntry* entry = find_live(keyspace_, selected.db, *name, now_ms_);
  if (entry == nullptr) return std::nullopt;
  return key_document(*entry, now_ms_);
}

Result<std::uint64_t> KeyspaceSource::count(const algebra::Scan& scan,
                                            exec::QueryContext& query) const {
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
    for (const std::string& key : named_keys(*set, std::nullopt)) {
      const auto lock = keyspace_.lock();
      if (find_live(keyspace_, selected.db, key, now_ms_) != nullptr) ++count;
    }
    return count;
  }
  if (!query.may_wait) return fail(Code::would_block, "Counting reads many keys.");
  KeyWalk walk(keyspace_, selected, now_ms_, query);
  while (!walk.done()) {
    TRY_STATUS(walk.slice([&](const KeyEntry&) {
      ++count;
      return true;
    }));
  }
  return count;
}

}  // namespace octavo::layout
