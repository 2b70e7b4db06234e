// DEBUG: what tests of clients ask of a server. Nothing here can stop it or its other clients.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/logging.h"
#include "io/sleep.h"
#include "keyspace/arguments.h"
#include "keyspace/file/dump.h"
#include "protocol/redis/command/families.h"

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

constexpr Part kParts[] = {
    {"error", 1, error, "ERROR <text>", "    Answers with that error."},
    {"log", 1, log_message, "LOG <text>", "    Writes a line to the server's log."},
    {"object", 1, object, "OBJECT <key>", "    How a value is stored."},
    {"protocol", 1, protocol_sample, "PROTOCOL <type>", "    A sample of that type of reply."},
    {"sleep", 1, sleep, "SLEEP <seconds>", "    Answers later; other clients are not held up."},
};

io::Task<void> debug(Session& session, std::vector<std::string> args) {
  for (const Part& part : kParts) {
    if (!keyspace::is_word(args[1], part.name) || args.size() != part.arguments + 2) continue;
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
