#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/log_dump.h"
#include "protocol/common/settings.h"

namespace octavo::server {

using protocol::RawSetting;
using protocol::RawSettings;
using protocol::SettingKind;
using protocol::SettingRow;

enum class Action : unsigned char { serve, check, log_dump, import_data, version, help };

struct Command {
  Action action = Action::help;
  RawSettings flags;      // of `serve` and `import`
  std::string directory;  // of `check` and `log dump`
  engine::LogDumpOptions dump;
  std::string help;  // of `help`: what to print
};

// `arguments` without the program's name.
Result<Command> parse_command_line(std::span<const SettingRow> rows,
                                   const std::vector<std::string>& arguments);

}  // namespace octavo::server
