// DEBUG: what tests of clients ask of a server. Nothing here can stop it or its other clients. Most
// parts answer like calls on keys, also in a transaction; some wait.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
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
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::Reply;

constexpr std::size_t kDumpTrailerBytes = 10;  // version and checksum
constexpr double kMaxSleepSeconds = 3600;
constexpr std::int64_t kMaxPopulated = 100'000'000;
constexpr std::int64_t kMaxPopulatedBytes = 1'000'000;

// One of `answer`, under the keyspace's mutex, and `wait`.
struct Part {
  std::string_view name;  // lower case
  std::size_t arguments;  // behind the name
  keyspace::CommandHandler answer;
  io::Task<void> (*wait)(Session& session, std::vector<std::string> args);
  std::string_view usage;
  std::string_view summary;
};

std::int64_t sleep_ns(std::string_view argument) {
  const std::string text(argument);
  const double seconds = std::clamp(std::strtod(text.c_str(), nullptr), 0.0, kMaxSleepSeconds);
  return static_cast<std::int64_t>(seconds * 1e9);
}

io::Task<void> sleep(Session& session, std::vector<std::string> args) {
  co_await io::sleep_for(Nanoseconds(sleep_ns(args[2])), session.connection().drain_token());
  session.reply().ok();
}

// Also of one whose time has come, as long as it is there.
void object(CommandContext& context, Args args, Reply& reply) {
  const auto* entry = context.db().find(args[2]);
  if (entry == nullptr) return reply.error(keyspace::kNoSuchKey);
  const std::size_t size = keyspace::dump_value(entry->value).size() - kDumpTrailerBytes;
  reply.simple(fmt::format(
      "Value at:{} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
      fmt::ptr(&entry->value), entry->value.encoding_name(), size - 1, entry->access,
      context.keyspace().idle_seconds(*entry, context.now_ms())));
}

void error(CommandContext&, Args args, Reply& reply) { reply.error(args[2]); }

void log_message(CommandContext&, Args args, Reply& reply) {
  log_info("DEBUG LOG", {{"text", args[2]}});
  reply.ok();
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
    {"attrib",
     [](Reply& r) {
       if (r.resp3()) {
         r.attribute_header(1);
         r.bulk("key-popularity");
         r.array_header(2);
         r.bulk("key:123");
         r.integer(90);
       }
       r.bulk("Some real reply following the attribute");
     }},
    {"push",
     [](Reply& r) {
       if (!r.resp3()) return r.error("ERR RESP2 is not supported by this command");
       r.push_header(2);
       r.bulk("server-cpu-usage");
       r.integer(42);
     }},
    {"true", [](Reply& r) { r.boolean(true); }},
    {"false", [](Reply& r) { r.boolean(false); }},
};

void protocol_sample(CommandContext&, Args args, Reply& reply) {
  for (const Sample& sample : kSamples) {
    if (keyspace::is_word(args[2], sample.type)) return sample.write(reply);
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
  if (entry.expire_at_ms() != keyspace::kNoExpiry) out += "!!expire!!";
  return out;
}

Bytes digest_of(std::string_view text) { return hash_of(HashKind::sha1, text); }

void digest(CommandContext& caller, Args, Reply& reply) {
  auto& keyspace = caller.keyspace();
  Bytes sum(kDigestBytes, '\0');
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    CommandContext context(keyspace, db, caller.now_ns(), 0);
    const auto& keys = keyspace.database(db).keys();
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const auto& entry = *keys.at(i);
      const Bytes one =
          digest_of(fmt::format("{} {} {}", db, entry.key(), contents(context, entry)));
      for (std::size_t at = 0; at < kDigestBytes; ++at)
        sum[at] = static_cast<char>(sum[at] ^ one[at]);
    }
  }
  reply.simple(format_hex(sum));
}

void digest_values(CommandContext& context, Args args, Reply& reply) {
  reply.array_header(args.size() - 2);
  for (std::size_t i = 2; i < args.size(); ++i) {
    const auto* entry = context.peek_entry(args[i]);
    reply.bulk(format_hex(entry == nullptr ? Bytes(kDigestBytes, '\0')
                                           : digest_of(contents(context, *entry))));
  }
}

// --- Switches ---

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

// Whether keys go by themselves when their time has come; they are absent to readers anyway.
void set_active_expire(CommandContext& context, Args args, Reply& reply) {
  session_of(context).service().engine.keyspace().hold_expiry(args[2] == "0" ? kForEver : 0);
  reply.ok();
}

void set_disable_deny_scripts(CommandContext& context, Args args, Reply& reply) {
  session_of(context).service().scripts_call_all = args[2] != "0";
  reply.ok();
}

bool holds_anything(Session& session) {
  keyspace::Keyspace& keyspace = session.service().engine.keyspace().keyspace();
  const auto lock = keyspace.lock();
  if (!keyspace.libraries().empty()) return true;
  for (unsigned db = 0; db < keyspace.database_count(); ++db) {
    if (keyspace.database(db).size() > 0) return true;
  }
  return false;
}

// About what this server has not: there is nothing to switch.
void accept(CommandContext&, Args, Reply& reply) { reply.ok(); }

// A snapshot is written. What is in memory is what would be read of it; where that stays (NOFLUSH)
// reading the same keys again is only possible with MERGE.
io::Task<void> reload(Session& session, std::vector<std::string> args) {
  bool merges = false;
  bool flushes = true;
  bool saves = true;
  for (std::size_t i = 2; i < args.size(); ++i) {
    if (keyspace::is_word(args[i], "merge")) {
      merges = true;
    } else if (keyspace::is_word(args[i], "noflush")) {
      flushes = false;
    } else if (keyspace::is_word(args[i], "nosave")) {
      saves = false;
    } else {
      session.reply().error(
          "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
      co_return;
    }
  }
  if (!flushes && !merges && holds_anything(session)) {
    session.reply().error("ERR Error trying to load the RDB dump, check server logs");
  } else if (saves) {
    co_await save_now(session);
  } else {
    session.reply().ok();
  }
}

io::Task<void> load_log(Session& session, std::vector<std::string>) { return save_now(session); }

// One after the other, and through the log like any write.
io::Task<void> populate(Session& session, std::vector<std::string> args) {
  const std::vector<std::string_view> views(args.begin(), args.end());
  auto reply = session.reply();
  if (args.size() < 3 || args.size() > 5) co_return reply.syntax_error();
  const auto count =
      keyspace::bounded_argument(views[2], 0, kMaxPopulated, reply, "ERR value is out of range");
  if (!count) co_return;
  const std::string prefix = args.size() > 3 ? args[3] : "key";
  std::int64_t size = 0;
  if (args.size() > 4) {
    const auto wanted = keyspace::bounded_argument(views[4], 0, kMaxPopulatedBytes, reply,
                                                   "ERR value is out of range");
    if (!wanted) co_return;
    size = *wanted;
  }
  const auto* const setnx = keyspace::keyspace_commands().find("setnx");
  const std::string_view first[] = {setnx->name, prefix, ""};
  if (std::string why = session.denial(*setnx, session.db(), first); !why.empty()) {
    co_return reply.error(why);
  }
  const keyspace::KeyspaceRoom& room = session.service().engine.keyspace().room();
  const CancelToken gone = session.connection().token();
  const CancelToken stopping = session.connection().drain_token();
  for (std::int64_t next = 0; next < *count && !gone.cancelled() && !stopping.cancelled();) {
    std::string replies;
    keyspace::LocalBatch batch(replies);
    std::deque<std::string> texts;
    for (; next < *count && batch.call_count() < kMaxBatchCalls; ++next) {
      if (batch.argument_bytes() >= kMaxBatchBytes) break;
      const std::string& key = texts.emplace_back(fmt::format("{}:{}", prefix, next));
      std::string& value = texts.emplace_back(fmt::format("value:{}", next));
      if (size > 0) value.resize(static_cast<std::size_t>(size), '\0');
      const std::string_view words[] = {setnx->name, key, value};
      batch.add(*setnx, session.db(), words);
    }
    if (room.limited() && room.full(batch.argument_bytes())) {
      co_return reply.error(keyspace::kOutOfMemory);
    }
    const Status written = co_await session.write_internal(batch);
    if (!written) co_return reply.error(write_refused(written.error()));
  }
  reply.ok();
}

// How long a pattern takes against so many zero bytes.
void match_length(CommandContext&, Args args, Reply& reply) {
  constexpr std::int64_t kMaxBytes = 1'000'000;
  const auto length =
      keyspace::bounded_argument(args[2], 0, kMaxBytes, reply, keyspace::kNotInteger);
  if (!length) return;
  const std::string text(static_cast<std::size_t>(*length), '\0');
  reply.integer(keyspace::glob_matches(args[3], text) ? 1 : 0);
}

// `arguments` of those that take any number.
constexpr std::size_t kAny = ~std::size_t{0};

constexpr Part kParts[] = {
    {"change-repl-id", 0, accept, nullptr, "CHANGE-REPL-ID",
     "    Does nothing: there are no replicas."},
    {"digest", 0, digest, nullptr, "DIGEST", "    Of all keys: the same for the same contents."},
    {"digest-value", kAny, digest_values, nullptr, "DIGEST-VALUE <key> [<key> ...]",
     "    Of each value: the same for the same contents."},
    {"error", 1, error, nullptr, "ERROR <text>", "    Answers with that error."},
    {"jmap", 0, accept, nullptr, "JMAP", "    Does nothing."},
    {"loadaof", 0, nullptr, load_log, "LOADAOF", "    As RELOAD."},
    {"log", 1, log_message, nullptr, "LOG <text>", "    Writes a line to the server's log."},
    {"object", 1, object, nullptr, "OBJECT <key>", "    How a value is stored."},
    {"pause-cron", 1, accept, nullptr, "PAUSE-CRON (0|1)", "    Does nothing."},
    {"populate", kAny, nullptr, populate, "POPULATE <count> [<prefix>] [<size>]",
     "    Adds keys `prefix:number` with values of so many bytes, where there are none."},
    {"protocol", 1, protocol_sample, nullptr, "PROTOCOL <type>",
     "    A sample of that type of reply."},
    {"quicklist-packed-threshold", 1, accept, nullptr, "QUICKLIST-PACKED-THRESHOLD <size>",
     "    Does nothing: lists are kept otherwise."},
    {"reload", kAny, nullptr, reload, "RELOAD [MERGE] [NOFLUSH] [NOSAVE]",
     "    Writes a snapshot. What is in memory stays."},
    {"replybuffer", 2, accept, nullptr, "REPLYBUFFER (PEAK-RESET-TIME|RESIZING) <value>",
     "    Does nothing: buffers of replies have no size of their own."},
    {"set-active-expire", 1, set_active_expire, nullptr, "SET-ACTIVE-EXPIRE (0|1)",
     "    Whether keys whose time has come are removed before somebody asks for them."},
    {"set-disable-deny-scripts", 1, set_disable_deny_scripts, nullptr,
     "SET-DISABLE-DENY-SCRIPTS (0|1)",
     "    Whether scripts may call commands that are barred to them, where those need not wait."},
    {"stringmatch-len", 2, match_length, nullptr, "STRINGMATCH-LEN <length> <pattern>",
     "    Matches a pattern against so many zero bytes."},
    {"sleep", 1, nullptr, sleep, "SLEEP <seconds>",
     "    Answers later; other clients are not held up."},
};

// What is called; null: there is no such part.
const Part* find_part(Args args) {
  const auto* const found = std::ranges::find_if(kParts, [&](const Part& part) {
    return keyspace::is_word(args[1], part.name) &&
           (part.arguments == kAny || args.size() == part.arguments + 2);
  });
  return found == std::end(kParts) ? nullptr : found;
}

void explain(Args args, Reply& reply) {
  if (args.size() != 2 || !keyspace::is_word(args[1], "help")) {
    return reply.error(fmt::format(
        "ERR unknown subcommand or wrong number of arguments for '{}'. Try DEBUG HELP.", args[1]));
  }
  std::vector<std::string_view> lines;
  for (const Part& part : kParts) {
    lines.push_back(part.usage);
    lines.push_back(part.summary);
  }
  keyspace::help_reply(reply, "DEBUG", lines);
}

void debug_call(CommandContext& context, Args args, Reply& reply) {
  const Part* part = find_part(args);
  if (part == nullptr) return explain(args, reply);
  if (part->answer != nullptr) return part->answer(context, args, reply);
  if (part->wait == sleep) return reply.ok();
  reply.error(fmt::format("ERR DEBUG {} cannot run here", args[1]));
}

io::Task<void> debug(Session& session, std::vector<std::string> args) {
  const std::vector<std::string_view> views(args.begin(), args.end());
  const Part* part = find_part(views);
  if (part != nullptr && part->wait != nullptr) {
    co_await part->wait(session, std::move(args));
    co_return;
  }
  engine::KeyspaceFacade& keyspace = session.service().engine.keyspace();
  auto reply = session.reply();
  const auto lock = keyspace.keyspace().lock();
  CommandContext context(keyspace.keyspace(), session.db(), keyspace.now_ns(), 0);
  context.set_session(&session);
  debug_call(context, views, reply);
}

bool waits(Args args) {
  const Part* part = find_part(args);
  return part != nullptr && part->wait != nullptr;
}

std::int64_t delay_in_script_ns(Args args) {
  const Part* part = find_part(args);
  return part != nullptr && part->wait == sleep ? sleep_ns(args[2]) : 0;
}

constexpr DialogueCommand kDialogue[] = {
    {{"debug", -2,
      keyspace::kAdmin | keyspace::kNeedsRead | keyspace::kNoScript | keyspace::kLoading |
          keyspace::kStale,
      0, 0, 0, debug_call, "server", "1.0.0", "Helps to test clients."},
     nullptr,
     debug,
     waits,
     false,
     delay_in_script_ns},
};

}  // namespace

std::span<const DialogueCommand> debug_dialogue() { return kDialogue; }

}  // namespace octavo::redis
