#pragma once

// The first n rows of an ordered scan, and how one state of them becomes another.

#include <vector>

#include "base/bytes.h"
#include "stream/subscription.h"
#include "value/value.h"

namespace octavo::stream {

struct WindowEntry {
  Bytes sort_key;    // of index and primary key: no two entries share one
  value::Value key;  // the primary key; of several entries where a multi index has the row so often
  value::Value row;  // as it is shown
};
using Window = std::vector<WindowEntry>;  // in the order of the scan

struct ScanOrder {
  bool descending = false;
  bool before(BytesView a, BytesView b) const { return descending ? b < a : a < b; }
};

// The items that turn one window into another when a client applies them one after the other: takes
// the row at `old_offset` out of its list, then puts the new one in at `new_offset`. A row that
// changed is one item, of its old form and its new one, so that clients which know rows by their
// primary key may take out the old value's and put in the new value's. Rows that left are then
// paired with rows that came, so that a row that was pushed out leaves in the item of the row that
// came in, and the list is never longer than the longer window.
std::vector<FeedItem> difference(const Window& old_window, const Window& new_window,
                                 ScanOrder order);

}  // namespace octavo::stream
