#include "server/protocols.h"

#include "protocol/redis/service.h"
#include "protocol/rethinkdb/service.h"
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
          .help = "Whether this protocol uses TLS. auto: when there is a tls-cert.",
          .choices = "auto|on|off"};
}

Result<std::unique_ptr<protocol::Service>> make_http(const ProtocolStart& start) {
  return make_http_service(start.health);
}

constexpr SettingRow kQueryTimeout{
    .name = "query-timeout",
    .kind = SettingKind::duration,
    .fallback = "0",
    .help =
        "How long a ReQL query may take from its start, or the request of a further batch, to "
        "the reply; waiting for changes of a feed does not count. 0: no limit.",
    .no_number = "0",
    .minimum = 1'000'000};
constexpr SettingRow kRethinkdbSettings[] = {kQueryTimeout};

Result<std::unique_ptr<protocol::Service>> make_rethinkdb(const ProtocolStart& start) {
  rethinkdb::ServiceOptions options;
  options.query_timeout = Nanoseconds(start.settings.number(kQueryTimeout).value_or(0));
  return rethinkdb::make_service(*start.context, options);
}

constexpr SettingRow kAppendFsync{
    .name = "redis-appendfsync",
    .kind = SettingKind::choice,
    .fallback = "everysec",
    .help =
        "When Redis writes are synced to disk: not waited for, once a second, or before the reply.",
    .choices = "no|everysec|always"};
constexpr SettingRow kRedisSettings[] = {kAppendFsync};

Result<std::unique_ptr<protocol::Service>> make_redis(const ProtocolStart& start) {
  redis::ServiceOptions options;
  options.appendfsync = start.settings.text(kAppendFsync);
  options.max_connections = start.settings.number(kMaxConnections).value();
  return redis::make_service(*start.context, options);
}

constexpr Protocol kProtocols[] = {
    {"rethinkdb", port_row("rethinkdb-port", "28015", "Port of RethinkDB clients."),
     tls_row("rethinkdb-tls"), kRethinkdbSettings, &make_rethinkdb},
    {"redis", port_row("redis-port", "6379", "Port of Redis clients."), tls_row("redis-tls"),
     kRedisSettings, &make_redis},
    {"http",
     port_row("http-port", "8080", "Port of /health and /metrics."),
     tls_row("http-tls"),
     {},
     &make_http,
     true},
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
