#include "index/distinct_keys.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "function/family.h"
#include "txn/row_key.h"
#include "value/key.h"

namespace octavo::index {
namespace {

using value::Value;

// Whether a key was made of the very value that it decodes to: kinds of numbers and zones of times
// are not in keys, nor are subtypes of bytes.
bool says_all(const Value& key) {
  using value::Type;
  switch (key.type()) {
    case Type::null:
    case Type::boolean:
    case Type::string: return true;
    case Type::array: return std::ranges::all_of(key.as_array(), says_all);
    default: return false;
  }
}

class DistinctKeys final : public KeyReader {
 public:
  DistinctKeys(TableId table, kv::View view, EntryWalker walker, kv::ReadTier tier)
      : table_(table), view_(std::move(view)), walker_(std::move(walker)), tier_(tier) {}

  Status read(std::size_t max_keys, KeySink& sink) override {
    found_.clear();
    std::size_t rows = 0;
    std::size_t bytes = 0;
    while (found_.size() < max_keys && rows < rows_at_once_ && bytes < function::kBatchBytes) {
      TRY(const bool more, next());
      if (!more) break;
      bytes += last_.size();
      ByteReader key(last_);
      TRY(Value value, value::decode_key(key));
      if (says_all(value)) {
        found_.push_back({.key = std::move(value), .row_key = {}});
      } else {
        found_.push_back({.key = {}, .row_key = txn::row_key(table_, primary_)});
        ++rows;
      }
    }
    if (rows > 0) TRY_STATUS(read_rows(rows));
    for (std::size_t i = 0, row = 0; i < found_.size(); ++i) {
      if (found_[i].key) {
        TRY_STATUS(sink.add(*std::move(found_[i].key)));
      } else {
        TRY_STATUS(sink.add_row(found_[i].row_key, *stored_[row++]));
      }
    }
    return {};
  }

 private:
  // After so many entries of one key it is looked for the next one: a look costs as much as about
  // so many steps.
  static constexpr std::size_t kStepsOfLook = 12;
  static constexpr std::size_t kFirstRows = 4;  // they may be large

  struct Found {
    std::optional<Value> key;  // unset: the row is read for it
    Bytes row_key;
  };

  // Moves to an entry of the next key; false at the end.
  Result<bool> next() {
    std::size_t steps = 0;
    for (bool first = last_.empty();;) {
      const bool looks = ++steps > kStepsOfLook && !first;
      TRY(const bool more,
          looks ? walker_.next_key(txn::kIdPrefixSize + last_.size()) : walker_.next());
      if (!more) return false;
      const BytesView entry = walker_.key().substr(txn::kIdPrefixSize);
      if (!first && entry.starts_with(last_)) continue;
      TRY(const BytesView primary, primary_key_in(walker_.key()));
      if (is_outdated(view_, table_, walker_.key(), primary)) {
        // Nothing is known of others of its key.
        steps = 0;
        continue;
      }
      last_.assign(entry.substr(0, entry.size() - primary.size()));
      primary_.assign(primary);
      return true;
    }
  }

  Status read_rows(std::size_t rows) {
    std::vector<BytesView> keys;
    keys.reserve(rows);
    for (const Found& found : found_) {
      if (!found.key) keys.push_back(found.row_key);
    }
    stored_.assign(rows, std::nullopt);
    TRY_STATUS(view_.multi_get(kv::Family::rows, keys, stored_, {.tier = tier_}));
    std::size_t bytes = 0;
    for (const auto& stored : stored_) {
      if (!stored) return fail(Code::internal, "A row of the view is gone.");
      bytes += stored->size();
    }
    const std::size_t fitting = function::kBatchBytes / std::max<std::size_t>(1, bytes / rows);
    rows_at_once_ = std::clamp<std::size_t>(fitting, 1, 4 * rows_at_once_);
    return {};
  }

  TableId table_;
  kv::View view_;
  EntryWalker walker_;
  kv::ReadTier tier_;
  Bytes last_;     // the entry key that was met last; empty: none was
  Bytes primary_;  // of its first row
  std::vector<Found> found_;
  std::vector<std::optional<Bytes>> stored_;  // rows of those without a key
  std::size_t rows_at_once_ = kFirstRows;
};

}  // namespace

std::unique_ptr<KeyReader> read_distinct_keys(TableId table, kv::View view, EntryWalker walker,
                                              kv::ReadTier tier) {
  return std::make_unique<DistinctKeys>(table, std::move(view), std::move(walker), tier);
}

}  // namespace octavo::index
