#pragma once

// The turn of a batch that writes to containers which long reads have pinned, or long writes
// reserved. Its owner waits for
// it before it submits the batch: in the batch's record everybody would wait.

#include <vector>

#include "keyspace/batch.h"
#include "keyspace/keyspace.h"

namespace octavo::keyspace {

class [[nodiscard]] WriteTurn {
 public:
  // Of the keys that the batch's calls name. Takes the keyspace's mutex. As long as it lives, what
  // was taken at this moment is not taken again.
  WriteTurn(Keyspace& keyspace, const LocalBatch& batch);
  ~WriteTurn();
  WriteTurn(const WriteTurn&) = delete;
  WriteTurn& operator=(const WriteTurn&) = delete;

  bool has_come() const { return !keyspace_.pins().any_taken(taken_); }

 private:
  Keyspace& keyspace_;
  std::vector<const void*> taken_;
};

}  // namespace octavo::keyspace
