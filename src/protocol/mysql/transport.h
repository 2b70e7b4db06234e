#pragma once

// Packets of one connection, in and out, plain or compressed. On the connection's thread.

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "dialect/sql/error/error.h"
#include "io/task.h"
#include "protocol/common/connection.h"
#include "protocol/mysql/frames.h"
#include "protocol/mysql/ok.h"
#include "protocol/mysql/packet.h"

namespace octavo::mysql {

class Transport {
 public:
  Transport(protocol::Connection& connection, std::size_t largest)
      : connection_(connection), reader_(largest) {}

  // The next packet's payload, in `payload`. False: there is none, and the client was told why
  // where it can be; the connection is to end.
  io::Task<bool> read(Bytes& payload);
  // The numbers of packets begin again.
  void begin_command();

  // One packet; `put` appends its payload.
  template <class Put>
  void put(Put&& append) {
    PacketWriter packet(room(), sequence_);
    append(packet.begin());
    packet.end();
  }
  void tell_error(Error error);
  // Where whole packets may be appended, with numbers of `sequence`. Until the next call of
  // anything.
  Bytes& room() { return writer_ ? plain_out_ : connection_.output(); }
  Sequence& sequence() { return sequence_; }

  // Sends what was put, soon, and waits where the client is slow. False: the connection is gone.
  io::Task<bool> send();
  // The same where nothing has to be waited for, as mostly; false: `flush` has to follow.
  bool send_at_once();
  // Waits till all of it is sent.
  io::Task<bool> flush();

  void set_largest(std::size_t bytes) { reader_.set_largest(bytes); }
  void compress(const FrameCoding& coding, int level);
  // What the session holds beside this, in bytes, from now on.
  void hold_beside(std::size_t bytes);
  // For the client: to send something, or to take something.
  bool waits() const { return waits_; }

 private:
  void settle();
  BytesView unread() const;
  void consume(std::size_t bytes);
  io::Task<bool> read_more();
  bool unpack_frame(bool& any);
  void pack();
  void tell_end();

  protocol::Connection& connection_;
  PacketReader reader_;
  Sequence sequence_;
  // With compression: frames, and the packets that go through them.
  std::optional<FrameReader> frames_;
  std::optional<FrameWriter> writer_;
  Sequence frame_sequence_;
  Bytes plain_in_;
  std::size_t plain_taken_ = 0;  // of it
  Bytes plain_out_;
  bool waits_ = false;
  std::size_t held_beside_ = 0;
};

}  // namespace octavo::mysql
