#pragma once

// A transaction: what goes into the log and comes back from it. The bytes are a sequence of tagged
// items (docs/formats/transaction.md); building only ever appends, so that a keyspace command costs
// one copy of its arguments. Operations carry row bytes as documents, without row headers.

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/lsn.h"
#include "base/result.h"
#include "base/retry_token.h"
#include "txn/row_key.h"

namespace octavo::txn {

// --- Operations, as views of the encoded bytes -------------------------------------------------

struct PutOp {
  TableId table{};
  BytesView key;                    // encoded primary key
  std::optional<BytesView> before;  // the document as it was; nothing if the row is new
  BytesView after;
  bool whole = false;  // of a row that was there: it was given anew, not changed in parts
};
struct EraseOp {
  TableId table{};
  BytesView key;
  BytesView before;
};
// Iterates the arguments of a keyspace command; the first is its name.
class Arguments {
 public:
  Arguments() = default;
  Arguments(std::uint32_t count, BytesView encoded) : count_(count), rest_(encoded) {}
  std::uint32_t size() const { return count_; }
  // Appends views of all arguments.
  void copy_to(std::vector<BytesView>& out) const;
  BytesView encoded() const { return rest_; }

 private:
  std::uint32_t count_ = 0;
  BytesView rest_;  // per argument: varint size, bytes
};
struct KeyspaceOp {
  std::uint8_t database = 0;
  Arguments arguments;
};
struct DdlOp {
  BytesView bytes;  // the catalog's
};
// Numbers below `next` are taken. Implies a write key, so that two leases cannot overlap.
struct SequenceOp {
  BytesView name;
  std::uint64_t next = 0;
};
struct CursorOp {
  BytesView name;
  BytesView bytes;
};
struct CheckpointOp {
  BytesView name;
  BytesView bytes;
};
using Op = std::variant<PutOp, EraseOp, KeyspaceOp, DdlOp, SequenceOp, CursorOp, CheckpointOp>;

// --- Conditions ----------------------------------------------------------------------------------

// For rows that were not read: checked against the newest state when the transaction commits.
enum class GuardKind : std::uint8_t {
  absent = 0,   // else `already_exists`
  exists = 1,   // else `not_found`
  version = 2,  // the row was last written at exactly `version`, else `conflict`
};
struct Guard {
  GuardKind kind = GuardKind::absent;
  TableId table{};
  Bytes key;
  Lsn version;
};

// Which parts of the state a transaction touches; lets apply skip what is not there.
struct Effects {
  bool rows : 1 = false;  // put, erase
  bool keyspace : 1 = false;
  bool ddl : 1 = false;
  bool meta : 1 = false;                               // sequence, cursor, checkpoint, retry token
  bool stored() const { return rows || ddl || meta; }  // anything that kv must write
};

// --- Reading
// ---------------------------------------------------------------------------------------

// The operations of a checked transaction, decoded as they are visited.
class OpsView {
 public:
  OpsView() = default;
  OpsView(BytesView items, std::uint32_t count) : items_(items), count_(count) {}
  std::uint32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }

  class Iterator {
   public:
    explicit Iterator(BytesView rest) : rest_(rest) {}
    // False at the end.
    bool next(Op& op);

   private:
    BytesView rest_;
  };
  Iterator begin_ops() const { return Iterator(items_); }

  // `visit(op)` per operation, in order; `visit` is an overload set over the members of `Op`.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    Op op;
    for (Iterator at = begin_ops(); at.next(op);) std::visit(visit, op);
  }

 private:
  BytesView items_;
  std::uint32_t count_ = 0;
};

// A checked transaction over bytes that somebody else owns.
struct TransactionView {
  TransactionId id{};
  std::optional<Lsn> snapshot;  // nothing: writes without having read, never loses a race
  std::optional<RetryToken> retry;
  Effects effects;
  OpsView ops;
};

// Where keys were read, from a place among them on. Those before any were read at the snapshot.
struct ReadAt {
  Lsn at;
  std::size_t write_key = 0;  // the first of them
  std::size_t read_key = 0;   // likewise
};

class ReadWatch;  // txn/read_watch.h

// What certification needs besides the view. Reused from transaction to transaction.
struct Footprint {
  std::vector<KeyHash> write_keys;
  std::vector<KeyHash> read_keys;
  std::vector<ReadAt> read_at;
  std::vector<Guard> guards;
  // What must be still so when it commits; null: nothing. Never in a record: only where a process
  // alone writes the log.
  ReadWatch* reads = nullptr;
  void clear();
};

// Takes one transaction from the front of a record's payload. Every byte is checked: after success
// `ops` cannot fail. `corrupt` otherwise.
Result<TransactionView> decode_transaction(ByteReader& input, Footprint& footprint);

// --- Building
// ----------------------------------------------------------------------------------------

// A finished transaction, ready to be submitted. Keep it alive until the verdict.
class Transaction {
 public:
  Transaction();
  BytesView encoded() const { return bytes_; }  // with its length in front
  const Footprint& footprint() const { return footprint_; }
  std::optional<Lsn> snapshot() const { return snapshot_; }
  const std::optional<RetryToken>& retry() const { return retry_; }
  TransactionId id() const { return id_; }
  Effects effects() const { return effects_; }
  std::uint32_t op_count() const { return op_count_; }
  OpsView ops() const;
  TransactionView view() const;

 private:
  friend class TransactionBuilder;
  Bytes bytes_;
  Footprint footprint_;
  TransactionId id_{};
  std::optional<Lsn> snapshot_;
  std::optional<RetryToken> retry_;
  Effects effects_;
  std::uint32_t op_count_ = 0;
};

class TransactionBuilder {
 public:
  // Once each, in any order with the rest.
  void set_id(TransactionId id);
  // The state that the executor read. Conflicts with every later commit of a key that this
  // transaction writes (or reads, by `read_key`).
  void set_snapshot(Lsn snapshot);
  void set_retry(const RetryToken& token);
  // Where the keys that follow were read, if not at the snapshot: for transactions whose rows were
  // read one by one, under locks held since. Below the window a row is judged by its version.
  void read_at(Lsn at);

  // `whole` is for those who are told of changes, and of rows that were there.
  void put(TableId table, BytesView key, std::optional<BytesView> before, BytesView after,
           bool whole = false);
  void erase(TableId table, BytesView key, BytesView before);
  void keyspace(std::uint8_t database, std::span<const BytesView> arguments);
  void ddl(BytesView bytes);
  void sequence(BytesView name, std::uint64_t next);
  void cursor(BytesView name, BytesView bytes);
  void checkpoint(BytesView name, BytesView bytes);

  // Keys beyond those that the operations imply.
  void read_key(KeyHash key);
  void write_key(KeyHash key);
  void guard_absent(TableId table, BytesView key);
  void guard_exists(TableId table, BytesView key);
  void guard_version(TableId table, BytesView key, Lsn version);
  // `Authority::sole` only; outlives the verdict.
  void watch_reads(ReadWatch& reads) { transaction_.footprint_.reads = &reads; }

  bool empty() const { return transaction_.op_count_ == 0; }
  std::uint32_t op_count() const { return transaction_.op_count_; }
  std::size_t bytes() const { return transaction_.bytes_.size(); }

  // The transaction so far; valid until the builder changes. `invalid_argument` above
  // kMaxTransactionBytes.
  Result<const Transaction*> finish();
  // Moves it out.
  Result<Transaction> build();
  // Forgets everything and keeps the memory.
  void clear();

 private:
  void guard(GuardKind kind, TableId table, BytesView key, Lsn version);
  Transaction transaction_;
};

}  // namespace octavo::txn
