#include "protocol/mysql/frames.h"

#include <algorithm>

#include "base/assert.h"
#include "base/zstd.h"

namespace octavo::mysql {
namespace {

constexpr std::size_t kWorthPackingBytes = 50;
constexpr int kUsualZstdLevel = 3;
// Above it a frame takes tables of many megabytes, for a few per cent.
constexpr int kHighestZstdLevel = 9;

// What zlib makes (RFC 1950) is HTTP's «deflate».
const Compression& zlib() {
  static const Compression& row = *find_compression("deflate");
  return row;
}

// Where a client wants both it gets the older one.
constexpr FrameCoding kCodings[] = {
    {capability::kCompress, [](int) { return zlib().encoder(); }, [] { return zlib().decoder(); }},
    {capability::kZstd,
     [](int level) {
       const int wanted = level == 0 ? kUsualZstdLevel : level;
       return make_zstd_encoder(std::min(wanted, kHighestZstdLevel));
     },
     [] { return make_zstd_decoder(); }},
};

std::size_t load_three(BytesView bytes) {
  return load_le<std::uint16_t>(bytes.data()) | std::size_t{static_cast<std::uint8_t>(bytes[2])}
                                                    << 16U;
}

void put_three(Bytes& out, std::size_t number) {
  put_le(out, static_cast<std::uint16_t>(number));
  out.push_back(static_cast<char>(number >> 16U));
}

}  // namespace

const FrameCoding* find_coding(Capabilities in_force) {
  const auto* found = std::ranges::find_if(
      kCodings, [in_force](const FrameCoding& row) { return (in_force & row.capability) != 0; });
  return found == std::end(kCodings) ? nullptr : found;
}

FrameReader::State FrameReader::next(BytesView& input, Sequence& sequence, Bytes& plain) {
  if (input.size() < kFrameHeaderBytes) return State::more;
  const std::size_t packed = load_three(input);
  const auto number = static_cast<std::uint8_t>(input[3]);
  const std::size_t size = load_three(input.substr(4));
  if (number != sequence.next) return State::out_of_order;
  if (input.size() - kFrameHeaderBytes < packed) return State::more;
  const BytesView body = input.substr(kFrameHeaderBytes, packed);
  input.remove_prefix(kFrameHeaderBytes + packed);
  ++sequence.next;
  if (size == 0) {
    plain.append(body);
    return State::whole;
  }
  return unpack(body, size, plain) ? State::whole : State::damaged;
}

bool FrameReader::unpack(BytesView packed, std::size_t size, Bytes& plain) {
  const auto decoder = coding_.decoder();
  const std::size_t before = plain.size();
  // One byte more, so that the coding sees its own end, and we what is beyond it.
  const Status done = decoder->decode(packed, plain, size + 1);
  return done && plain.size() - before == size && packed.empty() && decoder->at_end();
}

void FrameWriter::write(BytesView plain, Sequence& sequence, Bytes& out) {
  while (!plain.empty()) {
    const BytesView piece = plain.substr(0, kMaxFrameBytes);
    plain.remove_prefix(piece.size());
    Bytes packed;
    if (piece.size() >= kWorthPackingBytes) {
      const auto encoder = coding_.encoder(level_);
      encoder->encode(piece, packed);
      encoder->finish(packed);
    }
    const bool pays = !packed.empty() && packed.size() < piece.size();
    const BytesView body = pays ? BytesView(packed) : piece;
    put_three(out, body.size());
    out.push_back(static_cast<char>(sequence.next++));
    put_three(out, pays ? piece.size() : 0);
    out.append(body);
  }
}

}  // namespace octavo::mysql
