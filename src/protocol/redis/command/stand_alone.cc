// What clients ask of servers that may hold modules: this one does not.

#include "keyspace/arguments.h"
#include "keyspace/subcommand.h"
#include "protocol/redis/command/families.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandContext;
using keyspace::Reply;

constexpr keyspace::CommandFlags kFlags = keyspace::kLoading | keyspace::kStale;

void no_modules(CommandContext&, Args, Reply& reply) { reply.array_header(0); }

constexpr keyspace::Subcommand kModuleSubcommands[] = {
    {"list", 2, no_modules, "", "Loaded modules: there are none."},
};

void lolwut(CommandContext&, Args, Reply& reply) {
  reply.verbatim("txt", "Redis ver. " + std::string(kRedisVersion) + "\n");
}

constexpr keyspace::CommandSpec kCommands[] = {
    keyspace::holding<kModuleSubcommands>({"module", -2,
                                           kFlags | keyspace::kAdmin | keyspace::kNoScript, 0, 0, 0,
                                           nullptr, "server", "4.0.0", "Shows modules."}),
    {"lolwut", -1, keyspace::kReadonly | keyspace::kFast | keyspace::kNeedsNothing, 0, 0, 0, lolwut,
     "server", "5.0.0", "Shows the version."},
};

}  // namespace

std::span<const keyspace::CommandSpec> stand_alone_family() { return kCommands; }

}  // namespace octavo::redis
