// Any bytes decode to a transaction or an error; what decodes can be visited and judged without a
// fault, and building it again from what was visited decodes to the same.

#include "txn/transaction.h"

#include <algorithm>

#include "base/assert.h"
#include "fuzz.h"
#include "kv/store.h"
#include "txn/certifier.h"

using namespace octavo;
using namespace octavo::txn;

namespace {

struct Rebuild {
  TransactionBuilder& builder;
  void operator()(const PutOp& op) const { builder.put(op.table, op.key, op.before, op.after); }
  void operator()(const EraseOp& op) const { builder.erase(op.table, op.key, op.before); }
  void operator()(const KeyspaceOp& op) const {
    std::vector<BytesView> arguments;
    op.arguments.copy_to(arguments);
    ASSERT(arguments.size() == op.arguments.size());
    builder.keyspace(op.database, arguments);
  }
  void operator()(const DdlOp& op) const { builder.ddl(op.bytes); }
  void operator()(const SequenceOp& op) const { builder.sequence(op.name, op.next); }
  void operator()(const CursorOp& op) const { builder.cursor(op.name, op.bytes); }
  void operator()(const CheckpointOp& op) const { builder.checkpoint(op.name, op.bytes); }
};

// Against a window that begins after zero, and no rows. Places in a log are of its partition.
void judge(const TransactionView& view, const Footprint& footprint) {
  static const auto store = kv::open_memory_store();
  constexpr std::uint16_t kPartition = 0;
  const auto is_elsewhere = [](const ReadAt& place) { return place.at.partition() != kPartition; };
  if (view.snapshot && view.snapshot->partition() != kPartition) return;
  if (std::ranges::any_of(footprint.read_at, is_elsewhere)) return;
  Certifier certifier(*store, 4, Lsn::of(kPartition, LsnOrder{1000}));
  certifier.begin_record(0);
  const Judgement judgement = certifier.judge_writes(view, footprint);
  ASSERT(judgement.kind == Judgement::Kind::commits || judgement.kind == Judgement::Kind::lost);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteReader in(fuzz::input(data, size));
  Footprint footprint;
  const auto view = decode_transaction(in, footprint);
  if (!view) return 0;
  judge(*view, footprint);
  TransactionBuilder builder;
  if (raw(view->id) != 0) builder.set_id(view->id);
  if (view->snapshot) builder.set_snapshot(*view->snapshot);
  if (view->retry) builder.set_retry(*view->retry);
  for (const KeyHash key : footprint.read_keys) builder.read_key(key);
  for (const Guard& guard : footprint.guards) {
    switch (guard.kind) {
      case GuardKind::absent: builder.guard_absent(guard.table, guard.key); break;
      case GuardKind::exists: builder.guard_exists(guard.table, guard.key); break;
      case GuardKind::version: builder.guard_version(guard.table, guard.key, guard.version); break;
    }
  }
  view->ops.for_each(Rebuild{builder});
  const auto rebuilt = builder.finish();
  ASSERT(rebuilt);
  ByteReader again((*rebuilt)->encoded());
  Footprint second;
  const auto twin = decode_transaction(again, second);
  ASSERT(twin && again.empty());
  ASSERT(twin->id == view->id && twin->snapshot == view->snapshot);
  ASSERT(twin->ops.size() == view->ops.size());
  ASSERT(second.read_keys == footprint.read_keys);
  ASSERT(second.write_keys.size() <= footprint.write_keys.size());
  ASSERT(second.guards.size() == footprint.guards.size());
  return 0;
}
