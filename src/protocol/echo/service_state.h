#pragma once

#include <cstddef>

#include "protocol/common/service.h"

namespace octavo::echo {

struct ServiceState {
  protocol::ServiceContext context;
  std::size_t max_line;
};

}  // namespace octavo::echo
