// A keyspace snapshot file of arbitrary bytes, in pieces: it loads, or is reported as corrupt. What
// has loaded is written again, and that loads as the same.
//
// The first byte is the size of the pieces; when its lowest bit is set, the rest are bodies of
// blocks (a kind byte and as many bytes as a length byte says, 255 for all the rest), which get
// their sizes and checksums here, so that the fuzzer gets behind them.

#include <algorithm>

#include "base/assert.h"
#include "base/checksum.h"
#include "fuzz.h"
#include "keyspace/file/snapshot.h"
#include "keyspace/file/snapshot_format.h"

using namespace octavo;
using namespace octavo::keyspace;

namespace {

Bytes frame_blocks(BytesView rest) {
  Bytes file(kSnapshotMagic);
  while (rest.size() >= 2) {
    const auto length = static_cast<std::uint8_t>(rest[1]);
    const std::size_t size =
        length == 255 ? rest.size() - 2 : std::min<std::size_t>(length, rest.size() - 2);
    Bytes body(1, rest[0]);
    body += rest.substr(2, size);
    put_le(file, static_cast<std::uint64_t>(body.size()));
    put_le(file, crc32c(body));
    file += body;
    rest.remove_prefix(2 + size);
  }
  return file;
}

Status load(Keyspace& keyspace, BytesView file, std::size_t piece) {
  SnapshotLoader loader(keyspace);
  for (std::size_t at = 0; at < file.size(); at += piece) {
    TRY_STATUS(loader.feed(file.substr(at, piece)));
  }
  return loader.finish();
}

Bytes write(Keyspace& keyspace) {
  std::unique_ptr<Snapshotter> snapshotter;
  {
    const auto lock = keyspace.lock();
    snapshotter = std::make_unique<Snapshotter>(keyspace, SnapshotHeader{});
  }
  Bytes file;
  bool more = true;
  while (more) more = snapshotter->step(file, 1000);
  return file;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView rest = fuzz::input(data + 1, size - 1);
  const Bytes file = (data[0] & 1) != 0 ? frame_blocks(rest) : Bytes(rest);
  Keyspace keyspace;
  if (const Status loaded = load(keyspace, file, 1 + data[0]); !loaded) {
    ASSERT(loaded.error().code == Code::corrupt || loaded.error().code == Code::unsupported);
    return 0;
  }
  const Bytes written = write(keyspace);
  Keyspace twin;
  ASSERT(load(twin, written, written.size()).has_value());
  // Keys are written from the last place to the first: each time the other way round.
  const Bytes reversed = write(twin);
  Keyspace third;
  ASSERT(load(third, reversed, reversed.size()).has_value());
  ASSERT(write(third) == written);
  return 0;
}
