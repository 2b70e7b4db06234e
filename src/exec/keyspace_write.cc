#include "exec/keyspace_write.h"

#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "catalog/model.h"
#include "exec/key_documents.h"
#include "keyspace/command_table.h"

namespace octavo::exec {
namespace {

using value::Value;

constexpr int kMaxAttempts = 100;
// A transaction holds about this many commands; they are applied under one hold of the lock.
constexpr std::size_t kSoftCommands = 10'000;
// Replies of a transaction that a guard has stopped (Reply::null_array).
constexpr std::string_view kStopped = "*-1\r\n";

class KeyspaceWriter {
 public:
  KeyspaceWriter(const KeyspaceTarget& target, unsigned db, const RowWrites& writes,
                 QueryContext& query)
      : target_(target), db_(db), writes_(writes), query_(query) {}

  Result<RowWritesDone> run() {
    if (!query_.may_wait) return fail(Code::would_block, "A write may have to wait.");
    done_.rows.resize(writes_.keys.size());
    for (std::size_t from = 0; from < writes_.keys.size();) {
      const auto next = write_part(from);
      if (!next) return fail(done_.changed ? partly_done(next.error()) : next.error());
      from = *next;
    }
    return std::move(done_);
  }

 private:
  // A key as this part of the write sees it.
  struct Slot {
    std::optional<KeyState> stored;
    std::uint64_t version = 0;
    std::optional<Value> current;
    bool changed = false;
  };

  Result<std::size_t> write_part(std::size_t from) {
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      TRY_STATUS(query_.check());
      read_keys(from);
      TRY(const std::size_t next, decide_rows(from));
      TRY(const bool any, add_commands());
      if (!any) return next;
      TRY(const bool applied, commit());
      if (applied) return next;
    }
    return fail(Code::conflict,
                "The keys were changed by others again and again; the write was given up.");
  }

  void read_keys(std::size_t from) {
    slots_.clear();
    commands_.clear();
    const std::int64_t now_ms = target_.clock.wall_ns() / 1'000'000;
    const auto lock = target_.keyspace.lock();
    for (std::size_t i = from; i < std::min(writes_.keys.size(), from + kSoftCommands); ++i) {
      const auto key = key_of(writes_.keys[i]);
      if (!key) continue;
      const auto [at, fresh] = slots_.try_emplace(*key);
      if (fresh) read_key(*key, now_ms, at->second);
    }
  }

  void read_key(const std::string& key, std::int64_t now_ms, Slot& slot) {
    slot.version = target_.keyspace.version_of(db_, key, now_ms);
    const auto* entry = target_.keyspace.database(db_).find(key);
    if (entry == nullptr || entry->expired_at(now_ms)) return;
    slot.stored.emplace(key_document(*entry, now_ms), entry->expire_at_ms);
    slot.current = slot.stored->document;
  }

  Result<std::size_t> decide_rows(std::size_t from) {
    std::size_t bytes = 0;
    const std::size_t end = std::min(writes_.keys.size(), from + kSoftCommands);
    for (std::size_t i = from; i < end; ++i) {
      if (bytes > kSoftTransactionBytes) return i;
      done_.rows[i] = decide_row(i, bytes);
      if (!done_.rows[i] && done_.rows[i].error().code == Code::would_block) {
        return fail(done_.rows[i].error());
      }
    }
    return end;
  }

  Status decide_row(std::size_t i, std::size_t& bytes) {
    const auto key = key_of(writes_.keys[i]);
    Slot absent;
    Slot& slot = key ? slots_.at(*key) : absent;
    TRY(RowEdit edit, writes_.decide(i, slot.current ? &*slot.current : nullptr));
    if (edit.action == RowEdit::Action::keep) return {};
    if (edit.action == RowEdit::Action::erase) {
      slot.current.reset();
      slot.changed = true;
      return {};
    }
    // Whether the document can be a key is found here, so that the others are not held up by it.
    TRY_STATUS(commands_for(slot, edit.row));
    bytes += edit.row.memory_bytes();
    slot.current = std::move(edit.row);
    slot.changed = true;
    return {};
  }

  static Status commands_for(const Slot& slot, const Value& row) {
    TRY(const auto commands, document_to_commands(slot.stored ? &*slot.stored : nullptr, row));
    for (const Command& command : commands) {
      if (keyspace::keyspace_commands().find(command.front()) == nullptr) {
        return fail(Code::unsupported, "Keys of that type cannot be written through this table.");
      }
    }
    return {};
  }

  Result<bool> add_commands() {
    guards_.clear();
    for (auto& [key, slot] : slots_) {
      if (!slot.changed) continue;
      if (slot.current) {
        TRY(auto commands,
            document_to_commands(slot.stored ? &*slot.stored : nullptr, *slot.current));
        std::ranges::move(commands, std::back_inserter(commands_));
      } else if (slot.stored) {
        commands_.push_back({"del", key});
      } else {
        continue;
      }
      guards_.push_back({db_, key, slot.version});
    }
    return !commands_.empty();
  }

  Result<bool> commit() {
    replies_.clear();
    keyspace::LocalBatch batch(replies_);
    batch.begin_transaction(std::move(guards_));
    std::vector<std::string_view> arguments;
    for (const Command& command : commands_) {
      arguments.assign(command.begin(), command.end());
      batch.add(*keyspace::keyspace_commands().find(command.front()), db_, arguments);
    }
    batch.end_transaction();
    TRY(const Lsn lsn, target_.commit(batch));
    if (replies_ == kStopped) return false;
    done_.lsn = lsn;
    done_.changed = true;
    return true;
  }

  const KeyspaceTarget& target_;
  unsigned db_;
  const RowWrites& writes_;
  QueryContext& query_;
  std::unordered_map<std::string, Slot> slots_;
  std::vector<Command> commands_;
  std::vector<keyspace::WatchGuard> guards_;
  std::string replies_;
  RowWritesDone done_;
};

}  // namespace

Result<RowWritesDone> write_keyspace_rows(const KeyspaceTarget& target, const RowWrites& writes,
                                          QueryContext& query) {
  const auto db = catalog::redis_database_number(writes.table);
  if (!db) return fail(Code::not_found, "The table does not exist any more.");
  return KeyspaceWriter(target, *db, writes, query).run();
}

}  // namespace octavo::exec
