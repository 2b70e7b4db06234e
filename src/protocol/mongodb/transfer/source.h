#pragma once

// What there is on the source.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/mongodb/transfer/commands.h"
#include "protocol/mongodb/transfer/names.h"
#include "protocol/mongodb/transfer/remote.h"
#include "protocol/mongodb/transfer/source_collection.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

struct SourceSize {
  std::uint64_t documents = 0;
  std::uint64_t bytes = 0;  // 0: not known
};

struct SourceServer {
  std::string version;
  bool has_changes = false;  // a replica set, or shards of them
  value::Value process;      // another one for each server, and each of its runs; null: not told
};

Result<SourceServer> describe(Commands& source);
// Those that are taken, by their names.
Result<std::vector<SourceCollection>> list_collections(Commands& source, const Selection& taken);
Result<std::optional<SourceCollection>> find_collection(Commands& source,
                                                        const CollectionName& name);
// But for the one over `_id`, in the form that `createIndexes` takes. None of a collection that is
// not there any more.
Result<std::vector<value::Value>> list_indexes(Commands& source, const CollectionName& name);
// An estimate.
Result<SourceSize> measure(Commands& source, const CollectionName& name);
// By its own counter, without looking at its documents.
Result<std::uint64_t> count_documents(Commands& server, const CollectionName& name);
// Every write that was acknowledged by now is not after it. Nothing: it has no time.
Result<std::optional<SourceTime>> source_time(Commands& source);
std::optional<SourceTime> to_source_time(const value::Value* stamp);

}  // namespace octavo::mongodb::transfer
