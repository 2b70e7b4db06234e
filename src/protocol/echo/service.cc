#include "engine/engine.h"
#include "protocol/common/connection_table.h"
#include "protocol/common/jobs.h"
#include "protocol/common/settings.h"
#include "protocol/common/virtual_tables.h"
#include "protocol/echo/protocol.h"
#include "protocol/echo/session.h"

namespace octavo::echo {
namespace {

using value::Value;

// Those that the user may see.
std::vector<Value> lines_rows(const protocol::VirtualRead<const ServiceState>& read) {
  const protocol::ServiceContext& service = read.service.context;
  std::vector<Value> out;
  for (const auto& info : service.connections.list()) {
    const std::string user = info->attribute("user");
    if (info->protocol != kProtocol.name) continue;
    if (!protocol::may_see(service.engine.access(), read.query.user, user)) continue;
    out.push_back(Value::object(
        {{"id", Value::int64(static_cast<std::int64_t>(std::to_underlying(info->id)))},
         {"user", Value::string(user)},
         {"lines", Value::int64(static_cast<std::int64_t>(info->commands.get()))}}));
  }
  return out;
}

constexpr protocol::VirtualTable<const ServiceState> kTables[] = {
    {.number = kLinesNumber, .name = "lines", .rows = lines_rows, .open = true}};

class EchoService final : public protocol::Service {
 public:
  explicit EchoService(const ServiceState& state)
      : state_(state), added_(state.context.engine.add(tables_)) {}

  io::Task<void> serve(protocol::Connection& connection, std::size_t port) override {
    if (port == kHttpPort) co_return co_await serve_http(state_, connection);
    Session session(state_, connection);
    co_await session.serve();
  }

  protocol::ConnectionLimits limits(std::size_t port) const override {
    protocol::ConnectionLimits limits;
    if (port != kHttpPort) limits.max_input_bytes = state_.max_bytes + 1;
    return limits;
  }

 private:
  const ServiceState state_;
  const protocol::VirtualTableSet<const ServiceState> tables_{kIds, kTables, state_};
  const std::unique_ptr<engine::VirtualTableSets::Entry> added_;
};

}  // namespace

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings) {
  return std::make_unique<EchoService>(ServiceState(context, settings.number(kMaxBytes).value()));
}

}  // namespace octavo::echo
