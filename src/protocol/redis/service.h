#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "protocol/common/service.h"

namespace octavo::redis {

struct ServiceOptions {
  std::string appendfsync = "everysec";  // no, everysec or always; see docs/protocols/redis.md
  std::size_t max_connections = 10'000;  // until CONFIG SET maxclients
};

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const ServiceOptions& options);

}  // namespace octavo::redis
