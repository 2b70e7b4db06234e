#pragma once

#include <vector>

#include "base/metrics.h"

namespace octavo::kv {
class Engine;
}
namespace octavo::keyspace {
class Keyspace;
}
namespace octavo::log {
class LocalLog;
}
namespace octavo::txn {
class Pipeline;
}

namespace octavo::engine {

struct ProcessMemory;

// The statistics of log, pipeline, rows, keyspace and memory as metrics of the process, for as long
// as this lives.
class Metrics {
 public:
  Metrics(const log::LocalLog& log, const txn::Pipeline& pipeline, const kv::Engine& rows,
          keyspace::Keyspace& keyspace, const ProcessMemory& memory);

 private:
  void observe_keyspace(keyspace::Keyspace& keyspace);
  void observe_memory(const ProcessMemory& memory);

  std::vector<MetricRegistry::Callback> callbacks_;
};

}  // namespace octavo::engine
