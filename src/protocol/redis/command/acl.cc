// ACL: the users of the one user store, in Redis's terms.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/text.h"
#include "catalog/edit.h"
#include "catalog/keyspace_rules.h"
#include "catalog/reserved.h"
#include "catalog/scram.h"
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

// Of a user that rules were made for; nullopt: grants alone decide.
std::optional<AclUser> rules_of(const catalog::CatalogState& state, const catalog::User& user) {
  const auto stored = catalog::keyspace_rules(state, user.name);
  if (!stored) return std::nullopt;
  return AclUser::from_text(stored->text);
}

const catalog::User* find(const catalog::CatalogState& state, std::string_view name) {
  return state.find_user(name == kDefaultUser ? catalog::kAdminName : name);
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
    const auto own = rules_of(*state, *user);
    const std::string text =
        own ? own->text(false)
            : fmt::format("on{} ~* &* {}", needs_no_password(context, *user) ? " nopass" : "",
                          rules(context, *user));
    reply.bulk(fmt::format("user {} {}", shown_name(*user), text));
  }
}

void describe(const AclSelector& selector, Reply& reply) {
  reply.bulk("commands");
  reply.bulk(selector.commands());
  reply.bulk("keys");
  reply.bulk(selector.keys());
  reply.bulk("channels");
  reply.bulk(selector.channels());
}

void describe(const AclUser& user, Reply& reply) {
  reply.map_header(6);
  reply.bulk("flags");
  const auto flags = user.flags();
  reply.set_header(flags.size());
  for (const std::string_view flag : flags) reply.bulk(flag);
  reply.bulk("passwords");
  reply.array_header(user.passwords().size());
  for (const std::string& hash : user.passwords()) reply.bulk(hash);
  describe(user.root(), reply);
  reply.bulk("selectors");
  reply.array_header(user.selectors().size());
  for (const AclSelector& selector : user.selectors()) {
    reply.map_header(3);
    describe(selector, reply);
  }
}

void get_user(CommandContext& context, Args args, Reply& reply) {
  const Session& session = session_of(context);
  if (args[2] != session.user() && !session.rights().config) {
    return reply.error("NOPERM this user has no permissions to see other users");
  }
  const auto state = session_of(context).service().engine.catalog();
  const auto* user = find(*state, args[2]);
  if (user == nullptr) return reply.null();
  if (const auto own = rules_of(*state, *user)) return describe(*own, reply);
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

// Whether a call would be allowed: by rules, and by grants.
void dry_run(CommandContext& context, Args args, Reply& reply) {
  const auto state = session_of(context).service().engine.catalog();
  const auto* user = find(*state, args[2]);
  if (user == nullptr) return reply.error(fmt::format("ERR User '{}' not found", args[2]));
  const Args call = args.subspan(3);
  const auto* spec = all_commands().find(call[0]);
  if (spec == nullptr) return reply.error(fmt::format("ERR Command '{}' not found", call[0]));
  const auto& row = called_row(*spec, call);
  if (!keyspace::arity_fits(row, call.size())) {
    return reply.error(fmt::format("ERR wrong number of arguments for '{}' command", row.name));
  }
  AclUser::Judgement judgement;
  if (const auto own = rules_of(*state, *user)) judgement = own->judge(*spec, row, call);
  const auto rights = engine::KeyspaceRights::of(*state, user->name);
  if (judgement.denied == AclUser::Denied::nothing &&
      !rights.cover(keyspace::needs_of(*spec, context.db_index(), call))) {
    judgement.denied = AclUser::Denied::command;
  }
  switch (judgement.denied) {
    case AclUser::Denied::nothing: return reply.ok();
    case AclUser::Denied::command:
      return reply.bulk(
          fmt::format("This user has no permissions to run the '{}' command", row.name));
    case AclUser::Denied::key:
      return reply.bulk(fmt::format("This user has no permissions to access the '{}' key",
                                    call[judgement.argument]));
    case AclUser::Denied::channel:
      return reply.bulk(fmt::format("This user has no permissions to access the '{}' channel",
                                    call[judgement.argument]));
  }
}

// Users are kept by the log: as soon as a change is answered there is nothing left to save, and
// what is in force is what a start would load.
void save_or_load(CommandContext&, Args, Reply& reply) { reply.ok(); }

// These wait for the log: see `change_users`.
void not_here(CommandContext&, Args args, Reply& reply) {
  reply.error(fmt::format("ERR ACL {} cannot run here", args[1]));
}

void categories(Reply& reply) {
  const auto names = all_categories();
  reply.array_header(names.size());
  for (const std::string_view name : names) reply.bulk(name);
}

void category(CommandContext&, Args args, Reply& reply) {
  if (args.size() > 3) {
    return reply.error(fmt::format(
        "ERR unknown subcommand or wrong number of arguments for '{}'. Try ACL HELP.", args[1]));
  }
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
  constexpr std::string_view kReasons[] = {"command", "key", "channel", "auth"};
  reply.bulk(kReasons[static_cast<std::size_t>(denial.reason)]);
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

// --- Changes ---

bool has_blanks(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return c == ' ' || c == '\0' || (c >= '\t' && c <= '\r'); });
}

constexpr std::string_view kChangesOfUsers[] = {"acl|setuser", "acl|deluser"};

// The permissions that a user who came with rules needs for what these allow: nothing of what is
// not Redis's, and no more than they say.
void set_grants(const AclUser& rules, catalog::User& user) {
  bool read = false;
  bool write = false;
  bool config = false;
  bool users = false;
  const auto look_at = [&](const keyspace::CommandSpec& row) {
    if (!rules.allows(row) || row.has(keyspace::kNeedsNothing)) return;
    read = read || row.has(keyspace::kReadonly) || row.has(keyspace::kNeedsRead);
    write = write || row.has(keyspace::kWrite) || row.has(keyspace::kNeedsWrite);
    config = config || row.has(keyspace::kAdmin) || row.has(keyspace::kNeedsConfig);
    users = users || std::ranges::find(kChangesOfUsers, row.name) != std::end(kChangesOfUsers);
  };
  for (const auto* spec : all_commands().all()) {
    if (spec->has(keyspace::kInternal)) continue;
    const auto held = subcommand_rows(*spec);
    if (held.empty()) look_at(*spec);
    for (const auto& one : held) look_at(one);
  }
  using Scope = std::pair<std::optional<DatabaseId>, std::optional<TableId>>;
  const auto set = [&](const Scope& scope, auto change) {
    auto at = std::ranges::find_if(user.grants, [&](const catalog::Grant& grant) {
      return Scope(grant.database, grant.table) == scope;
    });
    if (at == user.grants.end()) {
      at = user.grants.insert(at, catalog::Grant{scope.first, scope.second, {}});
    }
    change(at->permissions);
    if (at->permissions.empty()) user.grants.erase(at);
  };
  const auto given = [](bool is) { return is ? std::optional(true) : std::nullopt; };
  set({catalog::kKeyspace.database, std::nullopt}, [&](catalog::Permissions& permissions) {
    permissions.read = given(read || write);  // `write` counts only together with it
    permissions.write = given(write);
  });
  set({std::nullopt, std::nullopt},
      [&](catalog::Permissions& permissions) { permissions.config = given(config); });
  for (const TableId table : {catalog::kUsers, catalog::kGrants}) {
    set({catalog::kSystemDatabase, table}, [&](catalog::Permissions& permissions) {
      permissions.read = given(users);
      permissions.write = given(users);
    });
  }
}

constexpr std::size_t kRandomPasswordBytes = 32;

// Decided on definitions as they are when it is made; `wrong` is the error of a rule.
Result<catalog::Changes> with_rules(const catalog::CatalogState& state, std::string_view name,
                                    std::span<const std::string> words, std::string& wrong) {
  const std::string stored_name(name == kDefaultUser ? catalog::kAdminName : name);
  const catalog::User* existing = state.find_user(stored_name);
  const auto stored = catalog::keyspace_rules(state, stored_name);
  AclUser rules = stored                ? AclUser::from_text(stored->text)
                  : existing != nullptr ? AclUser::made_elsewhere()
                                        : AclUser();
  const bool open = existing != nullptr && existing->name == catalog::kAdminName &&
                    existing->credentials.empty_password;
  if (!stored && open) rules.apply("nopass");  // what it was until now
  wrong.clear();
  for (const std::string& word : words) {
    const std::string_view error = rules.apply(word);
    if (error.empty()) continue;
    wrong = fmt::format("ERR Error in ACL SETUSER modifier '{}': {}", word, error);
    return fail(Code::invalid_argument, wrong);
  }
  catalog::User user;
  if (existing != nullptr) {
    user = *existing;
  } else {
    user.name = stored_name;
    // Over the other protocols it has a password that nobody knows, until it is given one.
    user.credentials = catalog::make_credentials(secure_random_bytes(kRandomPasswordBytes));
  }
  catalog::KeyspaceRules put{rules.text(true), stored ? stored->owns_grants : existing == nullptr};
  if (put.owns_grants) set_grants(rules, user);
  catalog::KeyspaceRulesEdit edit(state);
  edit.put(stored_name, std::move(put));
  TRY(auto changes, catalog::put_user(state, std::move(user)));
  if (auto change = edit.change()) changes.push_back(*std::move(change));
  return changes;
}

// Runs on a thread that may wait for the log.
template <class Decide>
io::Task<Status> change_users(Session& session, Decide& decide) {
  engine::Engine& engine = session.service().engine;
  // Also of those whose rules alone change, which are part of another definition.
  for (const TableId table : {catalog::kUsers, catalog::kGrants}) {
    Status may = engine.access().require(session.caller().user(), catalog::Permission::write,
                                         catalog::kSystemDatabase, table);
    if (!may) co_return may;
  }
  auto work = [&]() -> Status {
    const auto done = engine.define(session.caller().user(), decide);
    return done ? Status() : fail(done.error());
  };
  Status done = co_await session.long_calls().run(protocol::Weight::urgent, std::move(work));
  co_return done;
}

std::string refusal(const Error& error) {
  const std::string_view code = error.code == Code::permission_denied ? "NOPERM " : "ERR ";
  return std::string(code) + error.what;
}

io::Task<void> set_user(Session& session, std::vector<std::string> args) {
  const std::string& name = args[2];
  if (has_blanks(name) || name.empty()) {
    session.reply().error("ERR Usernames can't contain spaces or null characters");
    co_return;
  }
  const std::vector<std::string_view> views(args.begin() + 3, args.end());
  std::string rest;
  const auto words = merge_selectors(views, rest);
  if (!words) {
    session.reply().error(
        fmt::format("ERR Unmatched parenthesis in acl selector starting at '{}'.", rest));
    co_return;
  }
  std::string wrong;
  auto decide = [&](const catalog::CatalogState& state) {
    return with_rules(state, name, *words, wrong);
  };
  const Status done = co_await change_users(session, decide);
  if (done) {
    session.reply().ok();
  } else {
    session.reply().error(wrong.empty() ? refusal(done.error()) : wrong);
  }
}

io::Task<void> delete_users(Session& session, std::vector<std::string> args) {
  const std::span<const std::string> names = std::span(args).subspan(2);
  const bool any_default = std::ranges::any_of(names, [](const std::string& name) {
    return name == kDefaultUser || name == catalog::kAdminName;
  });
  if (any_default) {
    session.reply().error("ERR The 'default' user cannot be removed");
    co_return;
  }
  std::int64_t deleted = 0;
  auto decide = [&](const catalog::CatalogState& state) -> Result<catalog::Changes> {
    deleted = 0;
    catalog::Changes changes;
    catalog::KeyspaceRulesEdit rules(state);
    std::set<std::string_view> seen;
    for (const std::string& name : names) {
      if (state.find_user(name) == nullptr || !seen.insert(name).second) continue;
      ++deleted;
      changes.emplace_back(catalog::DropUser{name});
      rules.drop(name);
    }
    if (auto change = rules.change()) changes.push_back(*std::move(change));
    return changes;
  };
  // Who deletes itself is told before its connection ends.
  if (std::ranges::find(names, session.user()) != names.end()) session.close_after_reply();
  const Status done = co_await change_users(session, decide);
  if (done) {
    session.reply().integer(deleted);
  } else {
    session.reply().error(refusal(done.error()));
  }
}

constexpr keyspace::Subcommand kSubcommands[] = {
    {"cat", -2, category, "[<category>]", "All categories, or the commands of one.",
     keyspace::kNeedsNothing},
    {"deluser", -3, not_here, "<username> [<username> ...]",
     "Deletes users, and ends their connections."},
    {"dryrun", -4, dry_run, "<username> <command> [<arg> ...]",
     "Whether the user may make that call, without making it."},
    {"genpass", -2, generate_password, "[<bits>]", "A random password, of 256 bits.",
     keyspace::kNeedsNothing},
    {"getuser", 3, get_user, "<username>",
     "What a user may do. Other users only with the right to configure the server.",
     keyspace::kNeedsNothing},
    {"list", 2, list, "", "All users as rules."},
    {"load", 2, save_or_load, "", "Does nothing: users are kept by the log."},
    {"log", -2, log, "[<count> | RESET]", "Denied calls and failed logins."},
    {"save", 2, save_or_load, "", "Does nothing: users are kept by the log."},
    {"setuser", -3, not_here, "<username> <attribute> [<attribute> ...]",
     "Makes a user, or changes its rules. Grants bound what rules allow."},
    {"users", 2, users, "", "The names of all users."},
    {"whoami", 2, who_am_i, "", "The user of this connection.", keyspace::kNeedsNothing},
};

constexpr keyspace::CommandSpec kAcl = keyspace::holding<kSubcommands>(
    {"acl", -2, keyspace::kLoading | keyspace::kStale | keyspace::kAdmin | keyspace::kNoScript, 0,
     0, 0, nullptr, "server", "6.0.0", "Shows and changes users."});

io::Task<void> acl(Session& session, std::vector<std::string> args) {
  if (args.size() > 2 && is_word(args[1], "setuser")) {
    co_await set_user(session, std::move(args));
  } else if (args.size() > 2 && is_word(args[1], "deluser")) {
    co_await delete_users(session, std::move(args));
  } else {
    engine::KeyspaceFacade& keyspace = session.service().engine.keyspace();
    const std::vector<std::string_view> views(args.begin(), args.end());
    auto reply = session.reply();
    const auto lock = keyspace.keyspace().lock();
    CommandContext context(keyspace.keyspace(), session.db(), keyspace.now_ms() * 1'000'000, 0);
    context.set_session(&session);
    kAcl.handler(context, views, reply);
  }
}

bool changes_users(Args args) { return is_word(args[1], "setuser") || is_word(args[1], "deluser"); }

constexpr DialogueCommand kDialogue[] = {{kAcl, nullptr, acl, changes_users}};

}  // namespace

std::span<const DialogueCommand> acl_dialogue() { return kDialogue; }

}  // namespace octavo::redis
