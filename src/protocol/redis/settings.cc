#include "protocol/redis/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "base/limits.h"
#include "keyspace/eviction.h"
#include "keyspace/glob.h"
#include "keyspace/numbers.h"
#include "protocol/redis/parameters.h"

namespace octavo::redis {
namespace {

constexpr std::string_view kFsyncChoices = "always, everysec, no";

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) ==
           std::tolower(static_cast<unsigned char>(y));
  });
}

const Parameter* find(std::string_view name) {
  for (const Parameter& parameter : parameters()) {
    if (same_name(parameter.name, name)) return &parameter;
  }
  return nullptr;
}

bool is_choice(std::string_view choices, std::string_view value) {
  while (!choices.empty()) {
    const std::size_t comma = std::min(choices.find(", "), choices.size());
    if (choices.substr(0, comma) == value) return true;
    choices.remove_prefix(std::min(comma + 2, choices.size()));
  }
  return false;
}

bool is_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size();
}

// Why a value is refused; empty when it is fine.
std::string objection(const Parameter& parameter, std::string_view value) {
  using Kind = ParameterKind;
  switch (parameter.kind) {
    case Kind::text: return {};
    case Kind::number: return is_number(value) ? "" : "argument couldn't be parsed into an integer";
    case Kind::size: return parse_memory_size(value) ? "" : "argument must be a memory value";
    case Kind::events:
      return parse_event_flags(value) ? ""
                                      : "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.";
    case Kind::flag: return value == "yes" || value == "no" ? "" : "argument must be 'yes' or 'no'";
    case Kind::choice: {
      const auto choices =
          parameter.name == "appendfsync" ? kFsyncChoices : keyspace::eviction_policy_names();
      if (is_choice(choices, value)) return {};
      return fmt::format("argument(s) must be one of the following: {}", choices);
    }
  }
  return {};
}

}  // namespace

std::optional<std::int64_t> parse_memory_size(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  struct Unit {
    std::string_view name;
    std::int64_t bytes;
  };
  constexpr Unit kUnits[] = {{"", 1},           {"b", 1},
                             {"k", 1000},       {"kb", 1024},
                             {"m", 1000'000},   {"mb", 1024 * 1024},
                             {"g", 1000000000}, {"gb", 1024 * 1024 * 1024}};
  for (const Unit& u : kUnits) {
    if (same_name(u.name, unit)) return number * u.bytes;
  }
  return std::nullopt;
}

Settings::Settings(const keyspace::EncodingLimits& limits) {
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
  for (const auto& [name, value] : changes) {
    const Parameter* parameter = find(name);
    if (parameter == nullptr) {
      return fail(
          Code::invalid_argument,
          fmt::format("ERR Unknown option or number of arguments for CONFIG SET - '{}'", name));
    }
    const std::string why =
        parameter->fixed ? "can't set immutable config" : objection(*parameter, value);
    if (!why.empty()) {
      return fail(
          Code::invalid_argument,
          fmt::format("ERR CONFIG SET failed (possibly related to argument '{}') - {}", name, why));
    }
  }
  const std::scoped_lock lock(mutex_);
  for (const auto& [name, value] : changes) {
    const Parameter* parameter = find(name);
    std::string kept(value);
    if (parameter->kind == ParameterKind::size) kept = std::to_string(*parse_memory_size(value));
    if (parameter->kind == ParameterKind::events) {
      kept = event_flags_text(*parse_event_flags(value));
    }
    take_effect(parameter->name, kept);
    keep(*parameter, kept);
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

void Settings::take_effect(std::string_view name, std::string_view value) {
  if (name == "appendfsync") always_ = value == "always";
  const auto number = [&] { return keyspace::parse_int64(value).value_or(0); };
  if (name == "slowlog-log-slower-than") slow_call_us_ = number();
  if (name == "slowlog-max-len") slow_log_calls_ = static_cast<std::size_t>(number());
  if (name == "latency-monitor-threshold") latency_threshold_ms_ = number();
  if (name == "notify-keyspace-events") event_flags_ = parse_event_flags(value).value_or(0);
  if (name == "maxmemory-policy") {
    eviction_policy_ =
        keyspace::parse_eviction_policy(value).value_or(keyspace::EvictionPolicy::none);
  }
  if (name == "maxmemory") max_memory_ = parse_memory_size(value).value_or(0);
  if (name == "proto-max-bulk-len") {
    max_bulk_bytes_ = parse_memory_size(value).value_or(512 * static_cast<std::int64_t>(kMiB));
  }
}

}  // namespace octavo::redis
