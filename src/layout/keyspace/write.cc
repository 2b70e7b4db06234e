#include "layout/keyspace/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <unordered_map>

#include "base/limits.h"
#include "catalog/reserved.h"
#include "keyspace/command_table.h"
#include "keyspace/write_turn.h"
#include "layout/keyspace/key_commands.h"
#include "layout/keyspace/key_documents.h"
#include "value/account.h"

namespace octavo::layout {
namespace {

using value::Value;

constexpr int kMaxAttempts = 100;
constexpr std::chrono::milliseconds kTurnInterval{1};
// A transaction holds about this many commands; they are applied under one hold of the lock.
constexpr std::size_t kSoftCommands = 10'000;
// Of the arguments of commands: here, and in the transaction.
constexpr std::size_t kCopies = 2;
// Replies of a transaction that a guard has stopped (Reply::null_array).
constexpr std::string_view kStopped = "*-1\r\n";
// An error among the others. What clients gave is not in these replies.
constexpr std::string_view kErrorReply = "\r\n-";

bool needs_memory(const std::vector<Command>& commands) {
  return std::ranges::any_of(commands, [](const Command& command) {
    return keyspace::keyspace_commands().find(command.front())->has(keyspace::kDenyOom);
  });
}

std::size_t argument_bytes(const std::vector<Command>& commands) {
  std::size_t bytes = 0;
  for (const Command& command : commands) {
    for (const std::string& argument : command) bytes += argument.size();
  }
  return bytes;
}

class KeyspaceWriter {
 public:
  KeyspaceWriter(const KeyspaceTarget& target, unsigned db, const exec::RowWrites& writes,
                 exec::QueryContext& query)
      : target_(target), db_(db), writes_(writes), query_(query), held_(query.evaluation.account) {}

  Result<exec::RowWritesDone> run() {
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
    std::vector<Command> commands;  // that make it `current`
    bool changed = false;
  };

  // Writes rows from `from` on until they are all written or the transaction is large; returns
  // where to go on. Each lost race makes the part smaller, so that one busy key does not hold up
  // all others.
  Result<std::size_t> write_part(std::size_t from) {
    std::size_t max_rows = kSoftCommands;
    for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
      slots_.clear();
      commands_.clear();
      held_ = value::Charge(query_.evaluation.account);
      TRY(const std::size_t next, decide_rows(from, max_rows));
      if (!gather_commands()) return next;
      TRY(const bool applied, commit());
      if (applied) return next;
      max_rows = std::max<std::size_t>((next - from) / 2, 1);
    }
    return fail(
        Code::conflict,
        fmt::format("The write kept conflicting with other writes; gave up after {} attempts.",
                    kMaxAttempts));
  }

  Result<std::size_t> decide_rows(std::size_t from, std::size_t max_rows) {
    now_ms_ = target_.clock.wall_ns() / 1'000'000;
    std::size_t bytes = 0;
    std::size_t commands = 0;
    growth_ = 0;
    std::size_t i = from;
    for (; i < writes_.keys.size() && i - from < max_rows; ++i) {
      if (bytes > kSoftTransactionBytes || commands > kSoftCommands) break;
      TRY_STATUS(query_.check());
      const auto key = key_of(writes_.keys[i]);
      Slot absent;
      Slot& slot = key ? slot_of(*key, bytes) : absent;
      done_.rows[i] = decide_row(i, slot);
      if (!done_.rows[i] && function::ends_statement(done_.rows[i].error().code)) {
        return fail(done_.rows[i].error());
      }
      commands += slot.commands.size();
      if (slot.changed && slot.current) bytes += slot.current->memory_bytes(kSoftTransactionBytes);
    }
    return i;
  }

  // Keys are read one by one, as they are come to: each has its own version as guard.
  Slot& slot_of(const std::string& key, std::size_t& bytes) {
    const auto [at, fresh] = slots_.try_emplace(key);
    Slot& slot = at->second;
    if (!fresh) return slot;
    const auto lock = target_.keyspace.lock();
    slot.version = target_.keyspace.version_of(db_, key, now_ms_);
    const auto* entry = target_.keyspace.database(db_).find(key);
    if (entry == nullptr || entry->expired_at(now_ms_)) return slot;
    slot.stored = KeyState::of(*entry, now_ms_);
    slot.current = slot.stored->document;
    bytes += slot.current->memory_bytes(kSoftTransactionBytes);
    return slot;
  }

  Status decide_row(std::size_t i, Slot& slot) {
    TRY(exec::RowEdit edit, writes_.decide(i, slot.current ? &*slot.current : nullptr));
    if (edit.action == exec::RowEdit::Action::keep) return {};
    if (edit.action == exec::RowEdit::Action::erase) {
      slot.current.reset();
      slot.commands.clear();
      slot.changed = true;
      return {};
    }
    // Whether the document can be a key is found here, so that the others are not held up by it.
    TRY(KeyEdit change, edit_key(slot.stored ? &*slot.stored : nullptr, edit.row));
    const std::size_t bytes = argument_bytes(change.commands);
    TRY_STATUS(held_.add(kCopies * bytes));
    if (needs_memory(change.commands)) {
      TRY_STATUS(target_.make_room(growth_ + bytes));
      growth_ += bytes;
    }
    if (writes_.stored) writes_.stored(i, change.stored);
    slot.commands = std::move(change.commands);
    slot.current = std::move(change.stored);
    slot.changed = true;
    return {};
  }

  bool gather_commands() {
    commands_.clear();
    guards_.clear();
    for (auto& [key, slot] : slots_) {
      if (!slot.changed) continue;
      if (!slot.current && slot.stored) slot.commands.push_back({"del", key});
      if (slot.commands.empty()) continue;
      std::ranges::move(slot.commands, std::back_inserter(commands_));
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
    // What a long read has pinned is waited for here: in the batch's record everybody would wait.
    std::optional<keyspace::WriteTurn> turn;
    if (target_.keyspace.pins().any()) turn.emplace(target_.keyspace, batch);
    while (turn && !turn->has_come()) {
      TRY_STATUS(query_.check());
      std::this_thread::sleep_for(kTurnInterval);
    }
    TRY(const Lsn lsn, target_.commit(batch));
    if (replies_ == kStopped) return false;
    done_.lsn = lsn;
    done_.changed = true;
    const std::size_t error = replies_.find(kErrorReply);
    if (error == std::string::npos) return true;
    const std::size_t text = error + kErrorReply.size();
    return fail(Code::invalid_argument, replies_.substr(text, replies_.find('\r', text) - text));
  }

  const KeyspaceTarget& target_;
  unsigned db_;
  const exec::RowWrites& writes_;
  exec::QueryContext& query_;
  std::int64_t now_ms_ = 0;  // of the part under way
  std::size_t growth_ = 0;   // what its rows may add to the data
  std::unordered_map<std::string, Slot> slots_;
  std::vector<Command> commands_;
  value::Charge held_;  // for the commands, until the next part
  std::vector<keyspace::WatchGuard> guards_;
  std::string replies_;
  exec::RowWritesDone done_;
};

}  // namespace

Result<exec::RowWritesDone> write_keyspace_rows(const KeyspaceTarget& target,
                                                const exec::RowWrites& writes,
                                                exec::QueryContext& query) {
  const auto db = catalog::keyspace_number(writes.table);
  if (!db) return fail(Code::not_found, "The table does not exist any more.");
  return KeyspaceWriter(target, *db, writes, query).run();
}

}  // namespace octavo::layout
