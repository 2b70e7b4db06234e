// Packets of MySQL clients, plain and in compressed frames, mean the same in one piece and in
// pieces of any size; no input does harm, and none makes more of itself than it says. The first
// byte chooses the form, the second how the rest is cut.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "fuzz.h"
#include "protocol/mysql/frames.h"
#include "protocol/mysql/packet.h"

namespace {

using namespace octavo;
using namespace octavo::mysql;

constexpr std::size_t kLargest = 1000;

struct Outcome {
  std::vector<std::string> payloads;
  PacketReader::State end = PacketReader::State::more;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Bytes arrive `step` at a time.
Outcome read_packets(BytesView input, std::size_t step, SequenceCheck check) {
  PacketReader reader(kLargest);
  reader.set_check(check);
  Sequence sequence;
  Outcome outcome;
  std::string held;
  while (!input.empty()) {
    held += input.substr(0, step);
    input.remove_prefix(std::min(step, input.size()));
    for (;;) {
      BytesView rest = held;
      const PacketReader::Packet packet = reader.next(rest, sequence);
      const std::string payload(packet.payload);
      ASSERT(rest.size() <= held.size());
      held.erase(0, held.size() - rest.size());
      if (packet.state == PacketReader::State::more) break;
      if (packet.state != PacketReader::State::whole) {
        outcome.end = packet.state;
        return outcome;
      }
      ASSERT(payload.size() <= kLargest);
      outcome.payloads.push_back(payload);
    }
    ASSERT(reader.held() <= 2 * kLargest + 32);
  }
  return outcome;
}

std::pair<std::string, FrameReader::State> read_frames(const FrameCoding& coding, BytesView input,
                                                       std::size_t step) {
  FrameReader reader(coding);
  Sequence sequence;
  std::string plain;
  std::string held;
  while (!input.empty()) {
    held += input.substr(0, step);
    input.remove_prefix(std::min(step, input.size()));
    for (;;) {
      BytesView rest = held;
      const std::size_t before = plain.size();
      const FrameReader::State state = reader.next(rest, sequence, plain);
      held.erase(0, held.size() - rest.size());
      ASSERT(plain.size() - before <= kMaxFrameBytes + 1);
      if (state == FrameReader::State::more) break;
      if (state == FrameReader::State::whole) continue;
      plain.resize(before);  // of a damaged frame nothing counts
      return {plain, state};
    }
  }
  return {plain, FrameReader::State::more};
}

void round_trip(const FrameCoding& coding, BytesView plain) {
  Bytes packed;
  Sequence sequence;
  FrameWriter(coding, 0).write(plain, sequence, packed);
  const auto [back, state] = read_frames(coding, packed, packed.size() + 1);
  ASSERT(back == plain && state == FrameReader::State::more);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxInput = 8192;
  if (size < 2 || size > kMaxInput) return 0;
  const BytesView input = octavo::fuzz::input(data + 2, size - 2);
  const std::size_t step = 1 + data[1];
  const std::size_t all = input.size() + 1;
  switch (data[0] % 4) {
    case 0:
    case 1: {
      const auto check = data[0] % 4 == 0 ? SequenceCheck::strict : SequenceCheck::follow;
      ASSERT(read_packets(input, step, check) == read_packets(input, all, check));
      return 0;
    }
    default: {
      const auto coding = data[0] % 4 == 2 ? capability::kCompress : capability::kZstd;
      const FrameCoding& row = *find_coding(coding);
      ASSERT(read_frames(row, input, step) == read_frames(row, input, all));
      round_trip(row, input);
      return 0;
    }
  }
}
