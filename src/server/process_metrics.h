#pragma once

#include <vector>

#include "base/metrics.h"
#include "protocol/common/health.h"

namespace octavo::server {

// Memory, descriptors and age of this process, under the names that Prometheus has for them.
class ProcessMetrics {
 public:
  // Made when the process starts: `clock` tells when that is.
  ProcessMetrics(const protocol::Health& health, Clock& clock);

 private:
  std::vector<MetricRegistry::Callback> callbacks_;
};

}  // namespace octavo::server
