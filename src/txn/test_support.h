#pragma once

// A small world over the sequencer for its tests: rows with one index on their whole value, a
// keyspace of counters, a catalog that only counts.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/clock.h"
#include "kv/store.h"
#include "txn/row_format.h"
#include "txn/sequencer.h"

namespace octavo::txn {

// What a connection would bring along: how many of its commands were executed, and the results.
class LocalCommands {
 public:
  std::vector<std::int64_t> results;
};

namespace testing_support {

inline constexpr TableId kTable{5};
inline constexpr IndexId kIndex{6};

inline Bytes index_key(BytesView value, BytesView key) {
  Bytes out = index_begin(kIndex);
  out.append(value).append("|").append(key);
  return out;
}

struct PreparedEntry final : PreparedRows {
  bool fits = true;
  Bytes key;
};

class TestIndex final : public RowHook {
 public:
  void on_change(const RowChange& change, Lsn, kv::WriteBatch& batch) override {
    if (change.before) batch.erase(kv::Family::index, index_key(*change.before, change.key));
    if (change.after) batch.put(kv::Family::index, index_key(*change.after, change.key), "");
  }
  bool use_prepared(const PreparedRows& prepared, kv::WriteBatch& batch) override {
    const auto& entry = static_cast<const PreparedEntry&>(prepared);
    if (!entry.fits) return false;
    batch.put(kv::Family::index, entry.key, "prepared");
    return true;
  }
};

class TestCatalog final : public DdlHook {
 public:
  // Refused by what this version can read.
  static constexpr BytesView kUnreadable = "unreadable";

  Status on_ddl(BytesView ddl, Lsn, std::int64_t, kv::WriteBatch& batch) override {
    if (ddl == kUnreadable) return fail(Code::unsupported, "a definition of kind `view`");
    batch.put(kv::Family::meta, Bytes("catalog/").append(ddl), ddl);
    prepared.push_back(Bytes(ddl));
    return {};
  }
  void on_applied(Lsn lsn) override {
    published.insert(published.end(), prepared.begin(), prepared.end());
    prepared.clear();
    last = lsn;
  }
  void on_discarded() override { prepared.clear(); }
  std::vector<Bytes> prepared;
  std::vector<Bytes> published;
  Lsn last;
};

// Counters: the command is {"incr", name}.
class TestKeyspace final : public KeyspaceHook {
 public:
  struct State {
    Lsn applied;
    std::map<Bytes, std::int64_t> counters;
  };
  Lsn applied() const override { return state.applied; }
  Status apply(const KeyspaceRecord& record) override {
    ASSERT(record.lsn > state.applied);
    state.applied = record.lsn;
    for (const KeyspaceTransaction& transaction : record.transactions) {
      Op op;
      for (auto at = transaction.ops.begin_ops(); at.next(op);) {
        const auto* keyspace = std::get_if<KeyspaceOp>(&op);
        if (keyspace == nullptr) continue;
        std::vector<BytesView> arguments;
        keyspace->arguments.copy_to(arguments);
        ASSERT(arguments.at(0) == "incr");
        const std::int64_t value = ++state.counters[Bytes(arguments.at(1))];
        if (transaction.local != nullptr) transaction.local->results.push_back(value);
      }
    }
    return {};
  }
  State state;
};

class Recorder final : public CommitListener {
 public:
  void on_commit(const CommittedRecord& record) override {
    ASSERT(last < record.lsn);
    ASSERT(!record.transactions.empty());
    last = record.lsn;
    for (const CommittedTransaction& transaction : record.transactions) {
      ++transactions;
      ops += transaction.ops.size();
    }
  }
  Lsn last;
  std::size_t transactions = 0;
  std::size_t ops = 0;
};

class Ticket final : public Submission {
 public:
  void complete(Verdict given) override {
    ASSERT(!verdict);
    verdict = std::move(given);
  }
  std::optional<Verdict> verdict;
};

using Rows = std::map<Bytes, Bytes>;

inline std::optional<Bytes> read_row(const kv::Store& store, BytesView key,
                                     const kv::Snapshot* snapshot = nullptr) {
  Bytes value;
  kv::ReadOptions options;
  options.snapshot = snapshot;
  const Result<bool> found = store.get(kv::Family::rows, row_key(kTable, key), value, options);
  ASSERT(found);
  if (!found.value_or(false)) return std::nullopt;
  const auto row = parse_row(value);
  ASSERT(row);
  return Bytes(row->document);
}

inline Rows read_rows(const kv::Store& store, const kv::Snapshot* snapshot = nullptr) {
  kv::CursorOptions options;
  options.read.snapshot = snapshot;
  options.lower = table_begin(kTable);
  options.upper = table_end(kTable);
  const auto cursor = store.cursor(kv::Family::rows, options);
  Rows rows;
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) {
    const auto row = parse_row(cursor->value());
    ASSERT(row);
    rows.emplace(primary_key_of(cursor->key()), row->document);
  }
  ASSERT(cursor->status());
  return rows;
}

// What the index holds, and what it should hold for `rows`.
inline std::set<Bytes> read_index(const kv::Store& store) {
  std::set<Bytes> entries;
  const auto cursor = store.cursor(kv::Family::index);
  for (cursor->seek_to_first(); cursor->valid(); cursor->next()) entries.emplace(cursor->key());
  return entries;
}
inline std::set<Bytes> index_of(const Rows& rows) {
  std::set<Bytes> entries;
  for (const auto& [key, value] : rows) entries.insert(index_key(value, key));
  return entries;
}

inline Transaction build(const std::function<void(TransactionBuilder&)>& fill) {
  TransactionBuilder builder;
  fill(builder);
  Result<Transaction> transaction = builder.build();
  ASSERT(transaction);
  return *std::move(transaction);
}

// Adds one to the number in a row and, where there is one, to the counter of the keyspace; nothing
// but `conflict` may be the reason when it did not.
inline Verdict increment(Sequencer& sequencer, const kv::Store& store, BytesView key,
                         BytesView counter = {}) {
  const Lsn point = sequencer.read_point();
  const auto before = read_row(store, key);
  const std::int64_t value = before ? std::stoll(*before) : 0;
  const BytesView command[] = {"incr", counter};
  return sequencer.commit(build([&](TransactionBuilder& tx) {
    tx.set_snapshot(point);
    tx.put(kTable, key, before ? std::optional<BytesView>(*before) : std::nullopt,
           std::to_string(value + 1));
    if (!counter.empty()) tx.keyspace(0, command);
  }));
}

inline Code code_of(const Verdict& verdict) {
  ASSERT(!verdict.status);
  return verdict.status ? Code::internal : verdict.status.error().code;
}

}  // namespace testing_support
}  // namespace octavo::txn
