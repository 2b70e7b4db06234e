#pragma once

// What a run was set to: a value for each row, from whichever source spoke first.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/common/setting.h"

namespace octavo::protocol {

// Texts that one source gave for a setting, and how to name that source in an error message:
// "--redis-port", "OCTAVO_REDIS_PORT", "octavo.toml: redis-port".
struct RawSetting {
  std::vector<std::string> texts;
  std::string origin;
};
using RawSettings = std::map<std::string, RawSetting, std::less<>>;

class Settings {
 public:
  // Takes each row from the first of `sources` that has it, else its fallback.
  static Result<Settings> resolve(std::span<const SettingRow> rows,
                                  std::span<const RawSettings> sources);

  const std::string& text(const SettingRow& row) const;
  std::optional<std::uint64_t> number(const SettingRow& row) const;
  const std::vector<std::string>& list(const SettingRow& row) const;

 private:
  std::map<std::string, SettingValue, std::less<>> values_;
};

}  // namespace octavo::protocol
