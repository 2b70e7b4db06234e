// The one place that names every family of commands.

#include <array>

#include "keyspace/command/families.h"
#include "keyspace/command_table.h"

namespace octavo::keyspace {
namespace {

const auto& families() {
  static const std::array kFamilies = {
      string_commands(),       bit_commands(),         list_commands(),
      hash_commands(),         hash_expiry_commands(), set_commands(),
      zset_commands(),         zset_range_commands(),  zset_algebra_commands(),
      key_commands(),          expiry_commands(),      scan_commands(),
      dump_commands(),         hll_commands(),         geo_commands(),
      sort_commands(),         stream_commands(),      stream_read_commands(),
      stream_group_commands(), stream_info_commands(), memory_commands(),
      internal_commands(),
  };
  return kFamilies;
}

}  // namespace

std::span<const std::span<const CommandSpec>> keyspace_families() { return families(); }

const CommandTable& keyspace_commands() {
  static const CommandTable kTable(families());
  return kTable;
}

}  // namespace octavo::keyspace
