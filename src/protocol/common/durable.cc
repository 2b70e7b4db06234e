#include "protocol/common/durable.h"

#include <algorithm>

#include "engine/engine.h"
#include "io/completion.h"
#include "io/executor.h"

namespace octavo::protocol {

void Promise::add(const Lsn& lsn, Durability durability) {
  lsn_ = any_ ? std::max(lsn_, lsn) : lsn;
  durability_ = std::max(durability_, durability);
  any_ = true;
}

namespace {

// Of one client that writes and waits, waking the log's thread and being woken by it take as long
// as many a disk. Where others are served as well, the thread has better things to do than to wait.
void sync_if_alone(engine::Engine& engine) {
  const io::Executor* const here = io::Executor::current_or_null();
  if (here != nullptr && here->serves_one()) engine.sync_here();
}

}  // namespace

io::Task<Status> wait_durable(engine::Engine& engine, Promise promise, CancelToken over) {
  const auto is_kept = [&] {
    return !promise.any() || promise.durability() == Durability::memory ||
           engine.is_durable(promise.lsn(), promise.durability());
  };
  if (is_kept()) co_return Status();
  sync_if_alone(engine);
  if (is_kept()) co_return Status();
  io::Completion<Status> done;
  engine.when_durable(promise.lsn(), promise.durability(), done.callback());
  const bool came = co_await done.wait(over);
  if (!came) {
    co_return fail(Code::cancelled,
                   "The write was applied; whether it is on disk was not waited for.");
  }
  const Status verdict = done.take();
  if (verdict) co_return verdict;
  co_return fail(Code::indeterminate,
                 "The write was applied but may not be on disk: " + verdict.error().what);
}

}  // namespace octavo::protocol
