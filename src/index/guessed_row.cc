#include "index/guessed_row.h"

#include <algorithm>
#include <utility>

#include "index/key_guesses.h"
#include "index/unique.h"
#include "txn/row_key.h"
#include "value/indexable.h"

namespace octavo::index {
namespace {

// Notes which row is told, and how many are.
class NotingSink final : public RowSink {
 public:
  explicit NotingSink(RowSink& sink) : sink_(sink) {}
  Status add(BytesView row_key, BytesView stored) override {
    note(row_key);
    return sink_.add(row_key, stored);
  }
  Status add_decoded(BytesView row_key, BytesView stored, value::Value row) override {
    note(row_key);
    return sink_.add_decoded(row_key, stored, std::move(row));
  }
  std::size_t count() const { return count_; }
  BytesView primary_key() const { return primary_key_; }

 private:
  void note(BytesView row_key) {
    if (count_++ == 0) primary_key_ = txn::primary_key_of(row_key);
  }

  RowSink& sink_;
  std::size_t count_ = 0;
  Bytes primary_key_;
};

class GuessedRow final : public RowReader {
 public:
  GuessedRow(GuessableKey key, kv::View view, kv::ReadOptions read, MakeReader by_entries,
             TellRow tell)
      : key_(std::move(key)),
        hash_(unique_hash(key_.index->definition().id, key_.range.lower)),
        view_(std::move(view)),
        read_(read),
        make_(std::move(by_entries)),
        tell_(std::move(tell)) {}

  Status read(std::size_t max_rows, RowSink& sink) override {
    if (!begun_) {
      if (max_rows == 0) return {};
      begun_ = true;
      TRY(const bool is_guessed, guess(sink));
      return is_guessed ? Status() : find(max_rows, sink);
    }
    return by_entries_ == nullptr ? Status() : by_entries_->read(max_rows, sink);
  }

 private:
  // False: the entries tell.
  Result<bool> guess(RowSink& sink) {
    const auto primary_key = guesses_.find(hash_);
    if (!primary_key) return false;
    const Bytes row_key = txn::row_key(key_.table, *primary_key);
    Bytes stored;
    TRY(const bool found, view_.get(kv::Family::rows, row_key, stored, read_));
    if (!found || !has_key(row_key, stored)) {
      guesses_.forget(hash_);
      return false;
    }
    // As the entries would have been: no other row may come to have the key.
    const Bytes prefix = txn::index_begin(key_.index->definition().id);
    view_.note_range(kv::Family::index, prefix + key_.range.lower, prefix + key_.range.upper);
    TRY_STATUS(tell_(row_key, stored, sink));
    return true;
  }

  // Once: a row that has it several times has several entries.
  bool has_key(BytesView row_key, BytesView stored) const {
    const auto document = document_of(row_key, stored);
    if (!document) return false;
    std::vector<Bytes> keys;
    key_.index->keys_of(*document, keys);
    return std::ranges::count(keys, key_.range.lower) == 1;
  }

  Status find(std::size_t max_rows, RowSink& sink) {
    by_entries_ = make_();
    NotingSink noting(sink);
    TRY_STATUS(by_entries_->read(max_rows, noting));
    if (noting.count() == 1) guesses_.keep(hash_, noting.primary_key());
    return {};
  }

  const GuessableKey key_;
  const txn::KeyHash hash_;
  KeyGuesses& guesses_ = process_key_guesses();
  kv::View view_;
  kv::ReadOptions read_;
  MakeReader make_;
  std::unique_ptr<RowReader> by_entries_;  // null: not needed
  TellRow tell_;
  bool begun_ = false;
};

// What any number of rows may have, or a part of a key.
bool may_be_of_several(const catalog::IndexDefinition& index, const value::Value& key) {
  if (!index.unique || !value::indexable(key)) return true;
  if (index.parts.size() < 2) return false;
  return !key.is_array() || key.as_array().size() != index.parts.size();
}

}  // namespace

std::optional<GuessableKey> guessable_key(const algebra::Scan& scan, const IndexSet& indexes,
                                          const Access& access) {
  const auto* const set = std::get_if<algebra::KeySet>(&scan.keys);
  const bool is_one = scan.index && set != nullptr && set->keys.size() == 1 && !access.once &&
                      access.ranges.size() == 1;
  if (!is_one) return std::nullopt;
  auto index = indexes.share(*scan.index);
  if (may_be_of_several(index->definition(), set->keys.front())) return std::nullopt;
  return GuessableKey{scan.table, std::move(index), access.ranges.front()};
}

std::unique_ptr<RowReader> read_guessed(GuessableKey key, kv::View view,
                                        const kv::ReadOptions& read, MakeReader by_entries,
                                        TellRow tell) {
  return std::make_unique<GuessedRow>(std::move(key), std::move(view), read, std::move(by_entries),
                                      std::move(tell));
}

}  // namespace octavo::index
