#include "server/protocols.h"

#include <algorithm>

#include "protocol/redis/protocol.h"
#include "protocol/rethinkdb/protocol.h"
#include "server/core_settings.h"
#include "server/http_service.h"

namespace octavo::server {
namespace {

constexpr const protocol::Protocol* kProtocols[] = {&rethinkdb::kProtocol, &redis::kProtocol,
                                                    &kHttp};

constexpr std::vector<SettingRow> settings_of_all() {
  std::vector<SettingRow> rows(std::begin(kCoreRows), std::end(kCoreRows));
  for (const protocol::Protocol* protocol : kProtocols) {
    for (const protocol::PortRow& port : protocol->ports) {
      rows.push_back(port.port);
      rows.push_back(port.tls);
    }
    rows.insert(rows.end(), protocol->settings.begin(), protocol->settings.end());
  }
  return rows;
}

constexpr bool differ(std::vector<std::string_view> names) {
  std::ranges::sort(names);
  return std::ranges::adjacent_find(names) == names.end();
}

constexpr bool settings_differ() {
  std::vector<std::string_view> names;
  for (const SettingRow& row : settings_of_all()) names.push_back(row.name);
  return differ(std::move(names));
}

constexpr bool protocols_differ() {
  std::vector<std::string_view> names;
  for (const protocol::Protocol* protocol : kProtocols) names.push_back(protocol->name);
  return differ(std::move(names));
}

// What is announced and listed is a port's name: its protocol's, perhaps with more.
constexpr bool is_well_formed(const protocol::Protocol& protocol) {
  const auto named = [&protocol](const protocol::PortRow& row) {
    return row.port.name.starts_with(protocol.name) && row.port.name.ends_with("-port") &&
           row.tls.name.starts_with(protocol.name) && row.tls.name.ends_with("-tls");
  };
  return (protocol.make == nullptr) != (protocol.make_early == nullptr) &&
         !protocol.ports.empty() && std::ranges::all_of(protocol.ports, named);
}

static_assert(protocols_differ());
static_assert(settings_differ());
static_assert(std::ranges::all_of(kProtocols, [](const protocol::Protocol* protocol) {
  return is_well_formed(*protocol);
}));

}  // namespace

std::span<const protocol::Protocol* const> protocols() { return kProtocols; }

std::vector<SettingRow> all_settings() { return settings_of_all(); }

}  // namespace octavo::server
