#include "protocol/rethinkdb/frame.h"

namespace octavo::rethinkdb {

QueryFrame parse_frame(BytesView input) {
  QueryFrame frame;
  if (input.size() < kFrameHeaderBytes) return frame;
  frame.token = static_cast<std::int64_t>(load_le<std::uint64_t>(input.data()));
  frame.announced = load_le<std::uint32_t>(input.data() + 8);
  if (frame.announced > kMaxQueryBytes) {
    frame.state = QueryFrame::State::too_large;
  } else if (input.size() - kFrameHeaderBytes >= frame.announced) {
    frame.state = QueryFrame::State::whole;
    frame.json = input.substr(kFrameHeaderBytes, frame.announced);
  }
  return frame;
}

std::size_t begin_frame(Bytes& out) {
  const std::size_t start = out.size();
  out.append(kFrameHeaderBytes, '\0');
  return start;
}

void end_frame(std::size_t start, std::int64_t token, Bytes& out) {
  store_le(out.data() + start, static_cast<std::uint64_t>(token));
  store_le(out.data() + start + 8,
           static_cast<std::uint32_t>(out.size() - start - kFrameHeaderBytes));
}

}  // namespace octavo::rethinkdb
