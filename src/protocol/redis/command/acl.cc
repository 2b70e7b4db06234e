// ACL: the users of the one user store, in Redis's terms. They are changed over the RethinkDB
// protocol.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/text.h"
#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/command_description.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/command/subcommand_rows.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::is_word;
using keyspace::Reply;

std::string_view shown_name(const catalog::User& user) {
  return user.name == catalog::kAdminName ? kDefaultUser : std::string_view(user.name);
}

// What a user may do, as far as Redis's categories can say it: the databases that a command touches
// decide (docs/security.md).
std::string rules(CommandContext& context, const catalog::User& user) {
  const auto rights =
      engine::KeyspaceRights::of(*session_of(context).service().engine.catalog(), user.name);
  std::string rules = "-@all +@connection";
  if (rights.read != 0) rules += " +@read +@pubsub +@transaction";
  if (rights.write != 0) rules += " +@write";
  if (rights.config) rules += " +@admin";
  return user.name == catalog::kAdminName ? "+@all" : rules;
}

bool needs_no_password(CommandContext& context, const catalog::User& user) {
  const bool is_default = user.name == catalog::kAdminName;
  return is_default && user.credentials.empty_password &&
         session_of(context).service().settings.get("requirepass").empty();
}

void who_am_i(CommandContext& context, Args, Reply& reply) {
  reply.bulk(session_of(context).user());
}

void users(CommandContext& context, Args, Reply& reply) {
  const auto state = session_of(context).service().engine.catalog();
  const auto all = state->users();
  reply.array_header(all.size());
  for (const auto* user : all) reply.bulk(shown_name(*user));
}

void list(CommandContext& context, Args, Reply& reply) {
  const auto state = session_of(context).service().engine.catalog();
  const auto all = state->users();
  reply.array_header(all.size());
  for (const auto* user : all) {
    reply.bulk(fmt::format("user {} on{} ~* &* {}", shown_name(*user),
                           needs_no_password(context, *user) ? " nopass" : "",
                           rules(context, *user)));
  }
}

void get_user(CommandContext& context, Args args, Reply& reply) {
  const Session& session = session_of(context);
  if (args[2] != session.user() && !session.rights().config) {
    return reply.error("NOPERM this user has no permissions to see other users");
  }
  const auto state = session_of(context).service().engine.catalog();
  const auto* user = state->find_user(args[2] == kDefaultUser ? catalog::kAdminName : args[2]);
  if (user == nullptr) return reply.null();
  const bool open = needs_no_password(context, *user);
  reply.map_header(6);
  reply.bulk("flags");
  reply.set_header(open ? 2 : 1);
  reply.bulk("on");
  if (open) reply.bulk("nopass");
  reply.bulk("passwords");
  reply.array_header(0);  // salted, and not shown
  reply.bulk("commands");
  reply.bulk(rules(context, *user));
  reply.bulk("keys");
  reply.bulk("~*");
  reply.bulk("channels");
  reply.bulk("&*");
  reply.bulk("selectors");
  reply.array_header(0);
}

void categories(Reply& reply) {
  const auto names = all_categories();
  reply.array_header(names.size());
  for (const std::string_view name : names) reply.bulk(name);
}

void category(CommandContext&, Args args, Reply& reply) {
  if (args.size() > 3) return keyspace::unknown_subcommand(reply, args);
  if (args.size() == 2) return categories(reply);
  std::vector<std::string_view> names;
  const auto add = [&](const keyspace::CommandSpec& spec) {
    for (const std::string_view one : command_categories(spec)) {
      if (is_word(args[2], one)) names.push_back(spec.name);
    }
  };
  for (const auto* spec : all_commands().all()) {
    if (spec->has(keyspace::kInternal)) continue;
    add(*spec);
    for (const auto& one : subcommand_rows(*spec)) add(one);
  }
  if (names.empty()) return reply.error(fmt::format("ERR Unknown category '{}'", args[2]));
  reply.array_header(names.size());
  for (const std::string_view name : names) reply.bulk(name);
}

void generate_password(CommandContext&, Args args, Reply& reply) {
  constexpr std::int64_t kMaxBits = 4096;
  if (args.size() > 3) return keyspace::unknown_subcommand(reply, args);
  std::int64_t bits = 256;
  if (args.size() == 3) {
    const auto given = keyspace::bounded_argument(
        args[2], 1, kMaxBits, reply,
        "ERR ACL GENPASS argument must be the number of bits for the output password, a positive "
        "number up to 4096");
    if (!given) return;
    bits = *given;
  }
  const auto digits = static_cast<std::size_t>((bits + 3) / 4);
  const std::string password = format_hex(secure_random_bytes((digits + 1) / 2));
  reply.bulk(BytesView(password).substr(0, digits));
}

void show_denial(const AclDenial& denial, std::int64_t now_ms, Reply& reply) {
  reply.map_header(7);
  reply.bulk("count");
  reply.integer(denial.count);
  reply.bulk("reason");
  reply.bulk(denial.reason == AclDenial::Reason::auth ? "auth" : "command");
  reply.bulk("context");
  reply.bulk(denial.in_transaction ? "multi" : "toplevel");
  reply.bulk("object");
  reply.bulk(denial.object);
  reply.bulk("username");
  reply.bulk(denial.username);
  reply.bulk("age-seconds");
  reply.real(static_cast<double>(now_ms - denial.wall_ms) / 1000);
  reply.bulk("client-info");
  reply.bulk(denial.client);
}

void log(CommandContext& context, Args args, Reply& reply) {
  constexpr std::int64_t kDefaultCount = 10;
  if (args.size() > 3) return keyspace::unknown_subcommand(reply, args);
  AclLog& denials = session_of(context).service().acl_log;
  std::int64_t count = kDefaultCount;
  if (args.size() == 3 && is_word(args[2], "reset")) {
    denials.clear();
    return reply.ok();
  }
  if (args.size() == 3) {
    const auto given = keyspace::integer_argument(args[2], reply);
    if (!given) return;
    count = std::max<std::int64_t>(*given, 0);
  }
  const auto entries = denials.newest(static_cast<std::size_t>(count));
  const std::int64_t now_ms = system_clock().wall_ns() / 1'000'000;
  reply.array_header(entries.size());
  for (const AclDenial& denial : entries) show_denial(denial, now_ms, reply);
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"cat", -2, category, "[<category>]", "All categories, or the commands of one.",
     keyspace::kNeedsNothing},
    {"genpass", -2, generate_password, "[<bits>]", "A random password, of 256 bits.",
     keyspace::kNeedsNothing},
    {"getuser", 3, get_user, "<username>",
     "What a user may do on any of the databases. Other users only with the right to configure\n"
     "the server.",
     keyspace::kNeedsNothing},
    {"list", 2, list, "", "All users as rules. Grants are changed over the RethinkDB protocol."},
    {"log", -2, log, "[<count> | RESET]", "Denied calls and failed logins."},
    {"users", 2, users, "", "The names of all users."},
    {"whoami", 2, who_am_i, "", "The user of this connection.", keyspace::kNeedsNothing},
};

constexpr keyspace::CommandSpec kCommands[] = {
    keyspace::holding<kSubcommands>(
        {"acl", -2, keyspace::kLoading | keyspace::kStale | keyspace::kAdmin | keyspace::kNoScript,
         0, 0, 0, nullptr, "server", "6.0.0", "Shows users."}),
};

}  // namespace

std::span<const keyspace::CommandSpec> acl_family() { return kCommands; }

}  // namespace octavo::redis
