// Keyspace operations as they are in the log: any bytes decode, or are refused. A call that decodes
// is written as it was read; an operation is executed, as replay does, on a keyspace that has a key
// of each kind, and never does more than refuse.

#include <array>
#include <string>
#include <vector>

#include "base/assert.h"
#include "fuzz.h"
#include "keyspace/batch.h"
#include "keyspace/keyspace.h"

using namespace octavo;
using namespace octavo::keyspace;

namespace {

constexpr std::int64_t kNowNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kMaxStringBytes = 64 * 1024;  // SETRANGE and SETBIT make what they are told

void fill(Keyspace& keyspace) {
  const std::vector<std::vector<std::string_view>> calls = {
      {"set", "s", "1"},
      {"rpush", "l", "a", "b"},
      {"sadd", "t", "a", "1"},
      {"hset", "h", "f", "v"},
      {"zadd", "z", "1", "a", "2", "b"},
      {"xadd", "x", "1-1", "f", "v"},
      {"pfadd", "p", "a"},
      {"hset", "m", "f", "v"},
      {"hexpire", "m", "9", "fields", "1", "f"},
  };
  for (const auto& call : calls) {
    Bytes op;
    encode_call(op, 0, call);
    ASSERT(keyspace.apply_logged(op, kNowNs, 1, 0).has_value());
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes = fuzz::input(data, size);
  if (const auto call = decode_call(bytes)) {
    ASSERT(!call->args.empty());
    Bytes written;
    encode_call(written, call->db, call->args);
    const auto again = decode_call(written);
    ASSERT(again && again->db == call->db && again->args == call->args);
  }
  const auto op = decode_op(bytes);
  Keyspace::Options options;
  options.max_string_bytes = kMaxStringBytes;
  Keyspace keyspace(options);
  fill(keyspace);
  const Status applied = keyspace.apply_logged(bytes, kNowNs, 2, 0);
  ASSERT(op.has_value() || !applied.has_value());
  while (keyspace.free_garbage()) {
  }
  return 0;
}
