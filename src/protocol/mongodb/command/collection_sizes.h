#pragma once

// What the documents of a collection take.

#include <cstdint>

#include "base/result.h"
#include "protocol/mongodb/command/collection.h"

namespace octavo::mongodb {

class CommandCall;

struct CollectionSizes {
  std::int64_t count = 0;
  std::int64_t bytes = 0;  // of BSON
};

// All of them are read.
Result<CollectionSizes> measure(CommandCall& call, const Collection& collection);

}  // namespace octavo::mongodb
