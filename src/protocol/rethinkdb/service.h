#pragma once

#include <memory>

#include "base/result.h"
#include "protocol/common/service.h"

namespace octavo::rethinkdb {

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context);

}  // namespace octavo::rethinkdb
