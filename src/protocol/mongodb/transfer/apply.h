#pragma once

// Changes of the source, applied to the target in their order: each document becomes what its last
// event says, whatever it was before. So what is applied twice, or was copied already, does no
// harm.
//
// Documents are written in batches, and an event may show a document as it is later. So for a
// moment two may have the same value of a unique index: one that the target refuses waits until the
// others are there. As long as one waits, the place in the change stream that is kept does not
// move.

#include <cstdint>

#include "protocol/common/import.h"
#include "protocol/mongodb/transfer/change.h"
#include "protocol/mongodb/transfer/copy.h"

namespace octavo::mongodb::transfer {

class Applier {
 public:
  // Both outlive it. `existing`: of a new collection whose name the target has already.
  Applier(const CopyParts& parts, const Selection& taken, protocol::Existing existing)
      : parts_(parts), taken_(taken), existing_(existing) {}

  Status apply(const Change& change);
  // Writes what is pending.
  Status flush();
  // The same, and what waits with its newest version. Called where no further event is there.
  Status settle();

  bool is_full() const { return pending_.is_full(); }
  bool has_waiting() const { return !waiting_.empty(); }
  std::uint64_t applied() const { return applied_; }

 private:
  Status write(const CollectionName& name, const PendingWrites::Documents& documents);
  Status write_all();
  Status retry_waiting();
  Status refresh_waiting();
  Result<bool> has_place(const Change& change);
  Status ensure(const CollectionName& name, bool& there);
  Status drop(const CollectionName& name);
  Status drop_database(const std::string& database);
  Status rename(const Change& change);
  Status move(const Change& change);
  Status remove(const CollectionName& name);

  const CopyParts& parts_;
  const Selection& taken_;
  const protocol::Existing existing_;
  PendingWrites pending_;
  PendingWrites waiting_;  // for others to give up what is unique
  std::uint64_t applied_ = 0;
  int rounds_ = 0;  // in which nothing else was left to do
};

}  // namespace octavo::mongodb::transfer
