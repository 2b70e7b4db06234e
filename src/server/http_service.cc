#include "server/http_service.h"

#include "base/metrics.h"
#include "base/version.h"
#include "protocol/common/http_status.h"
#include "value/json.h"

namespace octavo::server {
namespace {

// More than any request line and header block that a monitor sends.
constexpr std::size_t kMaxRequestBytes = 64 * kKiB;
constexpr Nanoseconds kIdleTimeout = std::chrono::minutes(5);

protocol::HttpReply show_health(const protocol::Health& health) {
  const protocol::Health::Report report = health.report();
  protocol::HttpReply reply;
  reply.status = report.state == protocol::Health::State::ready ? 200 : 503;
  reply.content_type = "application/json";
  value::ObjectBuilder body;
  body.set("status", value::Value::string(protocol::health_word(report.state)))
      .set("version", value::Value::string(version()))
      .set("uptime_seconds", value::Value::int64(health.uptime_seconds()));
  if (!report.reason.empty()) body.set("reason", value::Value::string(report.reason));
  reply.body = value::to_json(std::move(body).build()) + "\n";
  return reply;
}

protocol::HttpReply show_metrics() {
  protocol::HttpReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = process_metrics().expose();
  return reply;
}

class HttpService final : public protocol::Service {
 public:
  explicit HttpService(const protocol::Health& health) {
    protocol::HttpRoutes routes;
    routes.emplace("/health", [&health](std::string_view) { return show_health(health); });
    routes.emplace("/metrics", [](std::string_view) { return show_metrics(); });
    serve_ = protocol::make_http_status(std::move(routes));
  }

  io::Task<void> serve(protocol::Connection& connection, std::size_t port) override {
    return serve_(connection, port);
  }

  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = kMaxRequestBytes;
    limits.idle_timeout = kIdleTimeout;
    return limits;
  }

 private:
  protocol::Serve serve_;
};

}  // namespace

std::unique_ptr<protocol::Service> make_http_service(const protocol::Health& health) {
  return std::make_unique<HttpService>(health);
}

}  // namespace octavo::server
