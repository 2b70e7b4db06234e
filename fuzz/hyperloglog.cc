// The bytes of a HyperLogLog, which are a string that any client may set. What is one keeps its
// count through both encodings, through a merge with itself, and never loses by an addition.

#include "keyspace/type/hyperloglog.h"

#include "base/assert.h"
#include "fuzz.h"

using octavo::keyspace::HyperLogLog;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = octavo::fuzz::input(data, size);
  auto value = HyperLogLog::parse(bytes);
  if (!value) return 0;
  ASSERT(HyperLogLog::has_header(bytes));
  const std::uint64_t count = value->count();
  for (const std::int64_t sparse_limit : {0, 3000}) {
    const std::string written = value->encode(sparse_limit);
    auto again = HyperLogLog::parse(written);
    ASSERT(again && again->count() == count);
    again->merge(*value);
    ASSERT(again->count() == count);
  }
  const bool grew = value->add(bytes);
  ASSERT(grew || value->count() == count);
  ASSERT(value->count() + 1 >= count);
  return 0;
}
