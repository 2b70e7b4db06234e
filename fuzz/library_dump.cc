// Payloads of FUNCTION RESTORE, as it takes them from anyone: bytes are codes of libraries or they
// are not. What is read is written again, and reads back as the same; each code has a first line
// that says which library it is, or an error.

#include "protocol/redis/script/library_dump.h"

#include <map>

#include "base/assert.h"
#include "fuzz.h"
#include "keyspace/file/dump.h"
#include "protocol/redis/script/source.h"

using namespace octavo;
using namespace octavo::redis;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Behind the checksum, which the fuzzer would not guess.
  const auto codes = read_libraries(fuzz::input(data, size));
  if (!codes) return 0;
  keyspace::Keyspace::Libraries libraries;
  for (std::size_t i = 0; i < codes->size(); ++i) {
    const auto source = read_library((*codes)[i]);
    if (source) ASSERT(is_library_name(source->name));
    libraries.emplace(std::string(i, '.'), (*codes)[i]);
    if (i == 100) return 0;  // their names would take the time
  }
  const Bytes written = dump_libraries(libraries);
  ASSERT(keyspace::dump_is_intact(written));
  const auto again = read_libraries(written);
  ASSERT(again.has_value() && *again == *codes);
  return 0;
}
