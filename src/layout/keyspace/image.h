#pragma once

// The documents of one Redis database as they were at one moment, read in slices while commands go
// on. A key that is about to change, and was not read yet, is kept as it was; what nobody changes
// is read from the keyspace. So nothing stops for the initial rows of a feed, whatever their
// number: one hold of the keyspace's mutex makes about kElementsAtOnce elements of documents, or
// one document that is larger. (A FLUSHDB meanwhile keeps all that was not read, at once.)
//
// Rows are read once and by one thread; the observer's part runs on whichever thread applies.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/memory_pool.h"
#include "exec/source.h"
#include "index/index.h"
#include "keyspace/keyspace.h"
#include "layout/keyspace/changes.h"

namespace octavo::layout {

// What is known of the moment, and what has changed since. With the keyspace's mutex held, all of
// it, but for the constructor and destructor, which take it.
class KeyspaceMoment final : public keyspace::KeyspaceObserver {
 public:
  // Nothing is being applied meanwhile. Keys that have expired by `now_ms` and were not removed yet
  // are part of it: the feed that starts here will tell of their removal. What is kept is charged
  // to the account of `changes`: no more than half of what `feeds` has, or than is left of it.
  KeyspaceMoment(KeyspaceChanges& changes, keyspace::Keyspace& keyspace, unsigned db,
                 std::int64_t now_ms, const MemoryPool& feeds);
  ~KeyspaceMoment() override;

  // From here on keys outside of these are of no interest.
  void select(std::vector<index::EntryRange> ranges);
  bool selects(std::string_view key) const;

  // Goes on with the walk over about `count` keys: tells those that are as they were. False at its
  // end. The others are in what `take_kept` returns by then, or were told before they changed.
  bool walk(std::size_t count, const std::function<bool(const keyspace::KeyEntry&)>& visit);
  std::vector<value::Value> take_kept();
  // The names alone, where `keep_all` holds the documents for `at`.
  std::vector<std::string> take_kept_names();

  // From here on `at` is asked for keys by name, in any order: every key that changes is kept.
  void keep_all() { keeps_all_ = true; }
  std::optional<value::Value> at(const std::string& key);

  // `resource_exhausted` when too much was to be kept.
  Status status() const { return status_; }
  keyspace::Keyspace& keyspace() const { return keyspace_; }
  std::int64_t now_ms() const { return now_ms_; }

  void about_to_change(unsigned db, std::string_view key) override;
  void changed(unsigned, std::string_view, keyspace::EventClass, std::string_view) override {}
  void about_to_flush(unsigned db) override;
  void about_to_swap(unsigned first, unsigned second) override;
  void operation_done() override {}

 private:
  bool as_it_was(const keyspace::KeyEntry& entry) const;
  void note_move(const keyspace::KeyEntry& entry);
  void keep(const keyspace::KeyEntry& entry);

  KeyspaceChanges& changes_;
  keyspace::Keyspace& keyspace_;
  const std::int64_t now_ms_;
  const MemoryPool& feeds_;
  unsigned db_;                             // where its keys are now
  const keyspace::KeyMap* keys_ = nullptr;  // null: they were flushed
  std::uint64_t last_version_ = 0;          // of the moment: what is above it has changed since
  std::uint32_t left_ = 0;                  // keys that the walk has not reached: those in front
  std::optional<std::vector<index::EntryRange>> ranges_;  // unset: every key
  bool keeps_all_ = false;
  std::unordered_set<std::string> moved_;  // keys that were told and are in front again
  std::unordered_map<std::string, value::Value> kept_;
  std::unordered_set<std::string> kept_names_;  // of those that `take_kept` took as well
  std::vector<std::string> unseen_;             // of those, what the walk had not reached
  std::size_t kept_bytes_ = 0;
  Status status_;
};

// Reads a moment, once.
class KeyspaceImage final : public exec::Source {
 public:
  explicit KeyspaceImage(std::unique_ptr<KeyspaceMoment> moment) : moment_(std::move(moment)) {}

  Result<std::unique_ptr<exec::RowCursor>> open(const algebra::Scan& scan,
                                                exec::QueryContext& query) const override;
  // Documents are made of keys, always whole.
  Result<std::unique_ptr<exec::FieldCursor>> open_fields(
      const algebra::Scan& /*scan*/, std::span<const value::FieldRequest> /*fields*/,
      exec::QueryContext& /*query*/) const override {
    return nullptr;
  }
  Result<std::optional<value::Value>> get(TableId table, const value::Value& key,
                                          exec::QueryContext& query) const override;
  Result<std::uint64_t> count(const algebra::Scan& scan, exec::QueryContext& query) const override;

 private:
  std::unique_ptr<KeyspaceMoment> moment_;
};

}  // namespace octavo::layout
