#pragma once

#include <vector>

#include "base/metrics.h"

namespace octavo::kv {
class Engine;
}
namespace octavo::log {
class LocalLog;
}
namespace octavo::txn {
class Pipeline;
}

namespace octavo::engine {

// The statistics of log, pipeline and rows as metrics of the process, for as long as this lives.
class Metrics {
 public:
  Metrics(const log::LocalLog& log, const txn::Pipeline& pipeline, const kv::Engine& rows);

 private:
  std::vector<MetricRegistry::Callback> callbacks_;
};

}  // namespace octavo::engine
