#pragma once

// Writes to capped collections: new rows get their numbers, and the oldest go in the same commit
// where there is no room.

#include <functional>
#include <vector>

#include "protocol/mongodb/command/write_rows.h"

namespace octavo::mongodb {

// An edit before it is written, of a row as it is stored (null: it is new).
using CompleteRow =
    std::function<void(std::size_t i, const value::Value* stored, exec::RowEdit& edit)>;
// A write as to any collection. The first `given` keys are the caller's, those behind them of
// documents that go.
using WriteRows = std::function<Result<DocumentsWritten>(
    std::vector<value::Value> keys, std::size_t given, const DecideDocument& decide,
    const CompleteRow& complete)>;

// As write_documents. Without keys it removes what is beyond the limits of the collection.
Result<DocumentsWritten> write_capped(CommandCall& call, const Collection& collection,
                                      std::vector<value::Value> keys, const DecideDocument& decide,
                                      const NewDocuments& fresh, bool whole,
                                      const WriteRows& write_rows);

}  // namespace octavo::mongodb
