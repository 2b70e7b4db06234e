#include "keyspace/testing/test_session.h"

#include <map>

#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/deferred_read.h"
#include "keyspace/file/snapshot.h"
#include "keyspace/file/value_codec.h"
#include "keyspace/prepared_write.h"
#include "keyspace/type/numbers.h"

namespace octavo::keyspace {
namespace {

// Small, so that every reader goes both ways in the tests.
constexpr std::uint64_t kDeferAboveInTests = 8;

std::vector<std::string_view> views(const std::vector<std::string>& args) {
  return {args.begin(), args.end()};
}

}  // namespace

std::string TestSession::apply(LocalBatch& batch, std::string& out, std::int64_t now_ns) {
  ++seed_;
  // The bytes are taken before the call, as the log does.
  std::vector<std::string> ops;
  batch.encode_ops([&](BytesView op) { ops.emplace_back(op); });
  batch.set_defer_above(kDeferAboveInTests);
  keyspace_.apply_local(batch, now_ns, seed_);
  while (batch.deferred()) {
    run_deferred(keyspace_, batch, now_ns, seed_, CancelToken());
    keyspace_.apply_local(batch, now_ns, seed_);
  }
  for (std::uint32_t i = 0; i < ops.size(); ++i) {
    if (!replica_.apply_logged(ops[i], now_ns, seed_, i)) return "-ERR replay failed\r\n";
  }
  while (keyspace_.free_garbage()) {
  }
  if (batch.blocked()) return "-BLOCKED\r\n";
  return out;
}

std::string TestSession::select(const std::vector<std::string>& args) {
  const auto db = args.size() == 2 ? parse_int64(args[1]) : std::nullopt;
  if (!db) return "-ERR value is not an integer or out of range\r\n";
  if (*db < 0 || *db >= static_cast<std::int64_t>(keyspace_.database_count())) {
    return "-ERR DB index is out of range\r\n";
  }
  db_ = static_cast<unsigned>(*db);
  return "+OK\r\n";
}

std::string TestSession::run(const std::vector<std::string>& args, std::int64_t now_ns) {
  const std::string name = lower_case(args[0]);
  if (name == "select") return select(args);
  if (name == "hello") {
    protocol_ = args.size() > 1 && args[1] == "3" ? 3 : 2;
    return "+OK\r\n";
  }
  if (name == "pipe.verify") {
    const std::string difference = compare();
    return difference.empty() ? "+OK\r\n" : "-ERR " + difference + "\r\n";
  }
  if (name == "multi") {
    queueing_ = true;
    broken_ = false;
    queue_.clear();
    return "+OK\r\n";
  }
  if (name == "discard" || name == "unwatch") {
    queueing_ = false;
    watched_.clear();
    return "+OK\r\n";
  }
  if (name == "exec") return exec(now_ns);
  if (name == "watch") {
    for (std::size_t i = 1; i < args.size(); ++i) {
      const auto lock = keyspace_.lock();
      watched_.push_back({db_, args[i], keyspace_.version_of(db_, args[i], now_ns / 1'000'000)});
    }
    return "+OK\r\n";
  }
  const CommandSpec* spec = name.starts_with("octavo.") ? keyspace_commands().find_logged(name)
                                                        : keyspace_commands().find(name);
  if (spec == nullptr || !arity_fits(*spec, args.size())) {
    broken_ = true;
    if (spec == nullptr) return "-ERR unknown command '" + args[0] + "'\r\n";
    return "-ERR wrong number of arguments for '" + name + "' command\r\n";
  }
  if (queueing_) {
    queue_.push_back({spec, db_, args});
    return "+QUEUED\r\n";
  }
  const auto arguments = views(args);
  std::string out;
  LocalBatch batch(out, protocol_);
  batch.add(*spec, db_, arguments);
  std::optional<PreparedWrite> prepared;
  ManualClock clock(now_ns);
  if (makes_value(*spec) &&
      is_long_write(keyspace_, *spec, db_, arguments, clock, kDeferAboveInTests)) {
    prepared.emplace(keyspace_);
    prepare_write(keyspace_, batch, *prepared, now_ns, seed_, CancelToken());
    if (!prepared->made()) return out;
    batch.use(&*prepared);
  }
  return apply(batch, out, now_ns);
}

std::string TestSession::exec(std::int64_t now_ns) {
  if (!queueing_) return "-ERR EXEC without MULTI\r\n";
  queueing_ = false;
  auto guards = std::exchange(watched_, {});
  if (broken_) return "-EXECABORT Transaction discarded because of previous errors.\r\n";
  std::string out;
  LocalBatch batch(out, protocol_);
  batch.begin_transaction(std::move(guards));
  for (const Queued& call : queue_) {
    const auto arguments = views(call.args);
    batch.add(*call.spec, call.db, arguments);
  }
  batch.end_transaction();
  return apply(batch, out, now_ns);
}

namespace {

// Everything that matters of all keys, by database and key.
std::map<std::string, std::string> contents(Keyspace& keyspace) {
  const auto lock = keyspace.lock();
  std::map<std::string, std::string> out;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    const KeyMap& keys = keyspace.database(db).keys();
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const KeyEntry* entry = keys.at(i);
      std::string bytes = std::to_string(entry->expire_at_ms()) + " version " +
                          std::to_string(entry->version) + " ";
      encode_value(bytes, entry->value);
      out[std::to_string(db) + " " + std::string(entry->key())] = std::move(bytes);
    }
  }
  return out;
}

std::string first_difference(const std::map<std::string, std::string>& a,
                             const std::map<std::string, std::string>& b) {
  for (const auto& [key, bytes] : a) {
    const auto other = b.find(key);
    if (other == b.end()) return "key is missing: " + key;
    if (other->second != bytes) return "key differs: " + key;
  }
  return a.size() == b.size() ? "" : "keys are left over";
}

}  // namespace

std::string TestSession::compare() {
  const auto own = contents(keyspace_);
  const std::string replayed = first_difference(own, contents(replica_));
  if (!replayed.empty()) return "after replay, " + replayed;
  std::string file;
  {
    auto lock = keyspace_.lock();
    Snapshotter snapshotter(keyspace_, {});
    lock.unlock();
    while (snapshotter.step(file, 4096)) {
    }
  }
  Keyspace loaded;
  SnapshotLoader loader(loaded);
  if (auto fed = loader.feed(file); !fed) return fed.error().what;
  if (auto done = loader.finish(); !done) return done.error().what;
  const std::string restored = first_difference(own, contents(loaded));
  return restored.empty() ? "" : "after loading a snapshot, " + restored;
}

}  // namespace octavo::keyspace
