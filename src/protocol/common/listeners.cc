#include "protocol/common/listeners.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/logging.h"
#include "io/file.h"
#include "io/tls.h"
#include "protocol/common/listener.h"
#include "protocol/common/listener_settings.h"

namespace octavo::protocol {
namespace {

constexpr MetricRow kConnections{"octavo_connections", "Connections that are open."};
constexpr MetricRow kAccepted{"octavo_connections_accepted_total", "Connections accepted."};
constexpr MetricRow kRefused{"octavo_connections_refused_total",
                             "Connections refused at the limit."};

// A field of a listener's totals.
struct TotalRow {
  MetricRow metric;
  std::uint64_t ListenerTotals::* field;
};
constexpr TotalRow kTotals[] = {
    {{"octavo_commands_total", "Requests."}, &ListenerTotals::commands},
    {{"octavo_received_bytes_total", "Bytes that clients sent."}, &ListenerTotals::bytes_in},
    {{"octavo_sent_bytes_total", "Bytes sent to clients."}, &ListenerTotals::bytes_out},
};

constexpr std::uint64_t kMaxPort = 65535;

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

// `tls`, or null where the port's own row says so.
Result<std::shared_ptr<const io::TlsContext>> tls_for(
    const PortRow& row, const Settings& settings,
    const std::shared_ptr<const io::TlsContext>& tls) {
  const std::string& wish = settings.text(row.tls);
  if (wish == "off") return nullptr;
  if (wish == "on" && tls == nullptr) {
    return fail(Code::invalid_argument, fmt::format("{}: on, but {} is not set; allowed: auto "
                                                    "or off, or on with a certificate",
                                                    row.tls.name, kTlsCert.name));
  }
  return tls;
}

// A port for each row of the protocol: one that is off has no addresses.
Result<std::vector<ListenerPort>> ports_of(const Protocol& protocol, const Settings& settings) {
  TRY(const auto tls, load_tls(settings));
  std::vector<ListenerPort> out;
  std::vector<ListenerPort> more;
  for (const PortRow& row : protocol.ports) {
    ListenerPort& port = out.emplace_back();
    const std::optional<std::uint64_t> number = settings.number(row.port);
    if (!number) continue;
    for (const std::string& host : settings.list(kBind)) {
      port.bind.push_back(address_of(host, *number));
    }
    port.refusal = row.refusal;
    TRY(port.tls, tls_for(row, settings, tls));
    if (row.tls_start == TlsStart::in_dialogue && port.tls != nullptr) {
      port.tls_offer = settings.text(row.tls) == "on" ? TlsOffer::required : TlsOffer::offered;
    }
    if (row.more_when == nullptr || settings.text(*row.more_when) != "on") continue;
    if (*number > kMaxPort - row.more) {
      return fail(Code::invalid_argument,
                  fmt::format("{}: {} leaves no room for the {} ports behind it that {} needs",
                              row.port.name, *number, row.more, row.more_when->name));
    }
    for (std::uint64_t i = 1; i <= row.more; ++i) {
      ListenerPort& next = more.emplace_back(port);
      for (io::SocketAddress& at : next.bind) {
        // 0 picks one for each.
        if (at.port != 0) at.port = static_cast<std::uint16_t>(*number + i);
      }
    }
  }
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

bool has_a_port(const Protocol& protocol, const Settings& settings) {
  return std::ranges::any_of(protocol.ports, [&settings](const PortRow& row) {
    return settings.number(row.port).has_value();
  });
}

std::string_view without_end(std::string_view setting) {
  return setting.substr(0, setting.rfind('-'));
}

// "--redis-port and --bind".
std::string address_settings(const Protocol& protocol) {
  std::string out;
  for (const PortRow& row : protocol.ports) {
    out += fmt::format("{}--{}", out.empty() ? "" : ", ", row.port.name);
  }
  return fmt::format("{} and --{}", out, kBind.name);
}

}  // namespace

struct Listeners::Open {
  const Protocol& protocol;
  std::unique_ptr<Service> service;
  std::unique_ptr<Listener> listener;
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

Listeners::Listeners(const ListenersContext& context) : context_(context) {}
Listeners::~Listeners() { close(Nanoseconds(0)); }

template <class Make>
Status Listeners::open_each(bool early, Make&& make) {
  for (const Protocol* protocol : context_.protocols) {
    const bool now = early == (protocol->make_early != nullptr);
    if (!now || !has_a_port(*protocol, context_.settings)) continue;
    Result<std::unique_ptr<Service>> service = make(*protocol);
    const Status opened = service ? open_one(*protocol, *std::move(service))
                                  : Status(fail(std::move(service.error())));
    if (!opened) {
      return fail(opened.error().code, fmt::format("{}: {}", protocol->name, opened.error().what));
    }
  }
  return {};
}

Status Listeners::open_early(const Health& health) {
  return open_each(true, [&health](const Protocol& protocol) {
    return Result<std::unique_ptr<Service>>(protocol.make_early(health));
  });
}

Status Listeners::open(const ServiceContext& service) {
  return open_each(false, [this, &service](const Protocol& protocol) {
    return protocol.make(service, context_.settings);
  });
}

Status Listeners::open_one(const Protocol& protocol, std::unique_ptr<Service> made) {
  const Settings& settings = context_.settings;
  auto open = std::unique_ptr<Open>(new Open{protocol, std::move(made), nullptr, {}});
  Service& service = *open->service;

  ListenerOptions options;
  options.name = protocol.name;
  options.max_connections = settings.number(kMaxConnections).value();
  if (!protocol.on_all_threads) options.idle_threads = context_.idle_threads;
  TRY(options.ports, ports_of(protocol, settings));
  for (std::size_t port = 0; port < options.ports.size(); ++port) {
    ConnectionLimits& limits = options.ports[port].limits;
    limits = service.limits(port);
    limits.memory = &context_.memory;
    limits.handshake_timeout = Nanoseconds(settings.number(kHandshakeTimeout).value());
  }
  open->listener =
      std::make_unique<Listener>(context_.runtime, context_.connections, std::move(options),
                                 [&service](Connection& connection, std::size_t port) {
                                   return service.serve(connection, port);
                                 });
  if (const Status started = open->listener->start(); !started) {
    return fail(started.error().code,
                fmt::format("{} (see {})", started.error().what, address_settings(protocol)));
  }
  service.listening(*open->listener);
  open->observe();
  for (const ListenerAddress& at : open->listener->addresses()) {
    const std::size_t row = std::min(at.port, protocol.ports.size() - 1);
    announcements_.push_back(fmt::format("listening {} {}",
                                         without_end(protocol.ports[row].port.name),
                                         io::format_address(at.address)));
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

Status check_tls(std::span<const Protocol* const> protocols, const Settings& settings) {
  // A certificate that cannot be read is an error also where no port would use it.
  TRY([[maybe_unused]] const auto tls, load_tls(settings));
  for (const Protocol* protocol : protocols) {
    TRY([[maybe_unused]] const auto ports, ports_of(*protocol, settings));
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

}  // namespace octavo::protocol
