// CLIENT.

#include <fmt/format.h>

#include <algorithm>

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "keyspace/type/numbers.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/tracking.h"
#include "protocol/redis/commands.h"
#include "protocol/redis/state/client_filter.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::CommandSpec;
using keyspace::is_word;
using keyspace::Reply;

protocol::ConnectionInfo& own_info(CommandContext& context) {
  return session_of(context).connection().info();
}

// Those that the caller may see and end: of this protocol, and of the caller's user unless that may
// configure the server.
std::vector<std::shared_ptr<protocol::ConnectionInfo>> clients(CommandContext& context) {
  const Session& session = session_of(context);
  auto all = session_of(context).service().connections.list();
  const std::string& protocol = own_info(context).protocol;
  const bool others = session.rights().config;
  std::erase_if(all, [&](const auto& info) {
    return info->protocol != protocol || (!others && info->attribute("user") != session.user());
  });
  return all;
}

void id(CommandContext& context, Args, Reply& reply) {
  reply.integer(static_cast<std::int64_t>(session_of(context).id()));
}

void info(CommandContext& context, Args, Reply& reply) {
  reply.verbatim("txt", describe_client(own_info(context)) + "\n");
}

void list(CommandContext& context, Args args, Reply& reply) {
  ClientFilter filter;
  if (args.size() > 3 && is_word(args[2], "id")) {
    for (const std::string_view text : args.subspan(3)) {
      const auto number = keyspace::parse_int64(text);
      if (!number) return reply.error("ERR Invalid client ID");
      filter.ids.push_back(static_cast<std::uint64_t>(*number));
    }
  } else if (args.size() == 4 && is_word(args[2], "type")) {
    if (!is_client_type(args[3])) {
      return reply.error(fmt::format("ERR Unknown client type '{}'", args[3]));
    }
    filter.type = args[3];
  } else if (args.size() != 2) {
    return reply.syntax_error();
  }
  std::string out;
  for (const auto& client : clients(context)) {
    if (filter.fits(*client)) out += describe_client(*client) + "\n";
  }
  reply.verbatim("txt", out);
}

void get_name(CommandContext& context, Args, Reply& reply) {
  const std::string name = own_info(context).attribute("name");
  name.empty() ? reply.null() : reply.bulk(name);
}

void set_name(CommandContext& context, Args args, Reply& reply) {
  if (!is_client_name(args[2])) {
    return reply.error(kBadClientName);
  }
  own_info(context).set_attribute("name", args[2]);
  reply.ok();
}

void set_info(CommandContext& context, Args args, Reply& reply) {
  const bool name = is_word(args[2], "lib-name");
  if (!name && !is_word(args[2], "lib-ver")) {
    return reply.error(fmt::format("ERR Unrecognized option '{}'", args[2]));
  }
  if (!is_client_name(args[3])) {
    return reply.error(
        fmt::format("ERR {} cannot contain spaces, newlines or special characters.", args[2]));
  }
  own_info(context).set_attribute(name ? "lib-name" : "lib-ver", args[3]);
  reply.ok();
}

// True when it is the caller's own connection, which closes once it has its reply.
bool end_client(CommandContext& context, protocol::ConnectionInfo& client) {
  const bool own = client.id == own_info(context).id;
  if (own) {
    session_of(context).close_after_reply();
  } else {
    client.kill();
  }
  return own;
}

void kill(CommandContext& context, Args args, Reply& reply) {
  if (args.size() == 3) {
    for (const auto& client : clients(context)) {
      if (io::format_address(client->peer) != args[2]) continue;
      end_client(context, *client);
      return reply.ok();
    }
    return reply.error("ERR No such client");
  }
  const auto filter = parse_client_filter(args.subspan(2), reply);
  if (!filter) return;
  const std::string_view user = filter->user == "default" ? catalog::kAdminName : filter->user;
  if (!user.empty() && session_of(context).service().engine.catalog()->find_user(user) == nullptr) {
    return reply.error(fmt::format("ERR No such user '{}'", filter->user));
  }
  std::int64_t killed = 0;
  for (const auto& client : clients(context)) {
    if (!filter->fits(*client)) continue;
    if (client->id == own_info(context).id && filter->skip_me) continue;
    end_client(context, *client);
    ++killed;
  }
  reply.integer(killed);
}

void set_reply(CommandContext& context, Args args, Reply& reply) {
  Session& session = session_of(context);
  if (is_word(args[2], "on")) {
    session.set_reply_mode(Session::ReplyMode::on);
    reply.ok();
  } else if (is_word(args[2], "off")) {
    session.set_reply_mode(Session::ReplyMode::off);
  } else if (is_word(args[2], "skip")) {
    session.set_reply_mode(Session::ReplyMode::skip_next);
  } else {
    reply.syntax_error();
  }
}

void unblock(CommandContext& context, Args args, Reply& reply) {
  bool with_error = false;
  if (args.size() == 4) {
    with_error = is_word(args[3], "error");
    if (!with_error && !is_word(args[3], "timeout")) {
      return reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
  } else if (args.size() > 4) {
    return reply.syntax_error();
  }
  const auto number = parse_client_id(args[2]);
  if (!number) return reply.error(keyspace::kNotInteger);
  const bool known = std::ranges::any_of(clients(context), [&](const auto& client) {
    return client->id == protocol::ConnectionId{*number};
  });
  const bool ended = known && session_of(context).service().blocked.unblock(*number, with_error);
  reply.integer(ended ? 1 : 0);
}

void pause(CommandContext& context, Args args, Reply& reply) {
  constexpr std::int64_t kMaxPauseMs = 1000LL * 60 * 60 * 24 * 365;
  Pause::Mode mode = Pause::Mode::all;
  if (args.size() > 4) return reply.syntax_error();
  if (args.size() == 4) {
    if (is_word(args[3], "write")) {
      mode = Pause::Mode::write;
    } else if (!is_word(args[3], "all")) {
      return reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
    }
  }
  const auto duration_ms = keyspace::bounded_argument(
      args[2], -kMaxPauseMs, kMaxPauseMs, reply, "ERR timeout is not an integer or out of range");
  if (!duration_ms) return;
  if (*duration_ms < 0) return reply.error("ERR timeout is negative");
  const std::int64_t until_ns = system_clock().monotonic_ns() + *duration_ms * 1'000'000;
  ServiceState& service = session_of(context).service();
  service.pause.begin(mode, until_ns);
  service.engine.keyspace().hold_expiry(service.pause.until_monotonic_ns());
  reply.ok();
}

void unpause(CommandContext& context, Args, Reply& reply) {
  ServiceState& service = session_of(context).service();
  service.pause.end();
  service.engine.keyspace().hold_expiry(service.pause.until_monotonic_ns());
  reply.ok();
}

void no_evict(CommandContext& context, Args args, Reply& reply) {
  const bool on = is_word(args[2], "on");
  if (!on && !is_word(args[2], "off")) return reply.syntax_error();
  session_of(context).set_no_evict(on);
  reply.ok();
}

void no_touch(CommandContext& context, Args args, Reply& reply) {
  const bool on = is_word(args[2], "on");
  if (!on && !is_word(args[2], "off")) return reply.syntax_error();
  session_of(context).set_no_touch(on);
  reply.ok();
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"caching", 3, client_caching, "YES|NO",
     "Whether the next command counts for TRACKING with OPTIN (YES) or OPTOUT (NO)."},
    {"getname", 2, get_name, "", "The name of this connection."},
    {"getredir", 2, client_getredir, "",
     "The connection that is told of invalidations; 0: this one, -1: TRACKING is off."},
    {"id", 2, id, "", "The number of this connection."},
    {"info", 2, info, "", "The line of CLIENT LIST for this connection."},
    {"kill", -3, kill, "<ip:port> | <option> <value> [...]",
     "Ends connections. Options: ID, ADDR, LADDR, USER, TYPE (normal, pubsub),\n"
     "SKIPME (yes, no). Those of other users only with the right to configure the server."},
    {"list", -2, list, "[TYPE <type> | ID <id> [...]]",
     "The connections, one on each line. Those of other users only with the right to\n"
     "configure the server."},
    {"no-evict", 3, no_evict, "ON|OFF", "Protects this connection when memory is short.",
     keyspace::kNeedsConfig},
    {"no-touch", 3, no_touch, "ON|OFF",
     "Whether commands of this connection are no use of keys, for eviction; but for TOUCH."},
    {"pause", -3, pause, "<milliseconds> [WRITE|ALL]",
     "Makes commands of all connections wait; WRITE: only those that change something.\n"
     "Keys that expire during the pause are removed when it ends.",
     keyspace::kNeedsConfig},
    {"reply", 3, set_reply, "ON|OFF|SKIP", "Whether this connection gets replies."},
    {"setinfo", 4, set_info, "LIB-NAME|LIB-VER <value>", "Which library uses this connection."},
    {"setname", 3, set_name, "<name>", "Names this connection."},
    {"tracking", -3, client_tracking,
     "ON|OFF [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT] [NOLOOP]",
     "Tells this connection, or another one, when keys change that it has read, or that have\n"
     "one of the prefixes."},
    {"trackinginfo", 2, client_trackinginfo, "", "How TRACKING is set."},
    {"unblock", -3, unblock, "<id> [TIMEOUT|ERROR]", "Ends a connection's wait for keys."},
    {"unpause", 2, unpause, "", "Ends a pause.", keyspace::kNeedsConfig},
};

constexpr CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>(
        {"client", -2,
         keyspace::kNoScript | keyspace::kLoading | keyspace::kStale | keyspace::kAlone |
             keyspace::kDuringPause | keyspace::kNeedsNothing,
         0, 0, 0, nullptr, "connection", "2.4.0", "Shows and changes client connections."}),
};

}  // namespace

std::span<const CommandSpec> client_family() { return kCommands; }

}  // namespace octavo::redis
