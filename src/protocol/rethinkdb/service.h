#pragma once

#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "protocol/common/service.h"

namespace octavo::rethinkdb {

struct ServiceOptions {
  Nanoseconds query_timeout{0};  // of each START and CONTINUE; 0: none
};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const ServiceOptions& options);

}  // namespace octavo::rethinkdb
