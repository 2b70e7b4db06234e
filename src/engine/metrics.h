#pragma once

#include <vector>

#include "base/metrics.h"

namespace octavo::kv {
class Store;
}
namespace octavo::keyspace {
class Keyspace;
}
namespace octavo::log {
class CommitLog;
}
namespace octavo::txn {
class Sequencer;
}

namespace octavo::engine {

struct ProcessMemory;

// The statistics of log, sequencer, rows, keyspace and memory as metrics of the process, for as
// long as this lives.
class Metrics {
 public:
  Metrics(const log::CommitLog& log, const txn::Sequencer& sequencer, const kv::Store& rows,
          keyspace::Keyspace& keyspace, const ProcessMemory& memory);

 private:
  void observe_keyspace(keyspace::Keyspace& keyspace);
  void observe_memory(const ProcessMemory& memory);

  std::vector<MetricRegistry::Callback> callbacks_;
};

}  // namespace octavo::engine
