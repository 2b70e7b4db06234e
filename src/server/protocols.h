#pragma once

// The table of protocols. A new one is a row in protocols.cc.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/common/listener.h"
#include "protocol/common/service.h"
#include "server/settings.h"

namespace octavo::server {

class Health;

// What a row makes its service from.
struct ProtocolStart {
  const protocol::ServiceContext* context;  // null for a row that opens before the engine
  const Settings& settings;
  const Health& health;
};

struct Protocol {
  std::string_view name;
  SettingRow port;                       // named `<name>-port`
  SettingRow tls;                        // named `<name>-tls`
  std::span<const SettingRow> settings;  // its own, if any
  Result<std::unique_ptr<protocol::Service>> (*make)(const ProtocolStart&);
  // For those who watch a start: it opens first, and never sees the data.
  bool before_engine = false;
};

std::span<const Protocol> protocols();

// The core rows and those of all protocols: everything that may be set.
std::vector<SettingRow> all_settings();

}  // namespace octavo::server
