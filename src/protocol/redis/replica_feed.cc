#include "protocol/redis/replica_feed.h"

#include "base/limits.h"
#include "base/logging.h"
#include "base/random.h"
#include "base/text.h"
#include "exec/spill_space.h"
#include "protocol/redis/service_state.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kPieceBytes = 256 * kKiB;
constexpr std::chrono::seconds kTick{1};

}  // namespace

ReplicaFeed::ReplicaFeed(ServiceState& service, protocol::Connection& connection,
                         protocol::Dispatch& long_calls, ReplicaPtr replica,
                         std::unique_ptr<keyspace::RdbWriter> snapshot)
    : service_(service),
      connection_(connection),
      long_calls_(long_calls),
      replica_(std::move(replica)),
      snapshot_(std::move(snapshot)),
      scope_(connection.executor(), connection.token()) {}

ReplicaFeed::~ReplicaFeed() { service_.source.remove(replica_); }

void ReplicaFeed::start() { scope_.spawn(run()); }

io::Task<void> ReplicaFeed::stop() {
  replica_->news.ring();
  co_await scope_.stop();
}

io::Task<void> ReplicaFeed::run() {
  bool more = true;
  if (snapshot_ != nullptr) more = co_await send_snapshot();
  snapshot_.reset();
  // Who wanted no more goes by itself.
  if (more && replica_->only_snapshot) co_return;
  if (more) {
    replica_->acknowledged_ns = system_clock().monotonic_ns();
    replica_->phase = ReplicaPhase::online;
    more = co_await send_stream();
  }
  if (!more) connection_.abort();
}

bool ReplicaFeed::failed(const Error& error) const {
  log_warning("a replica's snapshot was given up",
              {{"replica", replica_->host}, {"reason", error.what}});
  return false;
}

io::Task<bool> ReplicaFeed::send_snapshot() {
  replica_->phase = ReplicaPhase::snapshot;
  log_info("a replica is sent a snapshot", {{"replica", replica_->host}});
  const bool sent = replica_->takes_any_length ? co_await send_marked() : co_await send_measured();
  co_return sent;
}

// Piece by piece as it is made: the mark behind it tells where it ends.
io::Task<bool> ReplicaFeed::send_marked() {
  const std::string mark = format_hex(secure_random_bytes(20));
  connection_.output().append("$EOF:" + mark + "\r\n");
  for (bool more = true; more;) {
    Bytes piece;
    auto step = [&] { return snapshot_->step(piece, kPieceBytes); };
    const Result<bool> made = co_await long_calls_.compute(step);
    if (!made) co_return failed(made.error());
    more = *made;
    connection_.append(std::move(piece));
    const bool sent = co_await connection_.flush();
    if (!sent || scope_.token().cancelled()) co_return false;
  }
  connection_.output().append(mark);
  const bool sent = co_await connection_.flush();
  if (!sent || replica_->only_snapshot) co_return sent;
  // It looks for the mark at the end of what has come: nothing may stand behind it.
  while (!replica_->heard && !scope_.token().cancelled()) {
    (void)co_await replica_->news.wait(kTick, scope_.token());
  }
  co_return true;
}

// Its length stands in front of it: it is made first, into a file without a name.
io::Task<bool> ReplicaFeed::send_measured() {
  auto opened = service_.engine.keyspace().scratch_file();
  if (!opened) co_return failed(opened.error());
  exec::SpillFile& file = **opened;
  for (bool more = true; more;) {
    auto step = [&]() -> Result<bool> {
      Bytes piece;
      TRY(const bool left, snapshot_->step(piece, kPieceBytes));
      TRY_STATUS(file.append(piece));
      return left;
    };
    const Result<bool> made = co_await long_calls_.compute(step);
    if (!made) co_return failed(made.error());
    if (scope_.token().cancelled()) co_return false;
    more = *made;
  }
  connection_.output().append("$" + std::to_string(file.size()) + "\r\n");
  for (std::uint64_t at = 0; at < file.size();) {
    Bytes piece(std::min<std::uint64_t>(kPieceBytes, file.size() - at), '\0');
    auto read = [&] { return file.read(at, piece); };
    const Status done = co_await long_calls_.compute(read);
    if (!done) co_return failed(done.error());
    at += piece.size();
    connection_.append(std::move(piece));
    const bool sent = co_await connection_.flush();
    if (!sent || scope_.token().cancelled()) co_return false;
  }
  co_return true;
}

io::Task<bool> ReplicaFeed::send_stream() {
  const CancelToken token = scope_.token();
  while (!token.cancelled()) {
    service_.source.tick(std::chrono::seconds(service_.ping_replica_seconds.load()));
    Bytes piece;
    if (!service_.source.next(*replica_, kPieceBytes, piece)) {
      const std::string_view why =
          replica_->dismissed ? "the stream goes on under another name" : "it is too far behind";
      log_warning("a replica was dropped", {{"replica", replica_->host}, {"reason", why}});
      co_return false;
    }
    if (piece.empty()) {
      (void)co_await replica_->news.wait(kTick, token);
      continue;
    }
    connection_.append(std::move(piece));
    const bool sent = co_await connection_.flush();
    if (!sent) co_return false;
  }
  co_return true;
}

}  // namespace octavo::redis
