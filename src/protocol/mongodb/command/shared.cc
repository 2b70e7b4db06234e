#include "protocol/mongodb/command/shared.h"

#include <utility>

#include "base/random.h"
#include "engine/engine.h"
#include "protocol/common/logins.h"

namespace octavo::mongodb {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
constexpr std::size_t kSecondBytes = 4;
constexpr std::size_t kRandomBytes = 8;

// Drivers compare elections to tell an old primary from the new one. Ours begin with MongoDB's
// constant, and each run of the server is one: the time of its start.
value::Value election_of(std::int64_t wall_ns) {
  Bytes bytes;
  put_be(bytes, std::uint32_t{0x7fffffff});
  put_be(bytes, static_cast<std::uint64_t>(wall_ns));
  return value::Value::object_id(bytes);
}

value::Value process_of(std::int64_t wall_ns) {
  Bytes bytes;
  put_be(bytes, static_cast<std::uint32_t>(wall_ns / kNanosPerSecond));
  bytes += secure_random_bytes(kRandomBytes);
  static_assert(kSecondBytes + kRandomBytes == 12);
  return value::Value::object_id(bytes);
}

ServerIdentity make_identity(Clock& clock) {
  const std::int64_t wall_ns = clock.wall_ns();
  return {.process = process_of(wall_ns),
          .election = election_of(wall_ns),
          .started_wall_ns = wall_ns,
          .started_ns = clock.monotonic_ns()};
}

std::size_t cursor_share(const ServerOptions& options, engine::Engine& engine) {
  constexpr std::size_t kPart = 2;  // of what all queries may take
  return options.cursor_bytes.value_or(engine.memory().shares.queries / kPart);
}

}  // namespace

CommandShared::CommandShared(const protocol::ServiceContext& given, ServerOptions set)
    : service(given),
      options(std::move(set)),
      identity(make_identity(given.clock)),
      passwords(protocol::find_passwords(service.engine, service.credentials)),
      clock([this] { return service.engine.tail(); }, service.clock),
      cursors(service.clock, cursor_share(options, service.engine)),
      sessions(service.clock, cursors) {}

std::string advertised_address(const CommandShared& shared, protocol::Connection& connection) {
  const std::string& advertised = shared.options.advertised;
  return advertised.empty() ? io::format_address(connection.info().local) : advertised;
}

}  // namespace octavo::mongodb
