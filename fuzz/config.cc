// The configuration file, and every kind of setting's text.

#include <cstddef>
#include <cstdint>

#include "server/core_settings.h"
#include "server/setting_sources.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace protocol = octavo::protocol;
  namespace server = octavo::server;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto raw = server::parse_config(server::kCoreRows, text, "fuzz.toml")) {
    const server::RawSettings sources[] = {*raw};
    static_cast<void>(protocol::Settings::resolve(server::kCoreRows, sources));
  }
  const std::string texts[] = {text};
  for (const server::SettingRow& row : server::kCoreRows) {
    static_cast<void>(protocol::parse_setting(row, texts));
  }
  return 0;
}
