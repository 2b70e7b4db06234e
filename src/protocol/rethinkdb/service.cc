#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/clock.h"
#include "protocol/common/listener.h"
#include "protocol/common/settings.h"
#include "protocol/rethinkdb/frame.h"
#include "protocol/rethinkdb/protocol.h"
#include "protocol/rethinkdb/session.h"
#include "protocol/rethinkdb/system_tables.h"

namespace octavo::rethinkdb {
namespace {

// As RethinkDB names a server: from its host name, in the characters that names may have.
std::string default_server_name() {
  std::array<char, 64> host{};
  gethostname(host.data(), host.size() - 1);
  std::string name = host.data();
  std::ranges::replace_if(
      name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name.empty() ? "octavo" : name;
}

class RethinkService final : public protocol::Service {
 public:
  RethinkService(const protocol::ServiceContext& context, const protocol::Settings& settings)
      : state_{.engine = context.engine,
               .workers = context.workers,
               .logins = context.logins,
               .credentials = context.credentials,
               .turns = context.turns,
               .jobs = context.jobs,
               .server_name = default_server_name(),
               .server_uuid = context.engine.instance_uuid(),
               .started_wall_ns = context.clock.wall_ns(),
               .query_timeout = Nanoseconds(settings.number(kQueryTimeout).value_or(0)),
               .port = 0,
               .metadata = {}},
        system_tables_(make_system_tables(state_)),
        added_(context.engine.add(*system_tables_)) {}

  io::Task<void> serve(protocol::Connection& connection, std::size_t) override {
    Session session(state_, connection);
    co_await session.serve();
  }

  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = kMaxQueryBytes + kMiB;
    return limits;
  }

  void listening(protocol::Listener& listener) override { state_.port = listener.port_number(0); }

 private:
  ServiceState state_;
  std::unique_ptr<engine::VirtualTables> system_tables_;
  std::unique_ptr<engine::VirtualTableSets::Entry> added_;
};

}  // namespace

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings) {
  return std::make_unique<RethinkService>(context, settings);
}

}  // namespace octavo::rethinkdb
