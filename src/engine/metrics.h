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
namespace octavo::exec {
class SpillSpace;
}
namespace octavo::txn {
class LockTable;
class Sequencer;
}  // namespace octavo::txn

namespace octavo::engine {

struct ProcessMemory;

// What has statistics.
struct MetricParts {
  const log::CommitLog& log;
  const txn::Sequencer& sequencer;
  const txn::LockTable& locks;
  const kv::Store& rows;
  keyspace::Keyspace& keyspace;
  const ProcessMemory& memory;
  const exec::SpillSpace& spill;
};

// These as metrics of the process, for as long as this lives.
class Metrics {
 public:
  explicit Metrics(const MetricParts& parts);

 private:
  void observe_keyspace(keyspace::Keyspace& keyspace);
  void observe_memory(const ProcessMemory& memory);
  void observe_spill(const exec::SpillSpace& spill);

  std::vector<MetricRegistry::Callback> callbacks_;
};

}  // namespace octavo::engine
