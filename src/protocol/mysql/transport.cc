#include "protocol/mysql/transport.h"

#include <utility>

#include "base/limits.h"

namespace octavo::mysql {
namespace {

constexpr std::size_t kKeptBytes = 64 * kKiB;  // buffers up to this are kept
// What may wait for the end of the round, in which others' replies leave as well.
constexpr std::size_t kMaxUnsentBytes = 256 * kKiB;

void clear(Bytes& buffer) {
  if (buffer.capacity() > kKeptBytes) {
    Bytes().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

io::Task<bool> Transport::read(Bytes& payload) {
  for (;;) {
    BytesView rest = unread();
    const std::size_t before = rest.size();
    const PacketReader::Packet packet = reader_.next(rest, sequence_);
    if (packet.state == PacketReader::State::whole && !packet.in_frames) {
      payload.assign(packet.payload);
    }
    consume(before - rest.size());
    switch (packet.state) {
      case PacketReader::State::whole:
        if (packet.in_frames) payload = reader_.take();
        co_return true;
      case PacketReader::State::too_large: tell_error(sql::error<1153>().error()); co_return false;
      case PacketReader::State::out_of_order:
        tell_error(sql::error<1156>().error());
        co_return false;
      case PacketReader::State::more: break;
    }
    const bool more = co_await read_more();
    if (!more) co_return false;
  }
}

BytesView Transport::unread() const {
  return frames_ ? BytesView(plain_in_).substr(plain_taken_) : connection_.input();
}

void Transport::consume(std::size_t bytes) {
  if (!frames_) return connection_.consume(bytes);
  plain_taken_ += bytes;
  if (plain_taken_ < plain_in_.size()) return;
  clear(plain_in_);
  plain_taken_ = 0;
}

io::Task<bool> Transport::read_more() {
  for (;;) {
    if (frames_) {
      bool any = false;
      if (!unpack_frame(any)) co_return false;
      if (any) co_return true;
    }
    settle();  // a packet of many frames grows meanwhile
    waits_ = true;
    const bool more = co_await connection_.fill();
    waits_ = false;
    if (!more) {
      tell_end();
      co_return false;
    }
    if (!frames_) co_return true;
  }
}

// False: no frame can be read any more.
bool Transport::unpack_frame(bool& any) {
  if (plain_taken_ > 0) plain_in_.erase(0, std::exchange(plain_taken_, 0));
  BytesView rest = connection_.input();
  const std::size_t before = rest.size();
  const FrameReader::State state = frames_->next(rest, frame_sequence_, plain_in_);
  connection_.consume(before - rest.size());
  any = state == FrameReader::State::whole;
  if (state == FrameReader::State::damaged) tell_error(sql::error<1158>().error());
  if (state == FrameReader::State::out_of_order) tell_error(sql::error<1156>().error());
  return any || state == FrameReader::State::more;
}

// Nobody asked for it, so that it has the number of a first packet.
void Transport::tell_end() {
  switch (connection_.end_of_input()) {
    case protocol::EndOfInput::idle: return tell_error(sql::error<4031>().error());
    case protocol::EndOfInput::draining: return tell_error(sql::error<1053>().error());
    case protocol::EndOfInput::no_memory:
      return tell_error({.code = Code::resource_exhausted,
                         .what = "Connections hold too much memory, and this one the most",
                         .number = 1041});
    default: return;
  }
}

void Transport::begin_command() {
  sequence_ = {};
  frame_sequence_ = {};
}

void Transport::tell_error(Error error) {
  const Error told = sql::with_number(std::move(error));
  put([&told](Bytes& out) { put_error(out, told); });
  pack();
}

void Transport::pack() {
  if (!writer_ || plain_out_.empty()) return;
  writer_->write(plain_out_, frame_sequence_, connection_.output());
  clear(plain_out_);
}

bool Transport::send_at_once() {
  pack();
  connection_.flush_soon();
  return !connection_.blocked() && connection_.unsent() < kMaxUnsentBytes;
}

io::Task<bool> Transport::send() {
  if (send_at_once()) co_return true;
  const bool sent = co_await flush();
  co_return sent;
}

io::Task<bool> Transport::flush() {
  pack();
  waits_ = true;
  const bool sent = co_await connection_.flush();
  waits_ = false;
  co_return sent;
}

void Transport::compress(const FrameCoding& coding, int level) {
  frames_.emplace(coding);
  writer_.emplace(coding, level);
  reader_.set_check(SequenceCheck::follow);
}

void Transport::hold_beside(std::size_t bytes) {
  held_beside_ = bytes;
  settle();
}

void Transport::settle() {
  connection_.hold(reader_.held() + plain_in_.capacity() + plain_out_.capacity() + held_beside_);
}

}  // namespace octavo::mysql
