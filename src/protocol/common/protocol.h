#pragma once

// A protocol as the program wires it: what it is called, where it listens, what can be set, and how
// its service is made. Each has one in its `protocol.h`; server/protocols.cc lists them.

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/common/import.h"
#include "protocol/common/service.h"
#include "protocol/common/setting.h"

namespace octavo::protocol {

class Health;
class Settings;

// When TLS begins.
enum class TlsStart : std::uint8_t {
  at_once,
  in_dialogue,  // when the client asks for it: `Connection::start_tls`
};

// Where clients come in. What follows from it: two settings, listening sockets, and the line
// "listening redis 127.0.0.1:6379", which names the port's setting without its end.
struct PortRow {
  SettingRow port;  // port_setting("redis-port", …): the protocol's name, then "-port"
  SettingRow tls;   // tls_setting("redis-tls")
  TlsStart tls_start = TlsStart::at_once;
  std::string_view refusal = {};  // told, if there is no TLS, to a client beyond the limit
  // So many ports more, with the numbers behind this one's, when that setting (a choice) is `on`.
  const SettingRow* more_when = nullptr;
  std::uint16_t more = 0;
};

constexpr SettingRow port_setting(std::string_view name, std::string_view standard,
                                  std::string_view help) {
  return {.name = name,
          .kind = SettingKind::port,
          .fallback = standard,
          .help = help,
          .no_number = "off"};
}

constexpr SettingRow tls_setting(std::string_view name) {
  return {.name = name,
          .kind = SettingKind::choice,
          .fallback = "auto",
          .help = "Whether this protocol uses TLS. auto: when there is a tls-cert.",
          .choices = "auto|on|off"};
}

// For a port with `TlsStart::in_dialogue`.
constexpr SettingRow tls_in_dialogue_setting(std::string_view name) {
  SettingRow row = tls_setting(name);
  row.help = "Whether clients begin TLS. auto: they may when there is a tls-cert. on: they must.";
  return row;
}

struct Protocol {
  // Of "listening …", of metrics and log lines, and of `ConnectionInfo::protocol`.
  std::string_view name;
  std::span<const PortRow> ports;
  std::span<const SettingRow> settings = {};  // its own, beside those of its ports; read in `make`
  std::span<const ImportRow> imports = {};
  // Whether its connections are on every I/O thread also where one for each core is too many for
  // small requests (settings: threads): for requests that are mostly work of their own.
  bool on_all_threads = false;
  // One of the two. `make`: with the data. `make_early`: opens before the engine, for those who
  // watch a start, and never sees the data. The arguments outlive the service.
  Result<std::unique_ptr<Service>> (*make)(const ServiceContext&, const Settings&) = nullptr;
  std::unique_ptr<Service> (*make_early)(const Health&) = nullptr;
};

// What has to be true of each; server/protocols.cc has the compiler check it.
constexpr bool is_well_formed(const Protocol& protocol) {
  const auto named = [&protocol](const PortRow& row) {
    return row.port.name.starts_with(protocol.name) && row.port.name.ends_with("-port") &&
           row.tls.name.starts_with(protocol.name) && row.tls.name.ends_with("-tls");
  };
  return (protocol.make == nullptr) != (protocol.make_early == nullptr) &&
         !protocol.ports.empty() && std::ranges::all_of(protocol.ports, named);
}

// Everything that may be set about them.
constexpr std::vector<SettingRow> settings_of(std::span<const Protocol* const> protocols) {
  std::vector<SettingRow> rows;
  for (const Protocol* protocol : protocols) {
    for (const PortRow& port : protocol->ports) {
      rows.push_back(port.port);
      rows.push_back(port.tls);
    }
    rows.insert(rows.end(), protocol->settings.begin(), protocol->settings.end());
  }
  return rows;
}

}  // namespace octavo::protocol
