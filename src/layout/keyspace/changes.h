#pragma once

// What a keyspace's commands change, while somebody wants to know: as row changes for feeds, one
// per operation and key it touched, and as named events for Redis's keyspace notifications.
//
// Records are shown one after the other: begin_record, the operations, end_record. Documents
// before and after tell times to live as of the record's time, and changes are numbered by the keys
// that the record touches, whoever listens to which of them: so the same record gives the same
// changes under the same numbers live and in replay.
//
// A key that nobody listens to costs no document.

#include <deque>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "algebra/change.h"
#include "exec/interests.h"
#include "keyspace/keyspace.h"
#include "layout/keyspace/key_contents.h"
#include "value/account.h"

namespace octavo::layout {

class KeyspaceChanges final : public keyspace::KeyspaceObserver, public keyspace::Observers {
 public:
  // Asked once per record and table that it touches: the keys that are listened to; null: none.
  using Wanted = std::function<std::shared_ptr<const exec::Interests>(TableId table)>;

  explicit KeyspaceChanges(keyspace::Keyspace& keyspace) : keyspace_(keyspace) {}

  // Documents are charged to `account`, which whoever applies uses and which outlives every record
  // to come; of them as much is kept from record to record. Without: to the account in use.
  void set_account(const value::Account& account, std::size_t held_bytes) {
    account_ = &account;
    contents_.set_limit(held_bytes);
  }
  const value::Account* account() const { return account_; }

  // --- by whoever applies; takes the keyspace's mutex only when observation starts or ends ---
  // `wanted` may be empty: no feeds.
  void begin_record(const Lsn& lsn, std::int64_t time_ns, Wanted wanted);
  // The record's changes, one set per table that has some.
  std::vector<algebra::ChangeSetPtr> end_record();

  void add_listener(keyspace::KeyspaceObserver& listener) override;
  void remove_listener(keyspace::KeyspaceObserver& listener) override;
  void add_listener_locked(keyspace::KeyspaceObserver& listener) override;
  void remove_listener_locked(keyspace::KeyspaceObserver& listener) override;

  void about_to_change(unsigned db, std::string_view key) override;
  void changed(unsigned db, std::string_view key, keyspace::EventClass kind,
               std::string_view event) override;
  void fields_expired(unsigned db, std::string_view key,
                      std::span<const std::string_view> fields) override;
  void about_to_flush(unsigned db) override;
  void about_to_swap(unsigned first, unsigned second) override;
  void operation_done() override;

 private:
  struct Document {
    value::Value row;
    std::size_t fresh_bytes = 0;  // not shared with an earlier one
  };
  struct Touched {
    std::string key;
    std::uint32_t index = 0;  // among the keys that the record touches
    std::optional<Document> before;
  };
  // Of one database, within the running record.
  struct Table {
    bool asked = false;
    std::shared_ptr<const exec::Interests> wanted;  // null: nobody listens
    std::uint32_t touches = 0;                      // so far
    std::deque<Touched> touched;                    // by the running operation, in order
    std::unordered_set<std::string_view> names;     // of `touched`
    std::shared_ptr<algebra::ChangeSet> set;
  };

  // Null when nobody listens to the database.
  Table* table(unsigned db);
  void touch(unsigned db, Table& table, std::string_view key, std::uint32_t index);
  void touch_all(unsigned db, Table& table, const keyspace::Database& keys);
  void finish(unsigned db, Table& table);
  std::optional<Document> document(unsigned db, std::string_view key, const Document* earlier);
  void observe_if_needed();

  keyspace::Keyspace& keyspace_;
  const value::Account* account_ = nullptr;
  std::vector<keyspace::KeyspaceObserver*> listeners_;  // guarded by the keyspace's mutex
  // The rest belongs to whoever applies.
  Wanted wanted_;
  KeyContents contents_;
  bool observing_ = false;
  bool any_touched_ = false;
  Lsn lsn_;
  std::int64_t now_ms_ = 0;
  std::vector<Table> tables_;
};

}  // namespace octavo::layout
