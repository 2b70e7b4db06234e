#pragma once

// CLIENT TRACKING and its kin, which CLIENT holds.

#include "keyspace/command.h"

namespace octavo::redis {

void client_caching(keyspace::CommandContext& context, keyspace::Args args, keyspace::Reply& reply);
void client_getredir(keyspace::CommandContext& context, keyspace::Args args,
                     keyspace::Reply& reply);
void client_tracking(keyspace::CommandContext& context, keyspace::Args args,
                     keyspace::Reply& reply);
void client_trackinginfo(keyspace::CommandContext& context, keyspace::Args args,
                         keyspace::Reply& reply);

}  // namespace octavo::redis
