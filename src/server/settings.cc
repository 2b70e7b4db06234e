#include "server/settings.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace octavo::server {

Result<Settings> Settings::resolve(std::span<const SettingRow> rows,
                                   std::span<const RawSettings> sources) {
  Settings settings;
  for (const SettingRow& row : rows) {
    RawSetting given;
    if (!row.fallback.empty()) given.texts.emplace_back(row.fallback);
    for (const RawSettings& source : sources) {
      const auto found = source.find(row.name);
      if (found == source.end()) continue;
      given = found->second;
      break;
    }
    auto value = parse_setting(row, given.texts);
    if (!value) {
      return fail(Code::invalid_argument, fmt::format("{}: {}", given.origin, value.error().what));
    }
    settings.values_.emplace(row.name, *std::move(value));
  }
  return settings;
}

const std::string& Settings::text(const SettingRow& row) const {
  const auto found = values_.find(row.name);
  ASSERT(found != values_.end());
  return std::get<std::string>(found->second);
}

std::optional<std::uint64_t> Settings::number(const SettingRow& row) const {
  const auto found = values_.find(row.name);
  ASSERT(found != values_.end());
  return std::get<std::optional<std::uint64_t>>(found->second);
}

const std::vector<std::string>& Settings::list(const SettingRow& row) const {
  const auto found = values_.find(row.name);
  ASSERT(found != values_.end());
  return std::get<std::vector<std::string>>(found->second);
}

RawSettings read_environment(std::span<const SettingRow> rows, const char* const* environment,
                             std::vector<std::string>& unknown) {
  std::map<std::string, std::string_view> names;
  for (const SettingRow& row : rows) names.emplace(environment_name(row.name), row.name);
  RawSettings out;
  for (; *environment != nullptr; ++environment) {
    const std::string_view variable = *environment;
    const std::size_t equals = variable.find('=');
    if (!variable.starts_with("OCTAVO_") || equals == std::string_view::npos) continue;
    const std::string name(variable.substr(0, equals));
    const auto found = names.find(name);
    if (found == names.end()) {
      unknown.push_back(name);
      continue;
    }
    RawSetting setting;
    setting.texts.emplace_back(variable.substr(equals + 1));
    setting.origin = name;
    out.emplace(found->second, std::move(setting));
  }
  return out;
}

}  // namespace octavo::server
