#pragma once

// The documents of a collection, from the source to the target.
//
// They are read in the order of `_id`, so that a reading that breaks off goes on behind the last
// one. Those of capped collections come in their own order, and are read again from the beginning.

#include "protocol/mongodb/transfer/definitions.h"
#include "protocol/mongodb/transfer/ledger.h"
#include "protocol/mongodb/transfer/patience.h"
#include "protocol/mongodb/transfer/remote.h"
#include "protocol/mongodb/transfer/report.h"
#include "protocol/mongodb/transfer/stop.h"
#include "protocol/mongodb/transfer/writes.h"

namespace octavo::mongodb::transfer {

// All outlive who uses them. `source`, `target`: ask again where a server is away for a while.
struct CopyParts {
  Remote& remote;  // the source, for what asks again by itself
  Commands& source;
  Commands& target;
  Ledger& ledger;
  Definitions& definitions;
  Patience& patience;
  Report& report;
  const StopRequest& stop;
  bool follows = false;  // the changes of the source are applied afterwards
};

// `cancelled`: a stop was asked for; the ledger says how far it is.
Status copy_documents(const CopyParts& parts, CollectionEntry& entry, CopyProgress& progress);

// Makes the collection anew, with its documents and their indexes, in the midst of the changes.
// Nothing is there where the source has none.
Status copy_anew(const CopyParts& parts, const CollectionName& name);

}  // namespace octavo::mongodb::transfer
