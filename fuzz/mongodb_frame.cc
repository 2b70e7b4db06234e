// Messages of MongoDB clients mean the same in one piece and in pieces of any size; compressed or
// not, no input does harm, and none makes more of itself than it says. A reply in the way of a
// request is a message again. The first byte chooses how the rest is cut.

#include <algorithm>
#include <string>
#include <vector>

#include "base/assert.h"
#include "fuzz.h"
#include "protocol/mongodb/frame.h"

namespace {

using namespace octavo;
using namespace octavo::mongodb;

struct Outcome {
  std::vector<std::string> messages;  // whole ones
  bool bad = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Bytes arrive `step` at a time.
Outcome read_frames(BytesView input, std::size_t step) {
  Outcome outcome;
  std::string held;
  while (!input.empty()) {
    held += input.substr(0, step);
    input.remove_prefix(std::min(step, input.size()));
    for (;;) {
      const Frame frame = next_frame(held);
      if (frame.state == Frame::State::more) break;
      if (frame.state == Frame::State::bad) {
        ASSERT(!frame.problem.empty());
        outcome.bad = true;
        return outcome;
      }
      ASSERT(frame.whole.size() >= kFrameHeaderBytes && frame.whole.size() <= held.size());
      outcome.messages.emplace_back(frame.whole);
      held.erase(0, frame.whole.size());
    }
  }
  return outcome;
}

void answer(const Request& request) {
  Bytes out;
  ReplyFrame frame(out, request, 1, false);
  frame.add("ok", value::Value::float64(1));
  frame.end();
  const Frame reply = next_frame(out);
  ASSERT(reply.state == Frame::State::whole && reply.whole.size() == out.size());
  ASSERT(reply.header.response_to == request.id);
}

void look_at(const std::string& message) {
  Bytes unpacked;
  const auto request = parse_request(next_frame(message), unpacked);
  ASSERT(unpacked.size() <= kMaxFrameBytes + 1);
  if (!request) return;
  ASSERT(!request->body.empty());
  const auto command = read_command(*request);
  if (!command) ASSERT(command.error().number != 0);
  answer(*request);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxInput = 4096;  // byte by byte takes the square of it
  if (size == 0 || size > kMaxInput) return 0;
  const BytesView input = fuzz::input(data + 1, size - 1);
  const Outcome whole = read_frames(input, input.size() + 1);
  ASSERT(read_frames(input, 1 + data[0]) == whole);
  for (const std::string& message : whole.messages) look_at(message);
  return 0;
}
