#include "protocol/redis/config/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "keyspace/arguments.h"
#include "keyspace/type/glob.h"
#include "protocol/redis/config/parameters.h"

namespace octavo::redis {
namespace {

std::unexpected<Error> failed(std::string_view name, std::string_view why) {
  return fail(
      Code::invalid_argument,
      fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why));
}

}  // namespace

Settings::Settings(const keyspace::EncodingLimits& limits, std::int64_t memory_share)
    : share_{.memory_bytes = memory_share} {
  for (const Parameter& parameter : parameters()) {
    values_.emplace(parameter.name, parameter.fallback);
    if (parameter.effect != nullptr) parameter.effect(effects_, parameter.fallback);
  }
  for (const auto& limit : keyspace::kEncodingLimitNames) {
    keep(*find_parameter(limit.name), std::to_string(limits.*limit.field));
  }
}

std::vector<std::pair<std::string, std::string>> Settings::matching(
    std::string_view pattern) const {
  const MutexLock lock(mutex_);
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& [name, value] : values_) {
    if (!keyspace::glob_matches(pattern, name, true)) continue;
    if (find_parameter(name)->is_hidden && !keyspace::is_word(pattern, name)) continue;
    out.emplace_back(name, value);
  }
  return out;
}

std::string Settings::get(std::string_view name) const {
  const MutexLock lock(mutex_);
  const auto it = values_.find(name);
  return it == values_.end() ? std::string() : it->second;
}

void Settings::start_with(std::string_view name, const std::string& value) {
  const MutexLock lock(mutex_);
  keep(*find_parameter(name), value);
}

Status Settings::set(const std::vector<std::pair<std::string_view, std::string_view>>& changes) {
  std::vector<const Parameter*> named;
  for (const auto& [name, value] : changes) {
    const Parameter* parameter = find_parameter(name);
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
  const MutexLock lock(mutex_);
  std::vector<std::string> values;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto& [name, value] = changes[i];
    auto kept = parameter_value(*named[i], value, values_.find(named[i]->name)->second);
    if (!kept) return failed(name, kept.error().what);
    if (named[i]->limit != nullptr) {
      if (const auto why = named[i]->limit(*kept, share_)) return failed(name, *why);
    }
    const std::string_view standing = named[i]->standing;
    if (!standing.empty() && *kept != values_.find(named[i]->name)->second) {
      return failed(name, standing);
    }
    values.push_back(std::move(*kept));
  }
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (named[i]->effect != nullptr) named[i]->effect(effects_, values[i]);
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

OutputLimit Settings::replica_output_limit() const {
  const MutexLock lock(mutex_);
  return effects_.replica_output_limit;
}

OutputLimit Settings::output_limit(bool of_subscribers) const {
  const MutexLock lock(mutex_);
  return effects_.output_limits[of_subscribers ? 1 : 0];
}

}  // namespace octavo::redis
