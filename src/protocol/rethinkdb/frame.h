#pragma once

// Frames of queries and responses, which have one form: token (i64, the client's), size (u32),
// JSON; integers are little-endian. Without I/O.

#include <cstdint>

#include "base/bytes.h"
#include "base/limits.h"

namespace octavo::rethinkdb {

constexpr std::size_t kFrameHeaderBytes = 12;
constexpr std::size_t kMaxQueryBytes = 128 * kMiB - 1;

struct QueryFrame {
  enum class State : std::uint8_t {
    more,       // the input ends before the frame does
    whole,      // `json` is a view into the input
    too_large,  // the header announces more than kMaxQueryBytes
  };
  State state = State::more;
  std::int64_t token = 0;       // once the header is there
  std::uint32_t announced = 0;  // bytes of JSON, as the header says; unless `more`
  BytesView json;

  std::size_t size() const { return kFrameHeaderBytes + json.size(); }
};

// The frame at the front of `input`.
QueryFrame parse_frame(BytesView input);

// Frames being written: `begin_frame` leaves room for the header and returns where the frame
// starts; `end_frame` fills it in once the JSON has been appended.
std::size_t begin_frame(Bytes& out);
void end_frame(std::size_t start, std::int64_t token, Bytes& out);

}  // namespace octavo::rethinkdb
