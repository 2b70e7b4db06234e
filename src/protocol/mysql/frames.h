#pragma once

// The compressed layer below packets, from the packet after the login on: frames with their own
// sequence numbers, each of which holds any bytes of the stream of packets, packed or as they are.
// No I/O. docs/protocols/mysql.md.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/compression.h"
#include "base/result.h"
#include "protocol/mysql/capabilities.h"
#include "protocol/mysql/packet.h"

namespace octavo::mysql {

constexpr std::size_t kFrameHeaderBytes = 7;

// A coding that clients can choose, strongest wish first.
struct FrameCoding {
  Capabilities capability;
  std::unique_ptr<Encoder> (*encoder)(int level);
  std::unique_ptr<Decoder> (*decoder)();
};

// Null: the client wants none.
const FrameCoding* find_coding(Capabilities in_force);

class FrameReader {
 public:
  explicit FrameReader(const FrameCoding& coding) : coding_(coding) {}

  enum class State : std::uint8_t { more, whole, damaged, out_of_order };
  // The frame at the front of `input`, which loses it; its bytes are appended to `plain`. What a
  // frame says of its size is believed only as far as its bytes bear it out.
  State next(BytesView& input, Sequence& sequence, Bytes& plain);

 private:
  bool unpack(BytesView packed, std::size_t size, Bytes& plain);

  const FrameCoding& coding_;
};

class FrameWriter {
 public:
  FrameWriter(const FrameCoding& coding, int level) : coding_(coding), level_(level) {}

  // As frames behind `out`.
  void write(BytesView plain, Sequence& sequence, Bytes& out);

 private:
  const FrameCoding& coding_;
  const int level_;
};

}  // namespace octavo::mysql
