#include "protocol/redis/config/effects.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/text.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/config/parameters.h"

namespace octavo::redis {
namespace {

// "normal 0 0 0 slave …"
OutputLimit output_limit_in(std::string_view value, std::string_view client_class) {
  const auto words = split_words(value);
  const auto found = std::ranges::find(words, client_class);
  const auto number = [&](int behind) { return number_in(found[behind]); };
  return {static_cast<std::size_t>(number(1)), static_cast<std::size_t>(number(2)), number(3)};
}

}  // namespace

std::int64_t number_in(std::string_view value) { return *keyspace::parse_int64(value); }
std::int64_t size_in(std::string_view value) { return *parse_memory_size(value); }

void set_sync(Effects& effects, std::string_view value) {
  effects.syncs_always = value == "always";
}

void set_events(Effects& effects, std::string_view value) {
  effects.event_flags = *parse_event_flags(value);
}

void set_eviction_policy(Effects& effects, std::string_view value) {
  effects.eviction_policy = *keyspace::parse_eviction_policy(value);
}

void set_output_limits(Effects& effects, std::string_view value) {
  effects.output_limits[0] = output_limit_in(value, "normal");
  effects.output_limits[1] = output_limit_in(value, "pubsub");
  effects.replica_output_limit = output_limit_in(value, "slave");
}

std::optional<std::string> check_memory(std::string_view value, const ProcessShare& share) {
  if (share.memory_bytes == 0 || size_in(value) <= share.memory_bytes) return std::nullopt;
  return fmt::format("argument must be between 0 and {} inclusive", share.memory_bytes);
}

std::optional<std::string> check_clients(std::string_view value, const ProcessShare& /*share*/) {
  const auto descriptors = descriptors_for_clients();
  if (!descriptors || number_in(value) <= *descriptors) return std::nullopt;
  return fmt::format(
      "The operating system is not able to handle the specified number of clients, try with {}",
      *descriptors);
}

std::optional<std::int64_t> descriptors_for_clients() {
  constexpr std::int64_t kOwnDescriptors = 128;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::int64_t>(limit.rlim_max) - kOwnDescriptors;
}

}  // namespace octavo::redis
