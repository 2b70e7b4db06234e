#pragma once

#include <memory>

#include "engine/engine.h"
#include "protocol/common/settings.h"

namespace octavo::server {

engine::Options engine_options(const protocol::Settings& settings,
                               std::shared_ptr<engine::ProcessMemory> memory);

}  // namespace octavo::server
