// The same over HTTP: who asks says so with each request.

#include "protocol/common/http.h"

#include <utility>

#include "engine/engine.h"
#include "protocol/common/dispatch.h"
#include "protocol/common/http_login.h"
#include "protocol/common/jobs.h"
#include "protocol/echo/service_state.h"
#include "value/json.h"

namespace octavo::echo {
namespace {

using value::Value;

// The body, as it comes.
io::Task<void> echo(const ServiceState&, protocol::HttpConnection& http, std::string) {
  Result<BytesView> piece = co_await http.read_body();
  if (!piece) {
    protocol::HttpReply reply(protocol::http_status_of(piece.error()), piece.error().what + "\n");
    co_return co_await http.reply(std::move(reply));
  }
  http.begin_reply(protocol::HttpReply());
  while (piece && !piece->empty()) {
    const bool sent = co_await http.send(*piece);
    if (!sent) co_return http.break_reply();
    piece = co_await http.read_body();
  }
  piece ? http.end_reply() : http.break_reply();
}

io::Task<void> jobs(const ServiceState& service, protocol::HttpConnection& http, std::string user) {
  std::vector<Value> rows;
  engine::Engine& engine = service.context.engine;
  for (const auto& [id, job] : protocol::list_for(service.context.jobs, engine.access(), user)) {
    rows.push_back(
        Value::object({{"id", Value::int64(static_cast<std::int64_t>(std::to_underlying(id)))},
                       {"protocol", Value::string(job.protocol)},
                       {"user", Value::string(job.user)},
                       {"text", Value::string(job.text())}}));
  }
  protocol::HttpReply reply(200, value::to_json(Value::array(std::move(rows))) + "\n");
  reply.content_type = "application/json";
  co_await http.reply(std::move(reply));
}

struct Route {
  std::string_view method, path;
  io::Task<void> (*answer)(const ServiceState&, protocol::HttpConnection&, std::string user);
};
constexpr Route kRoutes[] = {{"POST", "/echo", echo}, {"GET", "/jobs", jobs}};

}  // namespace

io::Task<void> serve_http(const ServiceState& service, protocol::Connection& connection) {
  const protocol::ServiceContext& context = service.context;
  protocol::Dispatch dispatch(context.workers, connection);
  protocol::HttpConnection http(
      connection, {.body_bytes = service.max_bytes},
      [&dispatch](auto work) { return dispatch.run(protocol::Weight::usual, std::move(work)); });
  protocol::HttpLogin login(connection, context.logins,
                            protocol::find_passwords(context.engine, context.credentials));
  for (;;) {
    const protocol::HttpHead* head = co_await http.next();
    if (head == nullptr) co_return;
    auto user = co_await login.check(*head);
    auto route = protocol::find_route(kRoutes, *head);
    if (user && route) {
      co_await (*route)->answer(service, http, *std::move(user));
    } else {
      co_await http.reply(user ? std::move(route).error() : std::move(user).error());
    }
  }
}

}  // namespace octavo::echo
