#pragma once

// Collections that no event has told of: a stream that was opened again may know nothing of those
// that were dropped or renamed meanwhile. What the source lists is compared with what was copied,
// where the target has caught up with it.

#include <set>

#include "protocol/mongodb/transfer/copy.h"
#include "protocol/mongodb/transfer/names.h"

namespace octavo::mongodb::transfer {

class Reconciler {
 public:
  // Both outlive it.
  Reconciler(const CopyParts& parts, const Selection& taken) : parts_(parts), taken_(taken) {}

  // Those that differ twice, one time after the other, are copied anew or dropped: a difference
  // that is seen once may be one whose event comes.
  Status look();
  // Nothing has differed at the last look.
  bool is_clean() const { return looked_ && suspects_.empty(); }
  void doubt() { looked_ = false; }

 private:
  Result<std::set<CollectionName>> differing() const;

  const CopyParts& parts_;
  const Selection& taken_;
  std::set<CollectionName> suspects_;
  bool looked_ = false;
};

}  // namespace octavo::mongodb::transfer
