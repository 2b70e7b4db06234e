#include "server/protocols.h"

#include "server/http_service.h"

namespace octavo::server {
namespace {

constexpr SettingRow port_row(std::string_view name, std::string_view standard,
                              std::string_view help) {
  return {.name = name,
          .kind = SettingKind::port,
          .fallback = standard,
          .help = help,
          .no_number = "off"};
}

constexpr SettingRow tls_row(std::string_view name) {
  return {.name = name,
          .kind = SettingKind::choice,
          .fallback = "auto",
          .help = "Whether this door speaks TLS. auto: when there is a tls-cert.",
          .choices = "auto|on|off"};
}

Result<std::unique_ptr<protocol::Service>> make_http(const ProtocolStart& start) {
  return make_http_service(start.health);
}

constexpr Protocol kProtocols[] = {
    {"http", port_row("http-port", "8080", "Port of /health and /metrics."), tls_row("http-tls"),
     {}, &make_http},
};

}  // namespace

std::span<const Protocol> protocols() { return kProtocols; }

std::vector<SettingRow> all_settings() {
  std::vector<SettingRow> rows(std::begin(kCoreRows), std::end(kCoreRows));
  for (const Protocol& protocol : kProtocols) {
    rows.push_back(protocol.port);
    rows.push_back(protocol.tls);
    rows.insert(rows.end(), protocol.settings.begin(), protocol.settings.end());
  }
  return rows;
}

}  // namespace octavo::server
