#pragma once

#include "algebra/change.h"
#include "txn/transaction.h"

namespace octavo::engine {

// The row changes among one transaction's operations that belong to `table`, decoded and added to
// `set`. `first_op` numbers the first operation within the record. A document that does not decode
// reads as absent; the row itself will say so when it is read.
void add_changes(const txn::OpsView& ops, std::uint32_t first_op, TableId table,
                 algebra::ChangeSet& set);

}  // namespace octavo::engine
