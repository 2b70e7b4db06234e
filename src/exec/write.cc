#include "exec/write.h"

#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "value/document.h"
#include "value/key.h"

namespace octavo::exec {
namespace {

using value::Value;

// Losing a race repeatedly needs a writer that takes no locks (another node, DDL in a loop).
constexpr int kMaxAttempts = 100;

class Writer {
 public:
  Writer(const WriteTarget& target, const RowWrites& writes, QueryContext& query)
      : target_(target),
        writes_(writes),
        query_(query),
        reader_(target.engine, nullptr),
        owner_(target.locks, TransactionId{}) {}

  Result<RowWritesDone> run() {
    if (!query_.may_wait) return fail(Code::would_block, "A write may have to wait.");
    done_.rows.resize(writes_.keys.size());
    TRY_STATUS(prepare_keys());
    TRY_STATUS(lock());
    for (std::size_t from = 0; from < writes_.keys.size();) {
      const auto next = write_part(from);
      if (!next) return fail(done_.changed ? partly_done(next.error()) : next.error());
      from = *next;
    }
    return std::move(done_);
  }

 private:
  // A row as this part of the write sees it.
  struct Slot {
    std::optional<Bytes> stored;   // the document before
    std::optional<Value> current;  // the row now, decoded when first needed
    bool decoded = false;
    bool changed = false;
  };

  Status prepare_keys() {
    keys_.reserve(writes_.keys.size());
    for (const Value& key : writes_.keys) keys_.push_back(value::encoded_key(key));
    return {};
  }

  Status lock() {
    std::vector<txn::KeyHash> hashes;
    hashes.reserve(keys_.size());
    for (const Bytes& key : keys_) hashes.push_back(txn::row_hash(writes_.table, key));
    std::ranges::sort(hashes);
    const auto repeats = std::ranges::unique(hashes);
    hashes.erase(repeats.begin(), repeats.end());
    const std::optional<std::int64_t> deadline = query_.evaluation.deadline_ns == 0
                                                     ? std::nullopt
                                                     : std::optional(query_.evaluation.deadline_ns);
    return target_.locks.lock_all(owner_, hashes, txn::LockMode::exclusive, deadline);
  }

  // Writes rows from `from` on until they are all written or the transaction is large; returns
  // where to go on.
  Result<std::size_t> write_part(std::size_t from) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      TRY_STATUS(query_.check());
      builder_.clear();
      const Lsn snapshot = target_.pipeline.read_point();
      TRY_STATUS(look_at_table());
      TRY_STATUS(read_rows(from));
      TRY(const std::size_t next, decide_rows(from));
      TRY(const bool any, build(snapshot));
      if (!any) return next;
      TRY(const auto* const transaction, builder_.finish());
      const txn::Verdict verdict = target_.pipeline.commit(*transaction);
      if (verdict.status) {
        done_.lsn = verdict.lsn;
        done_.changed = true;
        return next;
      }
      if (verdict.status.error().code != Code::conflict) return fail(verdict.status.error());
    }
    return fail(Code::conflict,
                "The rows were changed by others again and again; the write was given up.");
  }

  // A definition that is newer than the read point loses the race at the schema's key, so a write
  // that commits was decided for the table as it was then.
  Status look_at_table() {
    auto now = target_.definition(writes_.table);
    if (now == nullptr) return fail(Code::not_found, "The table does not exist any more.");
    if (now == table_) return {};
    table_ = std::move(now);
    return writes_.decide_for ? writes_.decide_for(table_) : Status();
  }

  Status read_rows(std::size_t from) {
    slots_.clear();
    const std::span<const Bytes> keys = std::span(keys_).subspan(from);
    TRY(auto rows, reader_.stored(writes_.table, keys, kv::ReadTier::any));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto [it, fresh] = slots_.try_emplace(BytesView(keys[i]));
      if (fresh && rows[i]) it->second.stored = std::move(rows[i]->document);
    }
    return {};
  }

  Result<std::size_t> decide_rows(std::size_t from) {
    std::size_t bytes = 0;
    for (std::size_t i = from; i < keys_.size(); ++i) {
      if (bytes > kSoftTransactionBytes) return i;
      Slot& slot = slots_.at(BytesView(keys_[i]));
      TRY_STATUS(decode(slot));
      auto edit = writes_.decide(i, slot.current ? &*slot.current : nullptr);
      done_.rows[i] = Status();
      if (!edit) {
        if (edit.error().code == Code::would_block) return fail(edit.error());
        done_.rows[i] = fail(std::move(edit).error());
        continue;
      }
      if (edit->action == RowEdit::Action::keep) continue;
      slot.changed = true;
      slot.current.reset();
      if (edit->action == RowEdit::Action::put) {
        bytes += edit->row.memory_bytes();
        slot.current = std::move(edit->row);
      }
    }
    return keys_.size();
  }

  static Status decode(Slot& slot) {
    if (slot.decoded) return {};
    slot.decoded = true;
    if (!slot.stored) return {};
    TRY(slot.current, value::decode_document(*slot.stored));
    return {};
  }

  Result<bool> build(const Lsn& snapshot) {
    builder_.set_snapshot(snapshot);
    builder_.read_key(txn::schema_hash(writes_.table));
    Bytes document;
    for (const Bytes& key : keys_) {
      const auto at = slots_.find(BytesView(key));
      if (at == slots_.end() || !at->second.changed) continue;
      Slot& slot = at->second;
      slot.changed = false;  // a repeated key is written once
      const auto before = slot.stored ? std::optional<BytesView>(*slot.stored) : std::nullopt;
      if (slot.current) {
        document.clear();
        TRY_STATUS(value::encode_document(*slot.current, document));
        if (document.size() > kMaxDocumentBytes) {
          return fail(Code::resource_exhausted, "A document is larger than 128 MiB.");
        }
        builder_.put(writes_.table, key, before, document);
      } else if (before) {
        builder_.erase(writes_.table, key, *before);
      }
    }
    return !builder_.empty();
  }

  const WriteTarget& target_;
  const RowWrites& writes_;
  QueryContext& query_;
  index::TableReader reader_;
  txn::LockOwner owner_;
  TableDefinitionPtr table_;  // what rows are decided for
  std::vector<Bytes> keys_;   // encoded; slots refer to them
  std::unordered_map<BytesView, Slot> slots_;
  txn::TransactionBuilder builder_;
  RowWritesDone done_;
};

}  // namespace

Result<RowWritesDone> write_rows(const WriteTarget& target, const RowWrites& writes,
                                 QueryContext& query) {
  return Writer(target, writes, query).run();
}

}  // namespace octavo::exec
