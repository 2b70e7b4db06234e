#include <map>

#include "server/setting_names.h"
#include "server/setting_sources.h"

namespace octavo::server {

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
