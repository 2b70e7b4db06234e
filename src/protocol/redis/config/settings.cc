#include "protocol/redis/config/settings.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/eviction.h"
#include "keyspace/type/glob.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/config/parameters.h"

namespace octavo::redis {
namespace {

const Parameter* find(std::string_view name) {
  for (const Parameter& parameter : parameters()) {
    if (keyspace::is_word(name, parameter.name)) return &parameter;
  }
  return nullptr;
}

std::unexpected<Error> failed(std::string_view name, std::string_view why) {
  return fail(
      Code::invalid_argument,
      fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why));
}

// Of the value in its normal form: "normal 0 0 0 slave …".
OutputLimit output_limit_in(std::string_view value, std::string_view client_class) {
  const auto words = split_words(value);
  const auto found = std::ranges::find(words, client_class);
  const auto number = [&](int behind) { return *keyspace::parse_int64(found[behind]); };
  return {static_cast<std::size_t>(number(1)), static_cast<std::size_t>(number(2)), number(3)};
}

}  // namespace

std::optional<std::int64_t> descriptors_for_clients() {
  constexpr std::int64_t kOwnDescriptors = 128;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::int64_t>(limit.rlim_max) - kOwnDescriptors;
}

Settings::Settings(const keyspace::EncodingLimits& limits, std::int64_t memory_share)
    : memory_share_(memory_share) {
  for (const Parameter& parameter : parameters()) {
    values_.emplace(parameter.name, parameter.fallback);
    take_effect(parameter.name, parameter.fallback);
  }
  for (const auto& limit : keyspace::kEncodingLimitNames) {
    keep(*find(limit.name), std::to_string(limits.*limit.field));
  }
}

std::vector<std::pair<std::string, std::string>> Settings::matching(
    std::string_view pattern) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : values_) {
    if (keyspace::glob_matches(pattern, name, true)) out.emplace_back(name, value);
  }
  return out;
}

std::string Settings::get(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

Status Settings::set(const std::vector<std::pair<std::string_view, std::string_view>>& changes) {
  std::vector<const Parameter*> named;
  for (const auto& [name, value] : changes) {
    const Parameter* parameter = find(name);
    if (parameter == nullptr) {
      return fail(
          Code::invalid_argument,
          fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'", name));
    }
    if (parameter->fixed) return failed(name, "can't set immutable config");
    if (std::ranges::find(named, parameter) != named.end()) {
      return failed(name, "duplicate parameter");
    }
    named.push_back(parameter);
  }
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto& [name, value] = changes[i];
    auto kept = parameter_value(*named[i], value, values_.find(named[i]->name)->second);
    if (!kept) return failed(name, kept.error().what);
    if (named[i]->name == "maxmemory" && memory_share_ > 0 &&
        *parse_memory_size(*kept) > memory_share_) {
      return failed(name,
                    fmt::format("argument must be between 0 and {} inclusive", memory_share_));
    }
    const auto descriptors =
        named[i]->name == "maxclients" ? descriptors_for_clients() : std::nullopt;
    if (descriptors && *keyspace::parse_int64(*kept) > *descriptors) {
      return failed(name, fmt::format("The operating system is not able to handle the specified "
                                      "number of clients, try with {}",
                                      *descriptors));
    }
    values.push_back(std::move(*kept));
  }
  for (std::size_t i = 0; i < named.size(); ++i) {
    take_effect(named[i]->name, values[i]);
    keep(*named[i], values[i]);
  }
  return {};
}

void Settings::keep(const Parameter& parameter, const std::string& value) {
  values_[std::string(parameter.name)] = value;
  if (!parameter.alias.empty()) values_[std::string(parameter.alias)] = value;
}

std::vector<std::pair<std::string, std::string>> Settings::encoding_changes(
    keyspace::Keyspace& keyspace) const {
  std::vector<std::pair<std::string, std::string>> out;
  const auto keyspace_lock = keyspace.lock();
  for (const auto& limit : keyspace::kEncodingLimitNames) {
    std::string wanted = get(limit.name);
    if (wanted == std::to_string(keyspace.limits().*limit.field)) continue;
    out.emplace_back(limit.name, std::move(wanted));
  }
  return out;
}

OutputLimit Settings::output_limit(bool of_subscribers) const {
  const std::scoped_lock lock(mutex_);
  return output_limits_[of_subscribers ? 1 : 0];
}

void Settings::take_effect(std::string_view name, std::string_view value) {
  // The values were found good.
  const auto number = [](std::string_view text) { return *keyspace::parse_int64(text); };
  const auto size = [](std::string_view text) { return *parse_memory_size(text); };
  if (name == "appendfsync") always_ = value == "always";
  if (name == "slowlog-log-slower-than") slow_call_us_ = number(value);
  if (name == "slowlog-max-len") slow_log_calls_ = static_cast<std::size_t>(number(value));
  if (name == "latency-monitor-threshold") latency_threshold_ms_ = number(value);
  if (name == "notify-keyspace-events") event_flags_ = *parse_event_flags(value);
  if (name == "maxmemory-policy") eviction_policy_ = *keyspace::parse_eviction_policy(value);
  if (name == "maxmemory") max_memory_ = size(value);
  if (name == "proto-max-bulk-len") max_bulk_bytes_ = size(value);
  if (name == "client-query-buffer-limit") {
    query_buffer_bytes_ = static_cast<std::size_t>(size(value));
  }
  if (name == "timeout") idle_seconds_ = number(value);
  if (name == "maxclients") max_clients_ = static_cast<std::size_t>(number(value));
  if (name == "tcp-keepalive") keep_alive_seconds_ = static_cast<int>(number(value));
  if (name == "client-output-buffer-limit") {
    output_limits_[0] = output_limit_in(value, "normal");
    output_limits_[1] = output_limit_in(value, "pubsub");
  }
}

}  // namespace octavo::redis
