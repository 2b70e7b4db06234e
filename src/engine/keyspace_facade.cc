#include "engine/keyspace_facade.h"

#include "base/limits.h"
#include "base/random.h"
#include "catalog/reserved.h"
#include "exec/spill_space.h"
#include "keyspace/command_table.h"
#include "keyspace/deferred_read.h"
#include "keyspace/expiry_calls.h"
#include "keyspace/prepared_write.h"
#include "keyspace/reply.h"

namespace octavo::engine {
namespace {

// Smaller ones are not worth counting: the answers of a few commands take more.
constexpr std::size_t kLargeBytes = 256 * kKiB;

static_assert(keyspace::Keyspace::Options().databases == catalog::kKeyspace.tables.count);

// The seed of random choices (SPOP, …) within one transaction: the same live and in replay.
std::uint64_t seed_of(const Lsn& lsn, std::uint32_t first_op) {
  char place[kEncodedLsnSize + sizeof first_op];
  store_lsn(place, lsn);
  store_le(place + kEncodedLsnSize, first_op);
  return hash64(BytesView(place, sizeof place));
}

// Whoever looks again at a batch that was answered in part finds the rest checked again.
void refuse_calls(keyspace::LocalBatch& batch, Caller& caller) {
  batch.refuse_calls([&](const keyspace::CommandSpec& spec, unsigned db,
                         keyspace::Args args) -> std::optional<std::string> {
    if (caller.may(spec, db, args)) return std::nullopt;
    return keyspace::no_permission(spec);
  });
}

}  // namespace

void KeyspaceSubmission::hold(MemoryPool& pool, std::size_t bytes) {
  if (bytes < kLargeBytes) return;
  pool.force(bytes);
  held_of_ = &pool;
  held_bytes_ = bytes;
}

void KeyspaceSubmission::let_go() {
  if (held_bytes_ == 0) return;
  builder_.clear();  // a connection does not keep it
  held_of_->release(std::exchange(held_bytes_, 0));
}

void KeyspaceSubmission::complete(txn::Verdict verdict) {
  let_go();
  applied(verdict.status, verdict.lsn);
}

void KeyspaceFacade::submit(KeyspaceSubmission& submission) {
  keyspace::LocalBatch& batch = submission.batch();
  if (!submission.caller_.is_administrator()) refuse_calls(batch, submission.caller_);
  if (!batch.has_writes()) {
    keyspace_.apply_local(batch, clock_.wall_ns(), thread_random()());
    submission.applied({}, {});
    return;
  }
  if (keyspace_.is_copy()) {
    submission.applied(
        fail(Code::permission_denied, "You can't write against a read only replica."), {});
    return;
  }
  submission.builder_.clear();
  batch.encode_ops([&](BytesView op) { submission.builder_.keyspace(0, std::span(&op, 1)); });
  const auto transaction = submission.builder_.finish();
  if (!transaction) {
    submission.applied(fail(transaction.error()), {});
    return;
  }
  submission.hold(*requests_, (*transaction)->encoded().size());
  submission.transaction = *transaction;
  submission.local = &submission.local_batch_;
  keyspace_.prefetch_key(batch);
  sequencer_->submit(submission);
}

void KeyspaceFacade::run_deferred(keyspace::LocalBatch& batch, const CancelToken& token) {
  keyspace::run_deferred(keyspace_, batch, clock_.wall_ns(), thread_random()(), token);
}

void KeyspaceFacade::prepare(keyspace::LocalBatch& batch, keyspace::PreparedWrite& prepared,
                             const CancelToken& token) {
  keyspace::prepare_write(keyspace_, batch, prepared, clock_.wall_ns(), thread_random()(), token);
}

Status replay_transaction(keyspace::Keyspace& keyspace, const txn::OpsView& ops,
                          std::uint32_t first_op, const Lsn& lsn, std::int64_t time_ns) {
  const std::uint64_t seed = seed_of(lsn, first_op);
  std::uint32_t index = 0;
  std::vector<BytesView> arguments;
  txn::Op op;
  for (auto at = ops.begin_ops(); at.next(op);) {
    const auto* command = std::get_if<txn::KeyspaceOp>(&op);
    if (command == nullptr) continue;
    arguments.clear();
    command->arguments.copy_to(arguments);
    const BytesView bytes = arguments.empty() ? BytesView() : arguments.front();
    TRY_STATUS(keyspace.apply_logged(bytes, time_ns, seed, index++));
  }
  return {};
}

Status KeyspaceFacade::apply(const txn::KeyspaceRecord& record) {
  const bool feeds = interest_.any && interest_.any();
  changes_.begin_record(record.lsn, record.time_ns,
                        feeds ? interest_.table : layout::KeyspaceChanges::Wanted());
  Status replayed;
  for (const auto& transaction : record.transactions) {
    if (!replayed) break;
    if (transaction.local != nullptr) {
      keyspace_.apply_local(transaction.local->batch(), record.time_ns,
                            seed_of(record.lsn, transaction.first_op));
    } else {
      replayed = replay_transaction(keyspace_, transaction.ops, transaction.first_op, record.lsn,
                                    record.time_ns);
    }
  }
  record_changes_ = changes_.end_record();
  TRY_STATUS(replayed);
  applied_ = record.lsn;
  return {};
}

Result<Lsn> KeyspaceFacade::commit(keyspace::LocalBatch& batch) {
  txn::LocalCommands local(batch);
  txn::TransactionBuilder builder;
  batch.encode_ops([&](BytesView op) { builder.keyspace(0, std::span(&op, 1)); });
  TRY(const auto* const transaction, builder.finish());
  const auto verdict = sequencer_->commit(*transaction, &local);
  if (!verdict.status) return fail(verdict.status.error());
  return verdict.lsn;
}

Result<std::unique_ptr<exec::SpillFile>> KeyspaceFacade::scratch_file() {
  return scratch_->create();
}

Status KeyspaceFacade::make_room(std::size_t bytes) {
  // What a copy gives up, its origin would still have.
  if (keyspace_.is_copy() && room_.full(bytes)) {
    return fail(Code::resource_exhausted, std::string(keyspace::kOutOfMemory));
  }
  const auto evict = [this](keyspace::LocalBatch& keys) { return commit(keys).has_value(); };
  if (room_.make(bytes, keyspace::KeyspaceRoom::kMaxRounds, evict)) return {};
  return fail(Code::resource_exhausted, std::string(keyspace::kOutOfMemory));
}

bool KeyspaceFacade::evict_some() {
  if (keyspace_.is_copy()) return false;
  bool evicted = false;
  // Whether that made room enough is asked by the next command that needs some.
  (void)room_.make(0, 1,
                   [&](keyspace::LocalBatch& keys) { return evicted = commit(keys).has_value(); });
  return evicted;
}

bool KeyspaceFacade::expire_some(std::size_t limit) {
  if (keyspace_.is_copy()) return false;
  if (clock_.monotonic_ns() < expiry_held_until_ns_) return false;
  keyspace::Expired due;
  {
    const auto lock = keyspace_.lock();
    due.keys = keyspace_.due_keys(now_ms(), limit);
    due.fields = keyspace_.due_fields(now_ms(), limit);
  }
  std::size_t fields = 0;
  for (const auto& ref : due.fields) fields += ref.fields.size();
  const bool more = due.keys.size() == limit || fields == limit;
  keyspace::ExpiryCalls calls(std::move(due));
  return !calls.empty() && commit(calls.batch()).has_value() && more;
}

}  // namespace octavo::engine
