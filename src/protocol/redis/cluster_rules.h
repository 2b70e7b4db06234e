#pragma once

// What a node of the cluster (state/cluster.h) makes of a call: the slot that it is about, and what
// there is no such thing as in a cluster. For calls of clients and of scripts alike.

#include <optional>
#include <string>

#include "keyspace/command.h"

namespace octavo::redis {

// Of the keys that a call names, and of its shard channels.
struct SlotOfCall {
  std::optional<unsigned> slot;  // none: the call is about no slot
  bool several = false;          // there is no one slot
};
SlotOfCall slot_of_call(const keyspace::CommandSpec& spec, keyspace::Args args);

// A shard channel is heard on the replicas of its slot as well.
bool is_about_shard_channels(const keyspace::CommandSpec& spec);

// The error, with its code, of what reaches beyond database 0, or keys that the call does not name;
// empty: there is none.
std::string refused_in_cluster(const keyspace::CommandSpec& spec, keyspace::Args args);

}  // namespace octavo::redis
