// Those that follow this server, and what a server that follows another one refuses.

#include <algorithm>

#include "keyspace/command_table.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/replica_feed.h"
#include "protocol/redis/session.h"

namespace octavo::redis {
namespace {

// Of a snapshot, so that a replica that is slow to take it holds no more than this.
constexpr std::size_t kMaxWaitingBytes = 64 * kMiB;

// With the keyspace's mutex held: from where on a snapshot of this moment goes on, and what its
// file says of that. False: there is no such place, as the keys are a part of what they will be.
bool find_place(ServiceState& service, Replica& replica, keyspace::RdbWriter::Options& options) {
  const std::string& text = service.engine.keyspace().keyspace().origin();
  if (text.empty()) {
    replica.position = service.source.begin_locked();
    return true;
  }
  const auto origin = Origin::parse(text);
  if (!origin || origin->loading || origin->id.empty()) return false;
  replica.position = origin->offset;
  options.notes.emplace_back("repl-stream-db", std::to_string(origin->db));
  return true;
}

}  // namespace

void Session::begin_feed(std::string_view id, std::uint64_t offset, bool announces) {
  ReplicationSource& source = service_.source;
  auto replica = std::make_shared<Replica>();
  replica->connection = this->id();
  replica->host =
      replica_traits_.host.empty() ? connection_.info().peer.host : replica_traits_.host;
  replica->port = replica_traits_.port;
  replica->takes_any_length = replica_traits_.takes_any_length;
  replica->only_snapshot = replica_traits_.only_snapshot;
  std::unique_ptr<keyspace::RdbWriter> snapshot;
  if (!id.empty() && source.go_on(replica, id, offset)) {
    ++source.counts.partial;
    connection_.output().append("+CONTINUE " + source.id() + "\r\n");
  } else {
    if (!id.empty()) ++source.counts.partial_refused;
    ++source.counts.full;
    keyspace::RdbWriter::Options options;
    options.notes = {{"redis-ver", std::string(kRedisVersion)}, {"aof-base", "0"}};
    options.max_waiting_bytes = kMaxWaitingBytes;
    options.wall_s = system_clock().wall_ns() / 1'000'000'000;
    engine::KeyspaceFacade& keyspace = service_.engine.keyspace();
    {
      const auto lock = keyspace.keyspace().lock();
      if (!find_place(service_, *replica, options)) return reply().error(kNoMasterLink);
      source.add(replica);
      snapshot = std::make_unique<keyspace::RdbWriter>(keyspace.keyspace(), keyspace.changes(),
                                                       service_.engine.memory().connections,
                                                       std::move(options));
    }
    if (announces) {
      connection_.output().append("+FULLRESYNC " + source.id() + " " +
                                  std::to_string(replica->position) + "\r\n");
    }
  }
  reply_mode_ = ReplyMode::off;
  feed_ = std::make_unique<ReplicaFeed>(service_, connection_, long_calls_, std::move(replica),
                                        std::move(snapshot));
  show_flags();
  feed_->start();
}

// Why a server that follows another one does not do it; empty: it may.
std::string Session::refused_as_copy(const keyspace::CommandSpec& spec, keyspace::Args args) const {
  if (!service_.link.is_on()) return {};
  const bool out_of_touch = service_.link.state().phase != LinkPhase::connected &&
                            service_.settings.get("replica-serve-stale-data") == "no";
  const auto may_be_stale = [](const QueuedCall& call) {
    return !call.spec->has(keyspace::kStale);
  };
  const bool queued_some =
      spec.has(keyspace::kEndsMulti) && std::ranges::any_of(queued_, may_be_stale);
  if (out_of_touch && (queued_some || !spec.has(keyspace::kStale))) {
    return "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.";
  }
  if (service_.link.state().loading && !spec.has(keyspace::kLoading)) {
    return "LOADING Redis is loading the dataset in memory";
  }
  const bool writes =
      keyspace::reading_form(spec, args).is_write() ||
      (spec.has(keyspace::kEndsMulti) &&
       std::ranges::any_of(queued_, [](const QueuedCall& call) { return call.spec->is_write(); }));
  return writes ? std::string(kReplicaOnlyReads) : std::string();
}

}  // namespace octavo::redis
