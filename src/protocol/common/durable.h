#pragma once

// Waiting until writes are as durable as their client was promised.

#include "base/cancel.h"
#include "base/durability.h"
#include "base/lsn.h"
#include "base/result.h"
#include "io/task.h"

namespace octavo::engine {
class Engine;
}  // namespace octavo::engine

namespace octavo::protocol {

// What a reply promises about the writes behind it. Each protocol maps its own words to the three
// durabilities: `durability="hard"`, `appendfsync`.
class Promise {
 public:
  // The newest position counts, and the strongest durability.
  void add(const Lsn& lsn, Durability durability);
  bool any() const { return any_; }  // something was written
  const Lsn& lsn() const { return lsn_; }
  Durability durability() const { return durability_; }

 private:
  Lsn lsn_;
  Durability durability_ = Durability::memory;
  bool any_ = false;
};

// OK when the promise is kept. `indeterminate`: the writes were applied but may not be on disk.
// `cancelled`: `over` came first; the writes go on becoming durable. On an executor. Where nothing
// is to be waited for it does not suspend.
io::Task<Status> wait_durable(engine::Engine& engine, Promise promise, CancelToken over = {});

}  // namespace octavo::protocol
