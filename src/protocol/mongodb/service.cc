#include <memory>

#include "base/limits.h"
#include "protocol/common/settings.h"
#include "protocol/mongodb/command/scripts.h"
#include "protocol/mongodb/protocol.h"
#include "protocol/mongodb/session.h"
#include "protocol/mongodb/sweeper.h"

namespace octavo::mongodb {
namespace {

constexpr Nanoseconds kSweepPeriod = std::chrono::seconds(1);

class MongodbService final : public protocol::Service {
 public:
  MongodbService(const protocol::ServiceContext& context, ServerOptions options)
      : shared_(context, std::move(options)), sweeper_(kSweepPeriod, [this] { sweep(); }) {}

  io::Task<void> serve(protocol::Connection& connection, std::size_t) override {
    Session session(shared_, connection);
    co_await session.serve();
  }

  // A message is looked at as a whole.
  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = kMaxFrameBytes + 64 * kKiB;
    return limits;
  }

  // What clients have open does not wait for them.
  void stop() override {
    sweeper_.stop();
    shared_.cursors.close();
    shared_.sessions.end_all(nullptr);
  }

 private:
  void sweep() {
    const CommandParameters& parameters = shared_.parameters;
    shared_.cursors.drop_idle(std::chrono::milliseconds(parameters.cursor_timeout_ms.load()));
    shared_.sessions.drop_old(std::chrono::seconds(parameters.transaction_seconds.load()));
  }

  CommandShared shared_;
  Sweeper sweeper_;  // goes first
};

}  // namespace

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings) {
  ServerOptions options{.set_name = settings.text(kReplicaSet),
                        .advertised = settings.text(kAdvertised),
                        .test_commands = settings.text(kTestCommands) == "on",
                        .cursor_bytes = {},
                        .compressors = {}};
  if (const auto bytes = settings.number(kCursorMemory)) options.cursor_bytes = *bytes;
  set_javascript(settings.text(kJavascript) == "on");
  for (const Compressor& row : compressors()) {
    if (row.id != kNoCompressor) options.compressors.push_back(row.name);
  }
  return std::make_unique<MongodbService>(context, std::move(options));
}

}  // namespace octavo::mongodb
