#include "server/engine_options.h"

#include <chrono>
#include <utility>

#include "protocol/common/listeners.h"
#include "server/core_settings.h"

namespace octavo::server {

engine::Options engine_options(const protocol::Settings& settings,
                               std::shared_ptr<engine::ProcessMemory> memory) {
  engine::Options options;
  options.directory = settings.text(kData);
  options.public_addresses = protocol::public_addresses(settings);
  options.memory = std::move(memory);
  options.spill_directory = settings.text(kSpillDirectory);
  options.spill_limit_bytes = settings.number(kSpillLimit).value_or(0);
  options.log_retention_bytes = settings.number(kLogRetentionBytes).value();
  options.log_retention_age_ns =
      static_cast<std::int64_t>(settings.number(kLogRetentionAge).value_or(0));
  options.log_delay = std::chrono::milliseconds(settings.number(kLogDelayMs).value());
  return options;
}

}  // namespace octavo::server
