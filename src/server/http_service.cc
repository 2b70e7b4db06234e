#include "server/http_service.h"

#include <utility>

#include "base/metrics.h"
#include "base/version.h"
#include "protocol/common/http.h"
#include "value/json.h"

namespace octavo::server {
namespace {

// More than any request line and header block that a monitor sends.
constexpr std::size_t kMaxRequestBytes = 64 * kKiB;
// Nobody reads the bodies.
constexpr protocol::HttpLimits kHttpLimits{.body_bytes = 64 * kKiB};
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

protocol::HttpReply show_metrics(const protocol::Health&) {
  protocol::HttpReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = process_metrics().expose();
  return reply;
}

struct Page {
  std::string_view method, path;
  protocol::HttpReply (*show)(const protocol::Health& health);  // on an I/O thread: quickly
};
constexpr Page kPages[] = {{"GET", "/health", show_health}, {"GET", "/metrics", show_metrics}};

protocol::HttpReply answer(const protocol::HttpHead& head, const protocol::Health& health) {
  auto page = protocol::find_route(kPages, head);
  return page ? (*page)->show(health) : std::move(page).error();
}

class HttpService final : public protocol::Service {
 public:
  explicit HttpService(const protocol::Health& health) : health_(health) {}

  // There are no workers yet when it opens: all is done on this thread.
  io::Task<void> serve(protocol::Connection& connection, std::size_t) override {
    protocol::HttpConnection http(connection, kHttpLimits);
    for (;;) {
      const protocol::HttpHead* head = co_await http.next();
      if (head == nullptr) co_return;
      protocol::HttpReply reply = answer(*head, health_);
      reply.fields.emplace_back("Cache-Control", "no-store");
      co_await http.reply(std::move(reply));
    }
  }

  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = kMaxRequestBytes;
    limits.idle_timeout = kIdleTimeout;
    return limits;
  }

 private:
  const protocol::Health& health_;
};

}  // namespace

std::unique_ptr<protocol::Service> make_http_service(const protocol::Health& health) {
  return std::make_unique<HttpService>(health);
}

}  // namespace octavo::server
