#include "protocol/common/settings.h"

#include <fmt/format.h>

#include "base/assert.h"

namespace octavo::protocol {

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

}  // namespace octavo::protocol
