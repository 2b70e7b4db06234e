#include "protocol/common/settings.h"
#include "protocol/echo/protocol.h"
#include "protocol/echo/session.h"

namespace octavo::echo {
namespace {

class EchoService final : public protocol::Service {
 public:
  explicit EchoService(const ServiceState& state) : state_(state) {}

  io::Task<void> serve(protocol::Connection& connection, std::size_t) override {
    Session session(state_, connection);
    co_await session.serve();
  }

  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = state_.max_line + 1;
    return limits;
  }

 private:
  ServiceState state_;
};

}  // namespace

Result<std::unique_ptr<protocol::Service>> make_service(const protocol::ServiceContext& context,
                                                        const protocol::Settings& settings) {
  return std::make_unique<EchoService>(
      ServiceState{.context = context, .max_line = settings.number(kMaxLine).value()});
}

}  // namespace octavo::echo
