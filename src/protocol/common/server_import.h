#pragma once

// Running servers whose data a protocol can copy: `octavo import`. The copy goes into the data of a
// stopped server, which this process has open, or into a running one.

#include <span>
#include <string>

#include "base/result.h"
#include "protocol/common/import.h"
#include "protocol/common/service.h"
#include "protocol/common/setting.h"

namespace octavo::protocol {

class Settings;

struct ServerImport {
  const Settings& settings;
  Existing existing = Existing::refuse;
  // Null: the target is a running server, which the settings name.
  const ServiceContext* data = nullptr;
};

struct ServerImportRow {
  SettingRow source;                     // where the data come from
  SettingRow target;                     // a running server; not set: the data directory
  std::span<const SettingRow> settings;  // beside these two
  // What is to be told at the end. Blocks; not for an I/O thread. Says on standard error what it
  // does.
  Result<std::string> (*run)(const ServerImport& import);
};

}  // namespace octavo::protocol
