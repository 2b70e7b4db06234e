#include "layout/keyspace/image.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "layout/keyspace/key_documents.h"
#include "value/key.h"

namespace octavo::layout {
namespace {

using keyspace::KeyEntry;
using value::Value;

// What is done in one hold of the keyspace's mutex: some tens of microseconds.
constexpr std::uint64_t kElementsAtOnce = 1024;
constexpr std::size_t kKeysAtOnce = 1024;

// Documents in whatever order the walk meets them.
class WalkedRows final : public exec::RowCursor {
 public:
  WalkedRows(KeyspaceMoment& moment, exec::QueryContext& query) : moment_(moment), query_(query) {}

  Status next(std::size_t max_rows, exec::Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before) {
      TRY_STATUS(query_.check());
      if (kept_.empty() && done_) return {};
      if (kept_.empty()) TRY_STATUS(slice(max_rows, out));
      for (; !kept_.empty() && out.size() - before < max_rows; kept_.pop_back()) {
        out.push_back(std::move(kept_.back()));
      }
    }
    return {};
  }

 private:
  Status slice(std::size_t max_rows, exec::Rows& out) {
    const auto lock = moment_.keyspace().lock();
    TRY_STATUS(moment_.status());
    std::uint64_t elements = 0;
    const std::size_t end = out.size() + max_rows;
    done_ = !moment_.walk(kKeysAtOnce, [&](const KeyEntry& entry) {
      elements += 1 + entry.value.element_count();
      out.push_back(key_document(entry, moment_.now_ms()));
      return elements < kElementsAtOnce && out.size() < end;
    });
    kept_ = moment_.take_kept();
    return {};
  }

  KeyspaceMoment& moment_;
  exec::QueryContext& query_;
  std::vector<Value> kept_;
  bool done_ = false;
};

// Documents of keys known by name, in that order.
class NamedRows final : public exec::RowCursor {
 public:
  NamedRows(KeyspaceMoment& moment, std::vector<std::string> keys, exec::QueryContext& query)
      : moment_(moment), query_(query), keys_(std::move(keys)) {}

  Status next(std::size_t max_rows, exec::Rows& out) override {
    const std::size_t before = out.size();
    while (out.size() == before && at_ < keys_.size()) {
      TRY_STATUS(query_.check());
      const auto lock = moment_.keyspace().lock();
      TRY_STATUS(moment_.status());
      std::uint64_t elements = 0;
      for (std::size_t n = 0; n < max_rows && at_ < keys_.size() && elements < kElementsAtOnce;
           ++n) {
        auto document = moment_.at(keys_[at_++]);
        if (!document) continue;
        const Value& content = *document->find("value");
        elements += 1 + (content.is_array() ? content.as_array().size() : 0) +
                    (content.is_object() ? content.as_object().size() : 0);
        out.push_back(*std::move(document));
      }
    }
    return {};
  }

 private:
  KeyspaceMoment& moment_;
  exec::QueryContext& query_;
  std::vector<std::string> keys_;
  std::size_t at_ = 0;
};

std::vector<std::string> in_order(std::vector<std::pair<Bytes, std::string>> keys,
                                  std::optional<algebra::Direction> order) {
  if (order) std::ranges::sort(keys);
  if (order == algebra::Direction::descending) std::ranges::reverse(keys);
  std::vector<std::string> out;
  out.reserve(keys.size());
  for (auto& [encoded, key] : keys) out.push_back(std::move(key));
  return out;
}

// The names of all keys that are selected, as they were.
Result<std::vector<std::string>> sorted_names(KeyspaceMoment& moment,
                                              std::optional<algebra::Direction> order,
                                              exec::QueryContext& query) {
  std::vector<std::pair<Bytes, std::string>> keys;
  exec::MemoryCharge memory(query);
  const auto add = [&](const Value& id, std::string_view key) {
    keys.emplace_back(value::encoded_key(id), key);
    return 2 * (sizeof(Bytes) + key.size());
  };
  for (bool more = true; more;) {
    TRY_STATUS(query.check());
    std::size_t bytes = 0;
    {
      const auto lock = moment.keyspace().lock();
      TRY_STATUS(moment.status());
      more = moment.walk(kKeysAtOnce, [&](const KeyEntry& entry) {
        bytes += add(text_value(entry.key()), entry.key());
        return true;
      });
      for (const std::string& key : moment.take_kept_names()) {
        bytes += add(text_value(key), key);
      }
    }
    TRY_STATUS(memory.add(bytes));
  }
  return in_order(std::move(keys), order);
}

}  // namespace

KeyspaceMoment::KeyspaceMoment(KeyspaceChanges& changes, keyspace::Keyspace& keyspace, unsigned db,
                               std::int64_t now_ms, const MemoryPool& feeds)
    : changes_(changes), keyspace_(keyspace), now_ms_(now_ms), feeds_(feeds), db_(db) {
  changes_.add_listener(*this);
  const auto lock = keyspace_.lock();
  keys_ = &keyspace_.database(db).keys();
  last_version_ = keyspace_.last_version();
  left_ = keys_->size();
}

KeyspaceMoment::~KeyspaceMoment() { changes_.remove_listener(*this); }

void KeyspaceMoment::select(std::vector<index::EntryRange> ranges) {
  ranges_ = std::move(ranges);
  std::erase_if(kept_, [this](const auto& one) { return !selects(one.first); });
  std::erase_if(unseen_, [this](const std::string& key) { return !selects(key); });
}

bool KeyspaceMoment::selects(std::string_view key) const {
  if (!ranges_) return true;
  const Bytes encoded = value::encoded_key(text_value(key));
  return std::ranges::any_of(*ranges_,
                             [&](const auto& range) { return index::contains(range, encoded); });
}

bool KeyspaceMoment::as_it_was(const KeyEntry& entry) const {
  return entry.version <= last_version_ && !kept_names_.contains(std::string(entry.key()));
}

// From the end to the front, so that keys that are added stay behind. Erasing moves the last key
// into the hole: see `note_move`.
bool KeyspaceMoment::walk(std::size_t count, const std::function<bool(const KeyEntry&)>& visit) {
  if (keys_ == nullptr) return false;
  left_ = std::min(left_, keys_->size());
  for (; left_ > 0 && count > 0; --count) {
    const KeyEntry& entry = *keys_->at(--left_);
    if (!as_it_was(entry) || moved_.contains(std::string(entry.key()))) continue;
    if (selects(entry.key()) && !visit(entry)) break;
  }
  return left_ > 0;
}

std::vector<Value> KeyspaceMoment::take_kept() {
  std::vector<Value> out;
  out.reserve(kept_.size());
  for (auto& [key, document] : kept_) out.push_back(std::move(document));
  kept_.clear();
  kept_bytes_ = 0;
  return out;
}

std::vector<std::string> KeyspaceMoment::take_kept_names() { return std::exchange(unseen_, {}); }

std::optional<Value> KeyspaceMoment::at(const std::string& key) {
  if (const auto found = kept_.find(key); found != kept_.end()) return found->second;
  const KeyEntry* entry = keys_ == nullptr ? nullptr : keys_->find(key);
  if (entry == nullptr || entry->version > last_version_) return std::nullopt;
  return key_document(*entry, now_ms_);
}

// A key in front that goes leaves its place to the last one, which may have been told already.
void KeyspaceMoment::note_move(const KeyEntry& entry) {
  left_ = std::min(left_, keys_->size());
  if (entry.position >= left_ || keys_->size() == left_) return;
  moved_.emplace(keys_->at(keys_->size() - 1)->key());
}

void KeyspaceMoment::keep(const KeyEntry& entry) {
  const bool told = entry.position >= left_ || moved_.contains(std::string(entry.key()));
  if (!status_ || (told && !keeps_all_) || !as_it_was(entry) || !selects(entry.key())) return;
  std::optional<value::Account::Use> pays;
  if (changes_.account() != nullptr) pays.emplace(changes_.account());
  Value document = key_document(entry, now_ms_);
  kept_bytes_ += entry.key().size() + document.memory_bytes();
  std::string name(entry.key());
  if (!told) unseen_.push_back(name);
  kept_names_.insert(name);
  kept_.emplace(std::move(name), std::move(document));
  const std::size_t most = feeds_.limit() / 2;
  if (kept_bytes_ <= most && feeds_.used() <= feeds_.limit()) return;
  status_ =
      fail(Code::resource_exhausted,
           fmt::format("More keys were changed while a feed read its initial rows than it may "
                       "hold ({} MiB); start it again.",
                       most / kMiB));
  kept_.clear();
}

void KeyspaceMoment::about_to_change(unsigned db, std::string_view key) {
  if (db != db_ || keys_ == nullptr) return;
  const KeyEntry* entry = keys_->find(key);
  if (entry == nullptr) return;
  keep(*entry);
  note_move(*entry);
}

void KeyspaceMoment::about_to_flush(unsigned db) {
  if (db != db_ || keys_ == nullptr) return;
  for (std::uint32_t i = 0; i < keys_->size(); ++i) keep(*keys_->at(i));
  keys_ = nullptr;
  left_ = 0;
}

void KeyspaceMoment::about_to_swap(unsigned first, unsigned second) {
  if (db_ == first) {
    db_ = second;
  } else if (db_ == second) {
    db_ = first;
  }
}

Result<std::unique_ptr<exec::RowCursor>> KeyspaceImage::open(const algebra::Scan& scan,
                                                             exec::QueryContext& query) const {
  if (scan.index) return fail(Code::not_found, "The index does not exist any more.");
  const bool everything = [&] {
    const auto* range = std::get_if<algebra::KeyRange>(&scan.keys);
    return range != nullptr && !range->lower.value && !range->upper.value;
  }();
  {
    const auto lock = moment_->keyspace().lock();
    if (!everything) moment_->select(index::primary_ranges(scan));
    if (scan.order || std::holds_alternative<algebra::KeySet>(scan.keys)) moment_->keep_all();
  }
  if (const auto* set = std::get_if<algebra::KeySet>(&scan.keys)) {
    std::vector<std::pair<Bytes, std::string>> keys;
    for (const Value& id : set->keys) {
      auto key = key_of(id);
      if (key) keys.emplace_back(value::encoded_key(id), *std::move(key));
    }
    return std::make_unique<NamedRows>(*moment_, in_order(std::move(keys), scan.order), query);
  }
  if (!scan.order) return std::make_unique<WalkedRows>(*moment_, query);
  TRY(auto names, sorted_names(*moment_, scan.order, query));
  return std::make_unique<NamedRows>(*moment_, std::move(names), query);
}

Result<std::optional<Value>> KeyspaceImage::get(TableId, const Value& key,
                                                exec::QueryContext&) const {
  const auto name = key_of(key);
  if (!name) return std::nullopt;
  const auto lock = moment_->keyspace().lock();
  TRY_STATUS(moment_->status());
  moment_->keep_all();
  return moment_->at(*name);
}

Result<std::uint64_t> KeyspaceImage::count(const algebra::Scan& scan,
                                           exec::QueryContext& query) const {
  TRY(const auto cursor, open(scan, query));
  std::uint64_t count = 0;
  for (exec::Rows rows;; rows.clear()) {
    TRY_STATUS(cursor->next(kKeysAtOnce, rows));
    if (rows.empty()) return count;
    count += rows.size();
  }
}

}  // namespace octavo::layout
