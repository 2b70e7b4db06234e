#include "protocol/mongodb/command/index_build.h"

#include <memory>
#include <utility>

#include "base/mutex.h"
#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/type/print.h"
#include "io/worker_pool.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/index_checks.h"
#include "protocol/mongodb/command/index_duplicates.h"
#include "protocol/mongodb/command/shared.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Value;

std::unexpected<WriteError> failed(Error error) {
  return std::unexpected(WriteError{with_number(std::move(error)), {}});
}

// What a build came to, told by a thread of the engine.
class BuildEnd {
 public:
  void set(Status status) {
    const MutexLock lock(mutex_);
    status_ = std::move(status);
  }
  std::optional<Status> get() {
    const MutexLock lock(mutex_);
    return status_;
  }

 private:
  Mutex mutex_;
  std::optional<Status> status_ OCTAVO_GUARDED_BY(mutex_);
};

Status wait_until_built(CommandCall& call, TableId table, IndexId index) {
  const auto end = std::make_shared<BuildEnd>();
  protocol::Statement& statement = call.statement();
  call.engine().when_index_ready(table, index, [end, alarm = statement.alarm()](Status status) {
    end->set(std::move(status));
    alarm->ring();
  });
  for (;;) {
    if (auto status = end->get()) return *std::move(status);
    if (statement.waits_are_over()) return fail(Code::cancelled, "operation was interrupted");
    TRY_STATUS(call.context().evaluation.check_now());
    TRY(const auto waiting, call.shared().service.workers.begin_outside_wait());
    // Looked at again now and then: the deadline of the command.
    constexpr Nanoseconds kLook = std::chrono::milliseconds(100);
    statement.alarm()->block(kLook);
  }
}

// Of a new index; the last of that name.
std::optional<IndexId> id_in(const Changes& changes, std::string_view name) {
  std::optional<IndexId> id;
  for (const catalog::Change& change : changes) {
    const auto* const put = std::get_if<catalog::PutTable>(&change);
    const auto* const index = put == nullptr ? nullptr : put->table.find_index(name);
    if (index != nullptr) id = index->id;
  }
  return id;
}

}  // namespace

Expected<void, WriteError> refuse_duplicates(CommandCall& call, const Collection& collection,
                                             const catalog::IndexDefinition& index) {
  auto found = find_duplicate(call, collection.id(), index);
  if (!found) return failed(std::move(found).error());
  if (!*found) return {};
  WriteError duplicate = duplicate_entry(call.ns(), *collection.table, index, **found);
  duplicate.error =
      caused_by(fmt::format("Index build failed: Collection {}", call.ns()), duplicate.error);
  return std::unexpected(std::move(duplicate));
}

namespace {

// Of what is in the collection already.
Status refuse_unindexable(CommandCall& call, const Collection& collection,
                          const catalog::IndexDefinition& index) {
  IndexChecks checks = IndexChecks::of_index(call.engine(), index);
  call.context().leave_version();
  TRY(const auto query,
      call.engine().query(algebra::make_plan(algebra::Scan{.table = collection.id()}),
                          call.context()));
  constexpr std::size_t kRowsAtOnce = 256;
  std::vector<Value> rows;
  do {
    rows.clear();
    TRY_STATUS(query->next(kRowsAtOnce, rows));
    for (const Value& row : rows) {
      if (Status verdict = checks.check(row); !verdict) {
        return std::unexpected(caused_by(
            fmt::format("Index build failed: Collection {}", call.ns()), verdict.error()));
      }
    }
  } while (!rows.empty());
  return {};
}

}  // namespace

Expected<void, WriteError> build_index(CommandCall& call, const Collection& collection,
                                       const catalog::IndexDefinition& index) {
  if (Status verdict = refuse_unindexable(call, collection, index); !verdict) {
    return failed(std::move(verdict).error());
  }
  if (index.unique) {
    // Before anybody has to wait for the build.
    auto none = refuse_duplicates(call, collection, index);
    if (!none) return none;
  }
  std::optional<IndexId> decided;
  const auto add = [&](const CatalogState& state) -> Result<Changes> {
    TRY(auto changes, catalog::add_index(state, collection.id(), index));
    decided = id_in(changes, index.name);
    return changes;
  };
  // A transaction that makes an index is not waited for by itself.
  const auto change = call.in_transaction() ? &define : &define_alone;
  const Status added = change(call, add);
  const auto table = call.engine().catalog()->share_table(collection.id());
  const auto* const made = table == nullptr ? nullptr : table->find_index(index.name);
  const bool has_failed = !added && added.error().code != Code::already_exists;
  if (has_failed && (made == nullptr || made->id != decided)) return failed(added.error());
  if (made == nullptr) {
    return failed({Code::conflict, "The index was dropped while it was built."});
  }
  const IndexId id = made->id;
  // Once it is defined the failure is that of the build.
  Status built = has_failed ? added : wait_until_built(call, collection.id(), id);
  if (built && !index.unique) return {};
  Expected<void, WriteError> verdict;
  if (!built) {
    verdict = failed(std::move(built).error());
  } else {
    // From here on no document takes a key that another has: what there is came before.
    verdict = refuse_duplicates(call, collection, index);
  }
  if (verdict) return verdict;
  const Status dropped = change(call, [&](const CatalogState& state) -> Result<Changes> {
    const auto* const now = state.find_table(collection.id());
    const auto* const there = now == nullptr ? nullptr : now->find_index(index.name);
    if (there == nullptr || there->id != id) return Changes();
    return catalog::drop_index(state, collection.id(), index.name);
  });
  if (!dropped) return failed(dropped.error());
  return verdict;
}

}  // namespace octavo::mongodb
