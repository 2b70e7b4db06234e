// DUMP payloads, as RESTORE takes them from anyone: bytes are a value or they are not. A value is
// written again, reads back as the same, and is the same in the form of snapshots.

#include "keyspace/file/dump.h"

#include "base/assert.h"
#include "fuzz.h"
#include "keyspace/file/value_codec.h"

using namespace octavo;
using namespace octavo::keyspace;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView payload = fuzz::input(data, size);
  static_cast<void>(dump_is_intact(payload));
  // Behind the checksum, which the fuzzer would not guess.
  const auto value = restore_value(payload, EncodingLimits());
  if (!value) return 0;
  const Bytes written = dump_value(*value);
  ASSERT(dump_is_intact(written));
  const auto again = restore_value(written, EncodingLimits());
  ASSERT(again.has_value());
  ASSERT(dump_value(*again) == written);

  Bytes stored;
  encode_value(stored, *value);
  ByteReader reader(stored);
  const auto loaded = decode_value(reader);
  ASSERT(loaded.has_value() && reader.empty());
  ASSERT(dump_value(*loaded) == written);
  return 0;
}
