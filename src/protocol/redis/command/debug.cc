// DEBUG: what tests of clients ask of a server. Nothing here can stop it or its other clients.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "base/crypto.h"
#include "base/logging.h"
#include "base/text.h"
#include "io/completion.h"
#include "io/sleep.h"
#include "keyspace/arguments.h"
#include "keyspace/command_table.h"
#include "keyspace/context.h"
#include "keyspace/file/dump.h"
#include "keyspace/type/glob.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/save.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::Reply;

constexpr std::size_t kDumpTrailerBytes = 10;  // version and checksum
constexpr double kMaxSleepSeconds = 3600;

struct Part {
  std::string_view name;  // lower case
  std::size_t arguments;  // behind the name
  io::Task<void> (*run)(Session& session, std::vector<std::string> args);
  std::string_view usage;
  std::string_view summary;
};

io::Task<void> sleep(Session& session, std::vector<std::string> args) {
  const double seconds = std::clamp(std::strtod(args[2].c_str(), nullptr), 0.0, kMaxSleepSeconds);
  const Nanoseconds delay(static_cast<std::int64_t>(seconds * 1e9));
  co_await io::sleep_for(delay, session.connection().drain_token());
  session.reply().ok();
}

void describe_object(Session& session, std::string_view key) {
  auto& keyspace = session.service().engine.keyspace().keyspace();
  const std::int64_t now_ms = session.service().engine.keyspace().now_ms();
  const auto lock = keyspace.lock();
  const auto* entry = keyspace.database(session.db()).find(key);
  if (entry == nullptr || entry->expired_at(now_ms)) {
    return session.reply().error(keyspace::kNoSuchKey);
  }
  const std::size_t size = keyspace::dump_value(entry->value).size() - kDumpTrailerBytes;
  session.reply().simple(fmt::format(
      "Value at:{} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
      fmt::ptr(&entry->value), entry->value.encoding_name(), size - 1, entry->access,
      keyspace.idle_seconds(*entry, now_ms)));
}

io::Task<void> object(Session& session, std::vector<std::string> args) {
  describe_object(session, args[2]);
  co_return;
}

io::Task<void> error(Session& session, std::vector<std::string> args) {
  session.reply().error(args[2]);
  co_return;
}

io::Task<void> log_message(Session& session, std::vector<std::string> args) {
  log_info("DEBUG LOG", {{"text", args[2]}});
  session.reply().ok();
  co_return;
}

struct Sample {
  std::string_view type;
  void (*write)(Reply& reply);
};
constexpr Sample kSamples[] = {
    {"string", [](Reply& r) { r.bulk("Hello World"); }},
    {"integer", [](Reply& r) { r.integer(12345); }},
    {"double", [](Reply& r) { r.real(3.141); }},
    {"bignum", [](Reply& r) { r.big_number("1234567999999999999999999999999999999"); }},
    {"null", [](Reply& r) { r.null(); }},
    {"array",
     [](Reply& r) {
       r.array_header(3);
       for (int i = 0; i < 3; ++i) r.integer(i);
     }},
    {"set",
     [](Reply& r) {
       r.set_header(3);
       for (int i = 0; i < 3; ++i) r.integer(i);
     }},
    {"map",
     [](Reply& r) {
       r.map_header(3);
       for (int i = 0; i < 3; ++i) {
         r.integer(i);
         r.boolean(i == 1);
       }
     }},
    {"verbatim", [](Reply& r) { r.verbatim("txt", "This is a verbatim\nstring"); }},
    {"true", [](Reply& r) { r.boolean(true); }},
    {"false", [](Reply& r) { r.boolean(false); }},
};

io::Task<void> protocol_sample(Session& session, std::vector<std::string> args) {
  auto reply = session.reply();
  for (const Sample& sample : kSamples) {
    if (!keyspace::is_word(args[2], sample.type)) continue;
    sample.write(reply);
    co_return;
  }
  std::string types;
  for (const Sample& sample : kSamples) types += " " + std::string(sample.type);
  reply.error("ERR Wrong protocol type name. Please use one of the following:" + types);
}

// --- Digests: the same for the same contents, however they came about ---

constexpr std::size_t kDigestBytes = 20;

std::string run_call(keyspace::CommandContext& context,
                     std::initializer_list<std::string_view> words) {
  const std::vector<std::string_view> args(words);
  const auto* spec = keyspace::keyspace_commands().find(args[0]);
  std::string out;
  Reply reply(out);
  spec->handler(context, args, reply);
  return out;
}

// The bulk strings of an array.
std::vector<std::string> parts_of(std::string_view reply) {
  std::vector<std::string> out;
  while (!reply.empty()) {
    const std::size_t end = reply.find("\r\n");
    const std::string_view line = reply.substr(0, end);
    reply.remove_prefix(end + 2);
    if (!line.starts_with('$')) continue;
    const auto size = static_cast<std::size_t>(
        std::max<std::int64_t>(keyspace::parse_int64(line.substr(1)).value_or(0), 0));
    out.emplace_back(reply.substr(0, size));
    reply.remove_prefix(std::min(size + 2, reply.size()));
  }
  return out;
}

// In an order of their own, `width` that belong together at a time.
std::string sorted(const std::vector<std::string>& parts, std::size_t width) {
  std::vector<std::string> groups;
  for (std::size_t i = 0; i + width <= parts.size(); i += width) {
    std::string group;
    for (std::size_t j = i; j < i + width; ++j) {
      group += fmt::format("{}:{} ", parts[j].size(), parts[j]);
    }
    groups.push_back(std::move(group));
  }
  std::ranges::sort(groups);
  std::string out;
  for (const std::string& group : groups) out += group;
  return out;
}

std::string contents(keyspace::CommandContext& context, const keyspace::KeyEntry& entry) {
  const std::string_view key = entry.key();
  const std::string_view kind = keyspace::kind_name(entry.value.kind());
  std::string out(kind);
  if (kind == "string") out += run_call(context, {"get", key});
  if (kind == "list") out += run_call(context, {"lrange", key, "0", "-1"});
  if (kind == "set") out += sorted(parts_of(run_call(context, {"smembers", key})), 1);
  if (kind == "hash") out += sorted(parts_of(run_call(context, {"hgetall", key})), 2);
  if (kind == "zset") out += run_call(context, {"zrange", key, "0", "-1", "withscores"});
  if (kind == "stream") {
    out +=
        run_call(context, {"xrange", key, "-", "+"}) + run_call(context, {"xinfo", "groups", key});
  }
  if (entry.expire_at_ms != keyspace::kNoExpiry) out += "!!expire!!";
  return out;
}

Bytes digest_of(std::string_view text) { return hash_of(HashKind::sha1, text); }

io::Task<void> digest(Session& session, std::vector<std::string>) {
  auto& facade = session.service().engine.keyspace();
  auto& keyspace = facade.keyspace();
  const auto lock = keyspace.lock();
  Bytes sum(kDigestBytes, '\0');
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    keyspace::CommandContext context(keyspace, db, facade.now_ms() * 1'000'000, 0);
    const auto& keys = keyspace.database(db).keys();
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const auto& entry = *keys.at(i);
      const Bytes one =
          digest_of(fmt::format("{} {} {}", db, entry.key(), contents(context, entry)));
      for (std::size_t at = 0; at < kDigestBytes; ++at)
        sum[at] = static_cast<char>(sum[at] ^ one[at]);
    }
  }
  session.reply().simple(format_hex(sum));
  co_return;
}

io::Task<void> digest_values(Session& session, std::vector<std::string> args) {
  auto& facade = session.service().engine.keyspace();
  auto& keyspace = facade.keyspace();
  const auto lock = keyspace.lock();
  keyspace::CommandContext context(keyspace, session.db(), facade.now_ms() * 1'000'000, 0);
  auto reply = session.reply();
  reply.array_header(args.size() - 2);
  for (std::size_t i = 2; i < args.size(); ++i) {
    const auto* entry = context.peek_entry(args[i]);
    reply.bulk(format_hex(entry == nullptr ? Bytes(kDigestBytes, '\0')
                                           : digest_of(contents(context, *entry))));
  }
  co_return;
}

// --- Switches ---

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

// Whether keys go by themselves when their time has come; they are absent to readers anyway.
io::Task<void> set_active_expire(Session& session, std::vector<std::string> args) {
  session.service().engine.keyspace().hold_expiry(args[2] == "0" ? kForEver : 0);
  session.reply().ok();
  co_return;
}

// About what this server has not: there is nothing to switch.
io::Task<void> accept(Session& session, std::vector<std::string>) {
  session.reply().ok();
  co_return;
}

// A snapshot is written. What is in memory is what would be read of it.
io::Task<void> reload(Session& session, std::vector<std::string>) { return save_now(session); }

// How long a pattern takes against so many zero bytes.
io::Task<void> match_length(Session& session, std::vector<std::string> args) {
  constexpr std::int64_t kMaxBytes = 1'000'000;
  const auto length = keyspace::parse_int64(args[2]);
  if (!length || *length < 0 || *length > kMaxBytes) {
    session.reply().error(keyspace::kNotInteger);
    co_return;
  }
  const std::string text(static_cast<std::size_t>(*length), '\0');
  session.reply().integer(keyspace::glob_matches(args[3], text) ? 1 : 0);
}

// `arguments` of those that take any number.
constexpr std::size_t kAny = ~std::size_t{0};

constexpr Part kParts[] = {
    {"change-repl-id", 0, accept, "CHANGE-REPL-ID", "    Does nothing: there are no replicas."},
    {"digest", 0, digest, "DIGEST", "    Of all keys: the same for the same contents."},
    {"digest-value", kAny, digest_values, "DIGEST-VALUE <key> [<key> ...]",
     "    Of each value: the same for the same contents."},
    {"error", 1, error, "ERROR <text>", "    Answers with that error."},
    {"jmap", 0, accept, "JMAP", "    Does nothing."},
    {"loadaof", 0, reload, "LOADAOF", "    As RELOAD."},
    {"log", 1, log_message, "LOG <text>", "    Writes a line to the server's log."},
    {"object", 1, object, "OBJECT <key>", "    How a value is stored."},
    {"pause-cron", 1, accept, "PAUSE-CRON (0|1)", "    Does nothing."},
    {"protocol", 1, protocol_sample, "PROTOCOL <type>", "    A sample of that type of reply."},
    {"quicklist-packed-threshold", 1, accept, "QUICKLIST-PACKED-THRESHOLD <size>",
     "    Does nothing: lists are kept otherwise."},
    {"reload", kAny, reload, "RELOAD [<option> ...]",
     "    Writes a snapshot. What is in memory stays."},
    {"set-active-expire", 1, set_active_expire, "SET-ACTIVE-EXPIRE (0|1)",
     "    Whether keys whose time has come are removed before somebody writes them."},
    {"stringmatch-len", 2, match_length, "STRINGMATCH-LEN <length> <pattern>",
     "    Matches a pattern against so many zero bytes."},
    {"sleep", 1, sleep, "SLEEP <seconds>", "    Answers later; other clients are not held up."},
};

io::Task<void> debug(Session& session, std::vector<std::string> args) {
  for (const Part& part : kParts) {
    if (!keyspace::is_word(args[1], part.name)) continue;
    if (part.arguments != kAny && args.size() != part.arguments + 2) continue;
    co_await part.run(session, std::move(args));
    co_return;
  }
  auto reply = session.reply();
  if (args.size() == 2 && keyspace::is_word(args[1], "help")) {
    std::vector<std::string_view> lines;
    for (const Part& part : kParts) {
      lines.push_back(part.usage);
      lines.push_back(part.summary);
    }
    keyspace::help_reply(reply, "DEBUG", lines);
    co_return;
  }
  reply.error(fmt::format(
      "ERR unknown subcommand or wrong number of arguments for '{}'. Try DEBUG HELP.", args[1]));
}

constexpr DialogueCommand kDialogue[] = {
    {{"debug", -2,
      keyspace::kAdmin | keyspace::kNeedsRead | keyspace::kNoScript | keyspace::kLoading |
          keyspace::kStale,
      0, 0, 0, nullptr, "server", "1.0.0", "Helps to test clients."},
     nullptr,
     debug},
};

}  // namespace

std::span<const DialogueCommand> debug_dialogue() { return kDialogue; }

}  // namespace octavo::redis
