#pragma once

// Packets: three bytes of length, a sequence number, and the payload. A payload of 2^24 - 1 bytes
// or more goes in several, the last of which is shorter. No I/O.

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace octavo::mysql {

constexpr std::size_t kMaxFrameBytes = 0xffffff;
constexpr std::size_t kHeaderBytes = 4;

// Counts over both directions, modulo 256, and begins again with each command.
struct Sequence {
  std::uint8_t next = 0;
};

enum class SequenceCheck : std::uint8_t {
  strict,
  // Below compression, where the frames are what is counted, and some clients number the packets
  // inside as they like: replies go on from what came.
  follow,
};

class PacketReader {
 public:
  explicit PacketReader(std::size_t largest) : largest_(largest) {}

  enum class State : std::uint8_t {
    more,
    whole,
    too_large,     // and read over to its end, so that the error reaches the client
    out_of_order,  // nothing was taken
  };
  struct Packet {
    State state = State::more;
    BytesView
        payload;  // of `whole`: in `input`, or, of several frames, in the reader till the next
    bool in_frames = false;  // several: `take` has them
  };
  // From the front of `input`, which loses what was taken.
  Packet next(BytesView& input, Sequence& sequence);

  // The payload of several frames that was given out last.
  Bytes take();

  void set_largest(std::size_t bytes) { largest_ = bytes; }
  void set_check(SequenceCheck check) { check_ = check; }
  std::size_t held() const { return parts_.capacity(); }

 private:
  std::size_t skip(BytesView& input);

  std::size_t largest_;
  SequenceCheck check_ = SequenceCheck::strict;
  Bytes parts_;         // of a payload in several frames
  bool whole_ = false;  // they were given out
  bool skipping_ = false;
  bool skips_last_ = false;  // what is skipped now is the last frame of the payload
  std::size_t to_skip_ = 0;
};

// Appends packets to `out`: begin, append the payload to what it returns, end.
class PacketWriter {
 public:
  PacketWriter(Bytes& out, Sequence& sequence) : out_(out), sequence_(sequence) {}

  Bytes& begin();
  void end();
  void put(BytesView payload);

 private:
  void split();

  Bytes& out_;
  Sequence& sequence_;
  std::size_t start_ = 0;
};

// The header of a frame, at `target`.
void store_header(char* target, std::size_t size, std::uint8_t sequence);

}  // namespace octavo::mysql
