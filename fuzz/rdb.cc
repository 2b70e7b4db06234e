// RDB files, as `octavo import` takes them from anyone: however their bytes are cut, the same keys
// come out, or the same error; each key's payload is intact, and a value.

#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.h"
#include "fuzz.h"
#include "keyspace/file/dump.h"
#include "keyspace/file/rdb_reader.h"

using namespace octavo;
using namespace octavo::keyspace;

namespace {

struct Outcome {
  std::vector<std::string> keys;
  bool is_whole = false;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(BytesView file, std::size_t piece) {
  RdbReader reader;
  Outcome out;
  for (;;) {
    const auto found = reader.next();
    if (!found) return out;
    switch (*found) {
      case RdbReader::Found::end: out.is_whole = true; return out;
      case RdbReader::Found::function: break;
      case RdbReader::Found::key:
        ASSERT(dump_is_intact(reader.key().payload));
        ASSERT(restore_value(reader.key().payload, EncodingLimits()).has_value());
        out.keys.push_back(reader.key().name + reader.key().payload);
        break;
      case RdbReader::Found::more:
        if (file.empty()) {
          reader.end_input();
        } else {
          reader.feed(file.substr(0, piece));
          file.remove_prefix(std::min(piece, file.size()));
        }
        break;
    }
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BytesView file = fuzz::input(data, size);
  if (file.empty()) return 0;
  const std::size_t piece = 1 + static_cast<unsigned char>(file.front());
  file.remove_prefix(1);
  ASSERT(read(file, piece) == read(file, file.size() + 1));
  return 0;
}
