#pragma once

// Where settings come from beside the flags (command_line.h): the environment and the
// configuration file.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/common/settings.h"

namespace octavo::server {

using protocol::RawSetting;
using protocol::RawSettings;
using protocol::SettingRow;

// Variables of `environment` (`NAME=value` strings, null at the end) that name a row; in `unknown`
// those that begin with OCTAVO_ and name none.
RawSettings read_environment(std::span<const SettingRow> rows, const char* const* environment,
                             std::vector<std::string>& unknown);

// A TOML file of `name = value` lines; a name that is no row is an error.
Result<RawSettings> read_config_file(std::span<const SettingRow> rows, const std::string& path);
Result<RawSettings> parse_config(std::span<const SettingRow> rows, std::string_view text,
                                 const std::string& path);

}  // namespace octavo::server
