#include "protocol/mysql/packet.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace octavo::mysql {
namespace {

std::size_t load_size(BytesView header) {
  constexpr std::uint32_t kThreeBytes = 0xffffff;
  return load_le<std::uint32_t>(header.data()) & kThreeBytes;
}

}  // namespace

PacketReader::Packet PacketReader::next(BytesView& input, Sequence& sequence) {
  if (whole_) {
    Bytes().swap(parts_);
    whole_ = false;
  }
  for (;;) {
    if (skipping_ && skip(input) == 0 && skips_last_) {
      skipping_ = false;
      return {State::too_large, {}};
    }
    if (to_skip_ > 0 || input.size() < kHeaderBytes) return {State::more, {}};
    const std::size_t size = load_size(input);
    const auto number = static_cast<std::uint8_t>(input[kHeaderBytes - 1]);
    if (check_ == SequenceCheck::strict && number != sequence.next) {
      return {State::out_of_order, {}};
    }
    const bool last = size < kMaxFrameBytes;
    if (skipping_ || parts_.size() + size > largest_) {
      Bytes().swap(parts_);
      skipping_ = true;
      skips_last_ = last;
      to_skip_ = size;
      sequence.next = static_cast<std::uint8_t>(number + 1);
      input.remove_prefix(kHeaderBytes);
      continue;
    }
    if (input.size() - kHeaderBytes < size) return {State::more, {}};
    const BytesView payload = input.substr(kHeaderBytes, size);
    sequence.next = static_cast<std::uint8_t>(number + 1);
    input.remove_prefix(kHeaderBytes + size);
    if (last && parts_.empty()) return {State::whole, payload};
    parts_.append(payload);
    if (last) {
      whole_ = true;
      return {State::whole, parts_, true};
    }
  }
}

Bytes PacketReader::take() {
  ASSERT(whole_);
  whole_ = false;
  return std::exchange(parts_, {});
}

// How much is left to be skipped.
std::size_t PacketReader::skip(BytesView& input) {
  const std::size_t now = std::min(to_skip_, input.size());
  input.remove_prefix(now);
  to_skip_ -= now;
  return to_skip_;
}

void store_header(char* target, std::size_t size, std::uint8_t sequence) {
  ASSERT(size <= kMaxFrameBytes);
  store_le(target, static_cast<std::uint32_t>(size) | std::uint32_t{sequence} << 24U);
}

Bytes& PacketWriter::begin() {
  start_ = out_.size();
  out_.append(kHeaderBytes, '\0');
  return out_;
}

void PacketWriter::end() {
  const std::size_t size = out_.size() - start_ - kHeaderBytes;
  if (size >= kMaxFrameBytes) return split();
  store_header(out_.data() + start_, size, sequence_.next++);
}

void PacketWriter::put(BytesView payload) {
  begin().append(payload);
  end();
}

void PacketWriter::split() {
  const Bytes payload = out_.substr(start_ + kHeaderBytes);
  out_.resize(start_);
  BytesView rest = payload;
  for (;;) {
    const std::size_t size = std::min(rest.size(), kMaxFrameBytes);
    char header[kHeaderBytes];
    store_header(header, size, sequence_.next++);
    out_.append(header, kHeaderBytes).append(rest.substr(0, size));
    rest.remove_prefix(size);
    if (size < kMaxFrameBytes) return;
  }
}

}  // namespace octavo::mysql
