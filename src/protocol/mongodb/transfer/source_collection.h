#pragma once

// A collection of the source: what a server lists of it, or an archive has.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/mongodb/transfer/names.h"
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

// A field of a document; empty where it is not there, or no string.
std::string text_of(const value::Value& document, std::string_view name);
// By the name that listCollections gives it; none: as servers before 3.4.
CollectionKind kind_of(std::string_view name);
// What listCollections and listIndexes show, as `create` and `createIndexes` take it.
value::Value usable_options(const value::Value* options);
std::vector<value::Value> usable_indexes(const value::Value& listed);

}  // namespace octavo::mongodb::transfer
