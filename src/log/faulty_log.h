#pragma once

// A memory log that behaves like a remote one on a bad day, reproducibly from a seed: appends
// fail, records come back later and from `pump()`, syncs lag, and a crash loses what was not
// synced.

#include <memory>

#include "base/clock.h"
#include "log/commit_log.h"

namespace octavo::log {

struct FaultyOptions {
  std::uint64_t seed = 1;
  std::uint32_t node = 0;
  ClusterId cluster;
  double append_error = 0;    // chance that an append is refused; nothing is changed then
  double delivery_delay = 1;  // chance that a record waits for `pump` rather than come back inline
  double sync_delay = 0.5;    // chance that a `pump` does not advance durability
};

class FaultyLog : public CommitLog {
 public:
  // Delivers up to `limit` waiting records, then perhaps advances durability. Returns how many.
  virtual std::size_t pump(std::size_t limit = ~std::size_t{0}) = 0;
  virtual std::size_t undelivered() const = 0;
  // Loses everything that is not `disk` durable, and the consumer. Waiting callbacks get
  // `unavailable`. `start` may be called again, as after a restart.
  virtual void crash() = 0;
  // As `crash`, but only what was not `os` durable is lost: nothing that was appended.
  virtual void kill() = 0;
};

std::unique_ptr<FaultyLog> make_faulty_log(Clock& clock, FaultyOptions options = {});

}  // namespace octavo::log
