#pragma once

#include <cstddef>

#include "catalog/reserved.h"
#include "protocol/common/service.h"

namespace octavo::echo {

struct ServiceState {
  protocol::ServiceContext context;
  std::size_t max_bytes;  // of a line, and of a body
};

// The virtual table of who is echoed. A protocol of the program has ids of its own in
// catalog/reserved.h; this one borrows the last of a range.
inline constexpr const catalog::ReservedTables& kIds = *catalog::find_virtual(catalog::kUsers);
inline constexpr unsigned kLinesNumber = kIds.count / kIds.forms - 1;

io::Task<void> serve_http(const ServiceState& service, protocol::Connection& connection);

}  // namespace octavo::echo
