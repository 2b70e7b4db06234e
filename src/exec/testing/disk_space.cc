#include "exec/testing/disk_space.h"

#include "base/assert.h"

namespace octavo::exec::testing_support {

DiskSpace::DiskSpace(std::size_t hold_bytes)
    : disk_(io::make_sim_disk(1)),
      files_(disk_->mount()),
      space_(*files_, {.directory = "spill", .query_bytes = kMiB, .hold_bytes = hold_bytes}) {
  ASSERT(space_.open());
}

}  // namespace octavo::exec::testing_support
