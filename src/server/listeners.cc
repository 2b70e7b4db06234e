#include "server/listeners.h"

#include <fmt/format.h>

#include "base/logging.h"
#include "io/file.h"
#include "io/tls.h"

namespace octavo::server {
namespace {

constexpr MetricRow kConnections{"octavo_connections", "Connections that are open."};
constexpr MetricRow kAccepted{"octavo_connections_accepted_total", "Connections accepted."};
constexpr MetricRow kRefused{"octavo_connections_refused_total",
                             "Connections refused at the limit."};

// A field of a listener's totals.
struct TotalRow {
  MetricRow metric;
  std::uint64_t protocol::ListenerTotals::* field;
};
constexpr TotalRow kTotals[] = {
    {{"octavo_commands_total", "Requests: RethinkDB queries, Redis commands, HTTP requests."},
     &protocol::ListenerTotals::commands},
    {{"octavo_received_bytes_total", "Bytes that clients sent."},
     &protocol::ListenerTotals::bytes_in},
    {{"octavo_sent_bytes_total", "Bytes sent to clients."}, &protocol::ListenerTotals::bytes_out},
};

io::SocketAddress address_of(const std::string& host, std::uint64_t port) {
  return {host, static_cast<std::uint16_t>(port)};
}

// The certificate that all listeners share, or null when there is none.
Result<std::shared_ptr<const io::TlsContext>> load_tls(const Settings& settings) {
  const std::string& certificate = settings.text(kTlsCert);
  const std::string& key = settings.text(kTlsKey);
  if (certificate.empty() && key.empty()) return nullptr;
  if (certificate.empty() || key.empty()) {
    return fail(Code::invalid_argument,
                fmt::format("{} is set and {} is not: TLS needs both",
                            certificate.empty() ? kTlsKey.name : kTlsCert.name,
                            certificate.empty() ? kTlsCert.name : kTlsKey.name));
  }
  for (const auto& [row, path] : {std::pair(kTlsCert, certificate), std::pair(kTlsKey, key)}) {
    if (const auto readable = io::read_file(io::posix_file_system(), path); !readable) {
      return fail(Code::invalid_argument,
                  fmt::format("{}: {}; allowed: a PEM file that can be read", row.name,
                              readable.error().what));
    }
  }
  io::TlsServerOptions options;
  options.certificate_file = certificate;
  options.key_file = key;
  auto tls = io::TlsContext::server(options);
  if (tls) return tls;
  return fail(Code::invalid_argument,
              fmt::format("{} and {}: {} Allowed: a certificate and its key, as PEM", kTlsCert.name,
                          kTlsKey.name, tls.error().what));
}

// `tls`, or null where the protocol's own row says so.
Result<std::shared_ptr<const io::TlsContext>> tls_for(
    const Protocol& protocol, const Settings& settings,
    const std::shared_ptr<const io::TlsContext>& tls) {
  const std::string& wish = settings.text(protocol.tls);
  if (wish == "off") return nullptr;
  if (wish == "on" && tls == nullptr) {
    return fail(Code::invalid_argument, fmt::format("{}: on, but {} is not set; allowed: auto "
                                                    "or off, or on with a certificate",
                                                    protocol.tls.name, kTlsCert.name));
  }
  return tls;
}

}  // namespace

struct Listeners::Open {
  const Protocol& protocol;
  std::unique_ptr<protocol::Service> service;
  std::unique_ptr<protocol::Listener> listener;
  std::vector<MetricRegistry::Callback> metrics;

  void observe() {
    const MetricLabels labels{{"protocol", std::string(protocol.name)}};
    MetricRegistry& registry = process_metrics();
    using Kind = MetricRegistry::Kind;
    metrics.push_back(registry.observe(Kind::gauge, kConnections, labels, [this] {
      return static_cast<double>(listener->connections());
    }));
    metrics.push_back(registry.observe(Kind::counter, kAccepted, labels, [this] {
      return static_cast<double>(listener->accepted());
    }));
    metrics.push_back(registry.observe(Kind::counter, kRefused, labels, [this] {
      return static_cast<double>(listener->refused());
    }));
    for (const TotalRow& row : kTotals) {
      metrics.push_back(registry.observe(
          Kind::counter, row.metric, labels,
          [this, field = row.field] { return static_cast<double>(listener->totals().*field); }));
    }
  }
};

Listeners::Listeners(io::Runtime& runtime, protocol::ConnectionTable& connections,
                     protocol::ConnectionMemory& memory)
    : runtime_(runtime), connections_(connections), memory_(memory) {}
Listeners::~Listeners() { close(Nanoseconds(0)); }

Status Listeners::open(const ProtocolStart& start) {
  TRY(const auto tls, load_tls(start.settings));
  for (const Protocol& protocol : protocols()) {
    const bool now = protocol.before_engine == (start.context == nullptr);
    if (!now || !start.settings.number(protocol.port)) continue;
    if (const Status opened = open_one(protocol, start, tls); !opened) {
      return fail(opened.error().code, fmt::format("{}: {}", protocol.name, opened.error().what));
    }
  }
  return {};
}

Status Listeners::open_one(const Protocol& protocol, const ProtocolStart& start,
                           const std::shared_ptr<const io::TlsContext>& tls) {
  const Settings& settings = start.settings;
  auto open = std::unique_ptr<Open>(new Open{protocol, nullptr, nullptr, {}});
  TRY(open->service, protocol.make(start));
  protocol::Service& service = *open->service;

  protocol::ListenerOptions options;
  options.name = protocol.name;
  options.limits = service.limits();
  options.limits.memory = &memory_;
  options.limits.handshake_timeout = Nanoseconds(settings.number(kHandshakeTimeout).value());
  options.refusal = service.refusal();
  options.max_connections = settings.number(kMaxConnections).value();
  TRY(options.tls, tls_for(protocol, settings, tls));
  for (const std::string& host : settings.list(kBind)) {
    options.bind.push_back(address_of(host, settings.number(protocol.port).value()));
  }
  open->listener = std::make_unique<protocol::Listener>(
      runtime_, connections_, std::move(options),
      [&service](protocol::Connection& connection) { return service.serve(connection); });
  if (const Status started = open->listener->start(); !started) {
    return fail(started.error().code, fmt::format("{} (see --{} and --{})", started.error().what,
                                                  protocol.port.name, kBind.name));
  }
  service.listening(*open->listener);
  open->observe();
  for (const io::SocketAddress& address : open->listener->addresses()) {
    announcements_.push_back(
        fmt::format("listening {} {}", protocol.name, io::format_address(address)));
  }
  listeners_.push_back(std::move(open));
  return {};
}

std::vector<std::string> Listeners::take_announcements() {
  return std::exchange(announcements_, {});
}

void Listeners::close(Nanoseconds grace) {
  for (const auto& open : listeners_) open->service->stop();
  // All begin before any is waited for: one grace period for all of them.
  for (const auto& open : listeners_) open->listener->begin_stop(grace);
  for (const auto& open : listeners_) open->listener->finish_stop();
  for (const auto& open : listeners_) open->metrics.clear();
  listeners_.clear();
}

Status check_tls(const Settings& settings) {
  TRY(const auto tls, load_tls(settings));
  for (const Protocol& protocol : protocols()) {
    if (!settings.number(protocol.port)) continue;
    TRY([[maybe_unused]] const auto wish, tls_for(protocol, settings, tls));
  }
  return {};
}

std::vector<std::string> public_addresses(const Settings& settings) {
  std::vector<std::string> out;
  for (const std::string& host : settings.list(kBind)) {
    if (!io::is_loopback(address_of(host, 0))) out.push_back(host);
  }
  return out;
}

}  // namespace octavo::server
