#pragma once

// The turn of a batch that writes to containers which long reads have pinned, or long writes
// reserved. Its owner waits for
// it before it submits the batch: in the batch's record everybody would wait.

#include <cstdint>
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

  bool has_come() const {
    const Pins& pins = keyspace_.pins();
    return !pins.any_taken(taken_) && (holder_ == 0 || pins.holder_of_all() != holder_);
  }

 private:
  Keyspace& keyspace_;
  std::vector<const void*> taken_;
  std::uint64_t holder_;  // of the whole keyspace
};

}  // namespace octavo::keyspace
