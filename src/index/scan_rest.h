#pragma once

// What a reader of rows has not read yet, so that it may be cut into parts that several threads
// read.

#include <vector>

#include "base/bytes.h"
#include "base/id.h"
#include "index/index.h"
#include "kv/store.h"

namespace octavo::index {

struct ScanRest {
  TableId table{};
  // Of the rows themselves, or of entries by which rows are read. In the order of the scan.
  kv::Family family = kv::Family::rows;
  std::vector<EntryRange> ranges;  // whole keys of the family
  std::vector<Bytes> row_keys;     // in place of ranges: keys of rows, which may have none
};

}  // namespace octavo::index
