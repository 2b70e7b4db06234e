#include "base/limits.h"
#include "protocol/common/settings.h"
#include "protocol/mysql/protocol.h"
#include "protocol/mysql/session.h"

namespace octavo::mysql {
namespace {

class MysqlService final : public protocol::Service {
 public:
  MysqlService(const protocol::ServiceContext& context, const ServiceOptions& options,
               MakeLanguage language)
      : state_(context, options, language) {}

  io::Task<void> serve(protocol::Connection& connection, std::size_t) override {
    Session session(state_, connection);
    co_await session.serve();
  }

  // A frame at a time is looked at; packets of several are put together outside of the buffer.
  protocol::ConnectionLimits limits(std::size_t) const override {
    protocol::ConnectionLimits limits;
    limits.max_input_bytes = kMaxFrameBytes + 64 * kKiB;
    return limits;
  }

 private:
  ServiceState state_;
};

}  // namespace

std::unique_ptr<protocol::Service> make_service(const protocol::ServiceContext& context,
                                                const protocol::Settings& settings,
                                                MakeLanguage language) {
  const ServiceOptions options{.max_packet = settings.number(kMaxPacket).value(),
                               .local_infile = settings.text(kLocalInfile) == "on"};
  return std::make_unique<MysqlService>(context, options, language);
}

}  // namespace octavo::mysql
