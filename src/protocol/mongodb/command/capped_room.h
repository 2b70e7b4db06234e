#pragma once

// Room for documents that come into a capped collection: the table locked, the numbers of the new
// rows, and the oldest rows, which go in the same commit.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "exec/context.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_sizes.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// While it lives, nobody else writes to the collection.
class CappedRoom {
 public:
  // Waits for those who write to it. 263 in a transaction.
  static Result<std::unique_ptr<CappedRoom>> take(CommandCall& call, const Collection& collection);
  ~CappedRoom();
  CappedRoom(const CappedRoom&) = delete;
  CappedRoom& operator=(const CappedRoom&) = delete;

  // The keys of the rows that have to go so that this fits beside the others, the oldest first; at
  // most `most`.
  Result<std::vector<value::Value>> make_room(const CollectionSizes& coming, std::size_t most);
  // Whether the collection is within its limits with so much more, or less.
  bool fits(const CollectionSizes& change) const;
  // The number of the i-th row that is new.
  std::int64_t number(std::size_t i) const { return next_ + static_cast<std::int64_t>(i); }
  // A write has changed the collection by so much.
  void changed(const CollectionSizes& change);

 private:
  CappedRoom(CommandCall& call, const Collection& collection)
      : call_(call), collection_(collection) {}
  Status look();
  Result<std::int64_t> next_number();

  CommandCall& call_;
  const Collection collection_;
  CappedLimits limits_;
  std::unique_ptr<exec::HeldTables> held_;
  CollectionSizes sizes_;
  std::int64_t next_ = 1;
};

// Removes the oldest until the rest fits: where the limits have become lower.
Status shrink_to_limits(CommandCall& call, const Collection& collection);

}  // namespace octavo::mongodb
