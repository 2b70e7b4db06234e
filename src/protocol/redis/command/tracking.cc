#include "protocol/redis/command/tracking.h"

#include <fmt/format.h>

#include <algorithm>

#include "keyspace/arguments.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::is_word;
using keyspace::Reply;

struct Wanted {
  TrackingMode mode;
  std::vector<std::string_view> prefixes;  // as given
};

std::optional<Wanted> parse(Session& session, Args options, Reply& reply) {
  Wanted out;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const bool more = i + 1 < options.size();
    if (is_word(options[i], "redirect") && more) {
      if (out.mode.redirect != 0) {
        reply.error("ERR A client can only redirect to a single other client");
        return std::nullopt;
      }
      const auto id = keyspace::integer_argument(options[++i], reply);
      if (!id) return std::nullopt;
      out.mode.redirect = static_cast<std::uint64_t>(*id);
      if (!session.service().tracking.is_connected(out.mode.redirect)) {
        reply.error("ERR The client ID you want redirect to does not exist");
        return std::nullopt;
      }
    } else if (is_word(options[i], "prefix") && more) {
      out.prefixes.push_back(options[++i]);
    } else if (is_word(options[i], "bcast")) {
      out.mode.broadcast = true;
    } else if (is_word(options[i], "optin")) {
      out.mode.opt_in = true;
    } else if (is_word(options[i], "optout")) {
      out.mode.opt_out = true;
    } else if (is_word(options[i], "noloop")) {
      out.mode.no_loop = true;
    } else {
      reply.syntax_error();
      return std::nullopt;
    }
  }
  return out;
}

// What is wrong with them, and with what was said before; empty: nothing.
std::string_view contradiction(const Wanted& wanted, const std::optional<TrackingMode>& before) {
  const TrackingMode& mode = wanted.mode;
  if (!mode.broadcast && !wanted.prefixes.empty()) {
    return "ERR PREFIX option requires BCAST mode to be enabled";
  }
  if (before && before->broadcast != mode.broadcast) {
    return "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and "
           "then re-enabling it with a different mode.";
  }
  if (mode.broadcast && (mode.opt_in || mode.opt_out)) {
    return "ERR OPTIN and OPTOUT are not compatible with BCAST";
  }
  if (mode.opt_in && mode.opt_out) {
    return "ERR You can't specify both OPTIN mode and OPTOUT mode";
  }
  if (before && ((mode.opt_in && before->opt_out) || (mode.opt_out && before->opt_in))) {
    return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and "
           "then re-enabling it with a different mode.";
  }
  return {};
}

bool overlap(std::string_view a, std::string_view b) {
  const std::size_t length = std::min(a.size(), b.size());
  return a.substr(0, length) == b.substr(0, length);
}

std::string overlap_error(std::string_view one, std::string_view what, std::string_view other) {
  return fmt::format(
      "ERR Prefix '{}' overlaps with {} prefix '{}'. Prefixes for a single client must not "
      "overlap.",
      one, what, other);
}

// Of two of them, or of one and one that the connection has; empty: none.
std::string overlaps(const Wanted& wanted, const std::optional<TrackingMode>& before) {
  const auto& given = wanted.prefixes;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (before) {
      for (const std::string& had : before->prefixes) {
        if (overlap(given[i], had)) return overlap_error(given[i], "an existing", had);
      }
    }
    for (std::size_t j = i + 1; j < given.size(); ++j) {
      if (overlap(given[i], given[j])) {
        return overlap_error(given[i], "another provided", given[j]);
      }
    }
  }
  return {};
}

}  // namespace

void client_tracking(CommandContext& context, Args args, Reply& reply) {
  Session& session = session_of(context);
  auto wanted = parse(session, args.subspan(3), reply);
  if (!wanted) return;
  if (is_word(args[2], "off")) {
    session.stop_tracking();
    return reply.ok();
  }
  if (!is_word(args[2], "on")) return reply.syntax_error();
  const std::string_view wrong = contradiction(*wanted, session.tracking());
  if (!wrong.empty()) return reply.error(wrong);
  if (const std::string why = overlaps(*wanted, session.tracking()); !why.empty()) {
    return reply.error(why);
  }
  for (const std::string_view prefix : wanted->prefixes) wanted->mode.prefixes.emplace(prefix);
  if (wanted->mode.broadcast && wanted->prefixes.empty()) wanted->mode.prefixes.emplace();
  session.track(std::move(wanted->mode));
  reply.ok();
}

void client_caching(CommandContext& context, Args args, Reply& reply) {
  Session& session = session_of(context);
  const auto& mode = session.tracking();
  const bool yes = is_word(args[2], "yes");
  if (!mode) {
    return reply.error(
        "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
        "OPTOUT mode enabled");
  }
  if (!yes && !is_word(args[2], "no")) return reply.syntax_error();
  if (yes && !mode->opt_in) {
    return reply.error(
        "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
  }
  if (!yes && !mode->opt_out) {
    return reply.error(
        "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
  }
  session.make_exception();
  reply.ok();
}

void client_getredir(CommandContext& context, Args, Reply& reply) {
  const auto& mode = session_of(context).tracking();
  reply.integer(mode ? static_cast<std::int64_t>(mode->redirect) : -1);
}

void client_trackinginfo(CommandContext& context, Args, Reply& reply) {
  Session& session = session_of(context);
  const auto& mode = session.tracking();
  std::vector<std::string_view> flags{mode ? "on" : "off"};
  const bool exception = session.makes_exception();
  if (mode && mode->broadcast) flags.emplace_back("bcast");
  if (mode && mode->opt_in) flags.emplace_back("optin");
  if (mode && mode->opt_in && exception) flags.emplace_back("caching-yes");
  if (mode && mode->opt_out) flags.emplace_back("optout");
  if (mode && mode->opt_out && exception) flags.emplace_back("caching-no");
  if (mode && mode->no_loop) flags.emplace_back("noloop");
  if (session.service().tracking.is_broken(session.id())) flags.emplace_back("broken_redirect");
  reply.map_header(3);
  reply.bulk("flags");
  reply.set_header(flags.size());
  for (const std::string_view flag : flags) reply.bulk(flag);
  reply.bulk("redirect");
  reply.integer(mode ? static_cast<std::int64_t>(mode->redirect) : -1);
  reply.bulk("prefixes");
  reply.array_header(mode ? mode->prefixes.size() : 0);
  if (!mode) return;
  for (const std::string& prefix : mode->prefixes) reply.bulk(prefix);
}

}  // namespace octavo::redis
