#include "protocol/redis/command/migrate.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/file/dump.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/outgoing.h"
#include "protocol/redis/replication/effects.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kTogetherBytes = kMiB;  // of values that are sent before answers are read
constexpr std::int64_t kUsualTimeoutMs = 1000;
constexpr std::int64_t kLongestTimeoutMs = 24LL * 3600 * 1000;
constexpr std::size_t kMaxLineBytes = 64 * kKiB;
constexpr std::string_view kStopped = "*-1\r\n";  // Reply::null_array

struct Order {
  std::string host;
  std::uint16_t port = 0;
  unsigned from_db = 0;
  std::string to_db;
  std::int64_t timeout_ns = 0;
  bool copy = false;
  bool replace = false;
  std::vector<std::string> login;  // words of AUTH
  std::vector<std::string> keys;
};

Result<Order> parse(const std::vector<std::string>& args, unsigned db) {
  const auto refuse = [](std::string_view why) {
    return fail(Code::invalid_argument, std::string(why));
  };
  Order order{.host = args[1], .from_db = db, .to_db = args[4], .keys = {args[3]}};
  const auto port = parse_number<std::uint16_t>(args[2]);
  const auto timeout_ms = keyspace::parse_int64(args[5]);
  if (!port || !timeout_ms || !keyspace::parse_int64(args[4])) return refuse(keyspace::kNotInteger);
  order.port = *port;
  order.timeout_ns =
      std::min(*timeout_ms <= 0 ? kUsualTimeoutMs : *timeout_ms, kLongestTimeoutMs) * 1'000'000;
  for (std::size_t i = 6; i < args.size(); ++i) {
    const std::size_t left = args.size() - i - 1;
    if (keyspace::is_word(args[i], "copy")) {
      order.copy = true;
    } else if (keyspace::is_word(args[i], "replace")) {
      order.replace = true;
    } else if (keyspace::is_word(args[i], "auth") && left > 0) {
      order.login = {"AUTH", args[i + 1]};
      i += 1;
    } else if (keyspace::is_word(args[i], "auth2") && left > 1) {
      order.login = {"AUTH", args[i + 1], args[i + 2]};
      i += 2;
    } else if (keyspace::is_word(args[i], "keys")) {
      if (!args[3].empty()) {
        return refuse(
            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string");
      }
      order.keys.assign(args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      break;
    } else {
      return refuse(keyspace::kSyntaxError);
    }
  }
  return order;
}

class Migration {
 public:
  Migration(engine::Engine& engine, const Order& order, Outgoing::GivenUp given_up)
      : engine_(engine), order_(order), given_up_(std::move(given_up)) {}

  // The reply: an error, or a status.
  std::string run() {
    while (next_ < order_.keys.size()) {
      std::vector<Sent> sent;
      Bytes requests = gather(sent);
      if (sent.empty()) continue;
      if (!target_) {
        if (std::string why = connect(); !why.empty()) return why;
      }
      if (!target_->write(requests, order_.timeout_ns, given_up_)) {
        return "IOERR error or timeout writing to target instance";
      }
      if (std::string why = settle(sent); !why.empty()) return why;
    }
    if (!error_.empty()) return error_;
    return found_ ? "" : "NOKEY";
  }

 private:
  struct Sent {
    std::string_view key;
    std::uint64_t version;
  };

  // RESTORE of the next keys that are there.
  Bytes gather(std::vector<Sent>& sent) {
    keyspace::Keyspace& keyspace = engine_.keyspace().keyspace();
    const std::int64_t now_ms = engine_.keyspace().now_ms();
    Bytes out;
    while (next_ < order_.keys.size() && out.size() < kTogetherBytes) {
      const std::string& key = order_.keys[next_++];
      const auto lock = keyspace.lock();
      const keyspace::KeyEntry* entry = keyspace.database(order_.from_db).find(key);
      if (entry == nullptr || entry->expired_at(now_ms)) continue;
      const bool mortal = entry->expire_at_ms() != keyspace::kNoExpiry;
      const std::string left = std::to_string(
          mortal ? std::max<std::int64_t>(entry->expire_at_ms() - now_ms, 1) : std::int64_t{0});
      const Bytes payload = keyspace::dump_value(entry->value);
      std::vector<std::string_view> words{"RESTORE", key, left, payload};
      if (order_.replace) words.emplace_back("REPLACE");
      put_request(out, words);
      sent.push_back({key, entry->version});
      found_ = true;
    }
    return out;
  }

  std::string connect() {
    auto opened = Outgoing::open(order_.host, order_.port, order_.timeout_ns, given_up_);
    if (!opened) return "IOERR error or timeout connecting to the client";
    target_.emplace(*std::move(opened));
    Bytes greeting;
    if (!order_.login.empty()) {
      put_request(greeting,
                  std::vector<std::string_view>(order_.login.begin(), order_.login.end()));
    }
    put_request(greeting, {"SELECT", order_.to_db});
    if (!target_->write(greeting, order_.timeout_ns, given_up_)) {
      return "IOERR error or timeout writing to target instance";
    }
    for (int answers = order_.login.empty() ? 1 : 2; answers > 0; --answers) {
      std::string line;
      if (std::string why = read_line(line); !why.empty()) return why;
      if (line.starts_with('-')) return told(line);
    }
    return {};
  }

  static std::string told(std::string_view line) {
    return "ERR Target instance replied with error: " + std::string(line.substr(1));
  }

  std::string read_line(std::string& line) {
    std::size_t end = input_.find("\r\n");
    while (end == Bytes::npos) {
      if (input_.size() > kMaxLineBytes || !target_->read(input_, order_.timeout_ns, given_up_)) {
        return "IOERR error or timeout reading from target instance";
      }
      end = input_.find("\r\n");
    }
    line = input_.substr(0, end);
    input_.erase(0, end + 2);
    return {};
  }

  // What is there goes here, unless it is a copy.
  std::string settle(const std::vector<Sent>& sent) {
    for (const Sent& one : sent) {
      std::string line;
      if (std::string why = read_line(line); !why.empty()) return why;
      if (line.starts_with('-')) {
        error_ = told(line);
      } else if (!order_.copy) {
        if (std::string why = remove(one); !why.empty()) error_ = std::move(why);
      }
    }
    return {};
  }

  // Unless somebody has written it since it was sent.
  std::string remove(const Sent& one) {
    std::string replies;
    keyspace::LocalBatch batch(replies);
    const std::string_view words[] = {"del", one.key};
    batch.begin_transaction({{order_.from_db, std::string(one.key), one.version}});
    batch.add(*keyspace::keyspace_commands().find("del"), order_.from_db, words);
    batch.end_transaction();
    const auto removed = engine_.keyspace().commit(batch);
    if (!removed) return write_refused(removed.error());
    if (replies != kStopped) return {};
    return "ERR a key was written while it was sent, and stays here as well";
  }

  engine::Engine& engine_;
  const Order& order_;
  const Outgoing::GivenUp given_up_;
  std::optional<Outgoing> target_;
  Bytes input_;
  std::size_t next_ = 0;
  bool found_ = false;
  std::string error_;
};

// Whoever moves keys may read and remove them.
std::string denial(Session& session, const Order& order) {
  for (const std::string_view command : {"dump", "del"}) {
    for (const std::string& key : order.keys) {
      const std::string_view words[] = {command, key};
      if (order.copy && command == "del") continue;
      std::string why =
          session.denial(*keyspace::keyspace_commands().find(command), session.db(), words);
      if (!why.empty()) return why;
    }
  }
  return {};
}

}  // namespace

io::Task<void> migrate(Session& session, std::vector<std::string> args) {
  const auto order = parse(args, session.db());
  if (!order) {
    session.reply().error(order.error().what);
    co_return;
  }
  engine::Engine& engine = session.service().engine;
  if (std::string why = denial(session, *order); !why.empty()) {
    session.reply().error(why);
    co_return;
  }
  if (!order->copy && engine.keyspace().keyspace().is_copy()) {
    session.reply().error(kReplicaOnlyReads);
    co_return;
  }
  std::string answer;
  const CancelToken token = session.connection().token();
  auto work = [&]() -> Status {
    answer = Migration(engine, *order, [&] { return token.cancelled(); }).run();
    return {};
  };
  const Status ran = co_await session.long_calls().run(protocol::Weight::usual, work);
  if (!ran) answer = "ERR " + ran.error().what;
  if (answer == "NOKEY") {
    session.reply().simple(answer);
  } else if (answer.empty()) {
    session.reply().ok();
  } else {
    session.reply().error(answer);
  }
}

}  // namespace octavo::redis
