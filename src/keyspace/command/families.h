#pragma once

// The rows of each family, in the file of its name.

#include <span>

#include "keyspace/command.h"

namespace octavo::keyspace {

std::span<const CommandSpec> string_commands();
std::span<const CommandSpec> bit_commands();
std::span<const CommandSpec> key_commands();
std::span<const CommandSpec> expiry_commands();
std::span<const CommandSpec> scan_commands();
std::span<const CommandSpec> list_commands();
std::span<const CommandSpec> hash_commands();
std::span<const CommandSpec> hash_expiry_commands();
std::span<const CommandSpec> set_commands();
std::span<const CommandSpec> zset_commands();
std::span<const CommandSpec> zset_range_commands();
std::span<const CommandSpec> zset_algebra_commands();
std::span<const CommandSpec> dump_commands();
std::span<const CommandSpec> hll_commands();
std::span<const CommandSpec> geo_commands();
std::span<const CommandSpec> sort_commands();
std::span<const CommandSpec> stream_commands();
std::span<const CommandSpec> stream_read_commands();
std::span<const CommandSpec> stream_group_commands();
std::span<const CommandSpec> stream_info_commands();
std::span<const CommandSpec> memory_commands();
std::span<const CommandSpec> internal_commands();

}  // namespace octavo::keyspace
