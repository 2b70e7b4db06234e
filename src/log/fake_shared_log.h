#pragma once

// A shared log within one process, to see how what stands above `log` fares on one. Several nodes
// append to one store, and each is told of every record, whoever wrote it, `delay` after its
// append, by a thread of its own. Over a local log it survives a restart; the records on the disk
// are those that node 0 would have written without it.

#include <chrono>
#include <cstdint>
#include <memory>

#include "log/commit_log.h"

namespace octavo::log {

class Broker {
 public:
  virtual ~Broker() = default;
  // A log that writes as node `number`, and keeps the broker alive. Node 0 writes as the store
  // itself does: there is one, it is started before all others, and the store stops with it. A
  // number may be used again when the node that had it has stopped.
  virtual std::unique_ptr<CommitLog> node(std::uint32_t number) = 0;
};

// `store` delivers inline and has not been started.
std::shared_ptr<Broker> make_broker(std::unique_ptr<CommitLog> store,
                                    std::chrono::nanoseconds delay);

}  // namespace octavo::log
