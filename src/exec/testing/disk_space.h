#pragma once

// A SpillSpace on a disk in memory, of operators that hold a few rows each.

#include "exec/spill_space.h"
#include "io/sim_file.h"

namespace octavo::exec::testing_support {

class DiskSpace {
 public:
  explicit DiskSpace(std::size_t hold_bytes);

  SpillSpace& space() { return space_; }

 private:
  std::unique_ptr<io::SimDisk> disk_;
  std::unique_ptr<io::FileSystem> files_;
  SpillSpace space_;
};

}  // namespace octavo::exec::testing_support
