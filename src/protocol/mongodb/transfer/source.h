#pragma once

// What there is on the source.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/mongodb/transfer/commands.h"
#include "protocol/mongodb/transfer/names.h"
#include "protocol/mongodb/transfer/remote.h"
#include "value/value.h"

namespace octavo::mongodb::transfer {

enum class CollectionKind : std::uint8_t { collection, view, other };

struct SourceCollection {
  CollectionName name;
  CollectionKind kind = CollectionKind::collection;
  std::string kind_name;  // as the server calls it
  value::Value options;   // as `create` takes them
  value::Value uuid;      // another one where it was made anew; null: the server tells none
};

struct SourceSize {
  std::uint64_t documents = 0;
  std::uint64_t bytes = 0;  // 0: not known
};

struct SourceServer {
  std::string version;
  bool has_changes = false;  // a replica set, or shards of them
  value::Value process;      // another one for each server, and each of its runs; null: not told
};

// By the name that listCollections gives it; none: as servers before 3.4.
CollectionKind kind_of(std::string_view name);
// What listCollections and listIndexes show, as `create` and `createIndexes` take it.
value::Value usable_options(const value::Value* options);
std::vector<value::Value> usable_indexes(const value::Value& listed);

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
