#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::Reply;

constexpr std::uint32_t kFlags = keyspace::kFast | keyspace::kLoading | keyspace::kStale;
constexpr std::int64_t kSecondNs = 1'000'000'000;

void ping(CommandContext& context, Args args, Reply& reply) {
  if (args.size() > 2) {
    return reply.error("ERR wrong number of arguments for 'ping' command");
  }
  const Session& session = session_of(context);
  if (session.subscription_count() > 0 && session.protocol() == 2) {
    reply.array_header(2);
    reply.bulk("pong");
    return reply.bulk(args.size() == 2 ? args[1] : std::string_view());
  }
  args.size() == 2 ? reply.bulk(args[1]) : reply.simple("PONG");
}

void echo(CommandContext&, Args args, Reply& reply) { reply.bulk(args[1]); }

// --- CLIENT ---

std::string describe(const protocol::ConnectionInfo& info) {
  const std::int64_t now_wall = system_clock().wall_ns();
  const std::int64_t now = system_clock().monotonic_ns();
  const auto attribute = [&](std::string_view key, std::string_view fallback) {
    std::string value = info.attribute(key);
    return value.empty() ? std::string(fallback) : value;
  };
  const auto last_input = static_cast<std::int64_t>(info.last_input_monotonic_ns.get());
  return fmt::format(
      "id={} addr={} laddr={} fd=-1 name={} age={} idle={} flags={} db={} sub={} psub={} ssub=0 "
      "multi=-1 qbuf={} qbuf-free=0 argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem={} "
      "tot-mem=0 events=r cmd={} user={} redir=-1 resp={} lib-name={} lib-ver={}",
      static_cast<std::uint64_t>(info.id), io::format_address(info.peer),
      io::format_address(info.local), attribute("name", ""),
      (now_wall - info.started_wall_ns) / kSecondNs,
      last_input == 0 ? 0 : (now - last_input) / kSecondNs, attribute("flags", "N"),
      attribute("db", "0"), attribute("sub", "0"), attribute("psub", "0"),
      info.input_buffered.get(), info.output_buffered.get(), info.last_command(),
      attribute("user", "default"), attribute("resp", "2"), attribute("lib-name", ""),
      attribute("lib-ver", ""));
}

bool good_name(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c > ' ' && c < '\x7f'; });
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::vector<std::shared_ptr<protocol::ConnectionInfo>> clients(Session& session) {
  auto all = session.door().connections.list();
  std::erase_if(all,
                [&](const auto& info) { return info->door != session.connection().info().door; });
  return all;
}

void client_list(Session& session, Args args, Reply& reply) {
  std::vector<std::uint64_t> only;
  if (args.size() > 3 && same_word("id", args[2])) {
    for (const std::string_view text : args.subspan(3)) {
      const auto id = parse_id(text);
      if (!id) return reply.error("ERR Invalid client ID");
      only.push_back(*id);
    }
  } else if (args.size() == 4 && same_word("type", args[2])) {
    if (!same_word("normal", args[3])) return reply.verbatim("txt", "");
  } else if (args.size() != 2) {
    return reply.syntax_error();
  }
  std::string out;
  for (const auto& info : clients(session)) {
    const auto id = static_cast<std::uint64_t>(info->id);
    if (!only.empty() && std::ranges::find(only, id) == only.end()) continue;
    out += describe(*info) + "\n";
  }
  reply.verbatim("txt", out);
}

void client_kill(Session& session, Args args, Reply& reply) {
  const auto all = clients(session);
  if (args.size() == 3) {
    for (const auto& info : all) {
      if (io::format_address(info->peer) != args[2]) continue;
      info->id == session.connection().info().id ? session.close_after_reply()
                                                 : static_cast<void>(info->kill());
      return reply.ok();
    }
    return reply.error("ERR No such client");
  }
  std::optional<std::uint64_t> id;
  std::string_view addr;
  std::string_view user;
  bool skip_me = true;
  for (std::size_t i = 2; i + 1 < args.size(); i += 2) {
    if (same_word("id", args[i])) {
      id = parse_id(args[i + 1]);
      if (!id) return reply.error("ERR client-id should be greater than 0");
    } else if (same_word("addr", args[i])) {
      addr = args[i + 1];
    } else if (same_word("user", args[i])) {
      user = args[i + 1];
    } else if (same_word("skipme", args[i])) {
      skip_me = same_word("yes", args[i + 1]);
    } else if (!same_word("type", args[i])) {
      return reply.syntax_error();
    }
  }
  if (args.size() % 2 != 0) return reply.syntax_error();
  std::int64_t killed = 0;
  for (const auto& info : all) {
    if (id && static_cast<std::uint64_t>(info->id) != *id) continue;
    if (!addr.empty() && io::format_address(info->peer) != addr) continue;
    if (!user.empty() && info->attribute("user") != user) continue;
    const bool me = info->id == session.connection().info().id;
    if (me && skip_me) continue;
    ++killed;
    me ? session.close_after_reply() : static_cast<void>(info->kill());
  }
  reply.integer(killed);
}

void client_set_info(Session& session, Args args, Reply& reply) {
  const bool name = same_word("lib-name", args[2]);
  if (!name && !same_word("lib-ver", args[2])) {
    return reply.error(fmt::format("ERR Unrecognized option '{}'", args[2]));
  }
  if (!good_name(args[3])) {
    return reply.error(
        fmt::format("ERR {} cannot contain spaces, newlines or special characters.", args[2]));
  }
  session.connection().info().set_attribute(name ? "lib-name" : "lib-ver", args[3]);
  reply.ok();
}

void client_reply(Session& session, Args args, Reply& reply) {
  if (same_word("on", args[2])) {
    session.set_reply_mode(Session::ReplyMode::on);
    reply.ok();
  } else if (same_word("off", args[2])) {
    session.set_reply_mode(Session::ReplyMode::off);
  } else if (same_word("skip", args[2])) {
    session.set_reply_mode(Session::ReplyMode::skip_next);
  } else {
    reply.syntax_error();
  }
}

void client(CommandContext& context, Args args, Reply& reply) {
  Session& session = session_of(context);
  auto& info = session.connection().info();
  const std::string_view what = args[1];
  if (same_word("id", what) && args.size() == 2) {
    reply.integer(static_cast<std::int64_t>(session.id()));
  } else if (same_word("info", what) && args.size() == 2) {
    reply.verbatim("txt", describe(info) + "\n");
  } else if (same_word("list", what)) {
    client_list(session, args, reply);
  } else if (same_word("getname", what) && args.size() == 2) {
    const std::string name = info.attribute("name");
    name.empty() ? reply.null() : reply.bulk(name);
  } else if (same_word("setname", what) && args.size() == 3) {
    if (!good_name(args[2])) {
      return reply.error("ERR Client names cannot contain spaces, newlines or special characters.");
    }
    info.set_attribute("name", args[2]);
    reply.ok();
  } else if (same_word("setinfo", what) && args.size() == 4) {
    client_set_info(session, args, reply);
  } else if (same_word("kill", what) && args.size() >= 3) {
    client_kill(session, args, reply);
  } else if (same_word("reply", what) && args.size() == 3) {
    client_reply(session, args, reply);
  } else if (same_word("unblock", what) && (args.size() == 3 || args.size() == 4)) {
    const auto id = parse_id(args[2]);
    if (!id) return reply.error(keyspace::kNotInteger);
    const bool with_error = args.size() == 4 && same_word("error", args[3]);
    reply.integer(session.door().blocked.unblock(*id, with_error) ? 1 : 0);
  } else if ((same_word("no-evict", what) || same_word("no-touch", what)) && args.size() == 3) {
    reply.ok();
  } else if (same_word("getredir", what) && args.size() == 2) {
    reply.integer(-1);
  } else {
    reply.error(
        fmt::format("ERR Unknown CLIENT subcommand or wrong number of arguments for "
                    "'{}'. Try CLIENT HELP.",
                    what));
  }
}

// --- COMMAND ---

struct FlagName {
  keyspace::CommandFlag flag;
  std::string_view name;
};
constexpr FlagName kFlagNames[] = {
    {keyspace::kWrite, "write"},
    {keyspace::kReadonly, "readonly"},
    {keyspace::kDenyOom, "denyoom"},
    {keyspace::kAdmin, "admin"},
    {keyspace::kPubsub, "pubsub"},
    {keyspace::kNoScript, "noscript"},
    {keyspace::kBlocking, "blocking"},
    {keyspace::kLoading, "loading"},
    {keyspace::kStale, "stale"},
    {keyspace::kFast, "fast"},
    {keyspace::kNoAuth, "no_auth"},
    {keyspace::kNoMulti, "no_multi"},
    {keyspace::kMovableKeys, "movablekeys"},
};

void describe_command(const CommandSpec& spec, Reply& reply) {
  reply.array_header(10);
  reply.bulk(spec.name);
  reply.integer(spec.arity);
  std::size_t flags = 0;
  for (const auto& row : kFlagNames) flags += spec.has(row.flag) ? 1 : 0;
  reply.set_header(flags);
  for (const auto& row : kFlagNames) {
    if (spec.has(row.flag)) reply.simple(row.name);
  }
  reply.integer(spec.first_key);
  reply.integer(spec.last_key);
  reply.integer(spec.key_step);
  reply.set_header(1);
  reply.simple(fmt::format("@{}", spec.group));
  reply.array_header(0);  // tips
  reply.array_header(0);  // key specifications
  reply.array_header(0);  // subcommands
}

std::vector<const CommandSpec*> visible_commands() {
  std::vector<const CommandSpec*> out;
  for (const CommandSpec* spec : all_commands().all()) {
    if (!spec->has(keyspace::kInternal)) out.push_back(spec);
  }
  return out;
}

void document_command(const CommandSpec& spec, Reply& reply) {
  reply.bulk(spec.name);
  reply.map_header(3);
  reply.bulk("summary");
  reply.bulk(spec.summary);
  reply.bulk("since");
  reply.bulk(spec.since);
  reply.bulk("group");
  reply.bulk(spec.group);
}

void command_get_keys(Args args, Reply& reply) {
  const Args call = args.subspan(2);
  const CommandSpec* spec = all_commands().find(call[0]);
  if (spec == nullptr) return reply.error("ERR Invalid command specified");
  if (!keyspace::arity_fits(*spec, call.size())) {
    return reply.error("ERR Invalid number of arguments specified for command");
  }
  const auto positions = keyspace::key_positions(*spec, call);
  if (positions.empty()) return reply.error("ERR The command has no key arguments");
  reply.array_header(positions.size());
  for (const std::size_t at : positions) reply.bulk(call[at]);
}

void command(CommandContext&, Args args, Reply& reply) {
  const auto all = visible_commands();
  if (args.size() == 1) {
    reply.array_header(all.size());
    for (const auto* spec : all) describe_command(*spec, reply);
  } else if (same_word("count", args[1]) && args.size() == 2) {
    reply.integer(static_cast<std::int64_t>(all.size()));
  } else if (same_word("list", args[1]) && args.size() == 2) {
    reply.array_header(all.size());
    for (const auto* spec : all) reply.bulk(spec->name);
  } else if (same_word("info", args[1])) {
    reply.array_header(args.size() - 2);
    for (const std::string_view name : args.subspan(2)) {
      const CommandSpec* spec = all_commands().find(name);
      spec == nullptr ? reply.null_array() : describe_command(*spec, reply);
    }
  } else if (same_word("docs", args[1])) {
    std::vector<const CommandSpec*> chosen = all;
    if (args.size() > 2) {
      chosen.clear();
      for (const std::string_view name : args.subspan(2)) {
        if (const CommandSpec* spec = all_commands().find(name)) chosen.push_back(spec);
      }
    }
    reply.map_header(chosen.size());
    for (const auto* spec : chosen) document_command(*spec, reply);
  } else if (same_word("getkeys", args[1]) && args.size() > 2) {
    command_get_keys(args, reply);
  } else {
    reply.error(
        fmt::format("ERR Unknown COMMAND subcommand or wrong number of arguments for "
                    "'{}'. Try COMMAND HELP.",
                    args[1]));
  }
}

constexpr std::array<CommandSpec, 4> kCommands = {{
    {"ping", -1, kFlags, 0, 0, 0, ping, "connection", "1.0.0", "Answers PONG."},
    {"echo", 2, kFlags, 0, 0, 0, echo, "connection", "1.0.0", "Returns the given string."},
    {"client", -2, keyspace::kNoScript | keyspace::kLoading | keyspace::kStale, 0, 0, 0, client,
     "connection", "2.4.0", "Shows and changes client connections."},
    {"command", -1, keyspace::kLoading | keyspace::kStale, 0, 0, 0, command, "server", "2.8.13",
     "Describes commands."},
}};

}  // namespace

std::span<const CommandSpec> connection_family() { return kCommands; }

}  // namespace octavo::redis
