#pragma once

#include <vector>

#include "base/metrics.h"
#include "server/health.h"

namespace octavo::server {

// Memory, descriptors and age of this process, under the names that Prometheus has for them.
class ProcessMetrics {
 public:
  explicit ProcessMetrics(const Health& health);

 private:
  std::vector<MetricRegistry::Callback> callbacks_;
};

}  // namespace octavo::server
