// A pipeline of Redis requests means the same in one piece and in pieces of any size; no input
// does harm. The first byte chooses how the rest is cut.

#include "protocol/redis/resp.h"

#include <string>
#include <vector>

#include "base/assert.h"
#include "fuzz.h"

using octavo::redis::ParseResult;
using octavo::redis::ParseState;
using octavo::redis::RespLimits;

namespace {

struct Outcome {
  std::vector<std::vector<std::string>> requests;
  std::string error;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Bytes arrive `step` at a time.
Outcome parse(std::string_view input, std::size_t step, const RespLimits& limits) {
  octavo::redis::RequestParser parser;
  Outcome outcome;
  std::size_t front = 0;
  for (std::size_t end = 0; end < input.size();) {
    end = std::min(end + step, input.size());
    for (;;) {
      // A copy of its own, so that reading past the end is seen.
      const std::string piece(input.substr(front, end - front));
      const ParseResult result = parser.parse(piece, limits);
      if (result.state == ParseState::need_more) break;
      if (result.state == ParseState::error) {
        ASSERT(!result.error.empty());
        outcome.error = result.error;
        return outcome;
      }
      ASSERT(result.consumed > 0 && result.consumed <= piece.size());
      if (result.state == ParseState::command) {
        ASSERT(!parser.arguments().empty());
        outcome.requests.emplace_back(parser.arguments().begin(), parser.arguments().end());
      }
      front += result.consumed;
    }
  }
  return outcome;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMaxInput = 4096;  // byte by byte takes the square of it
  if (size == 0 || size > kMaxInput) return 0;
  const std::string_view input = octavo::fuzz::input(data + 1, size - 1);
  const RespLimits limits = data[0] % 2 == 0 ? RespLimits() : octavo::redis::kUnauthenticatedLimits;
  const Outcome whole = parse(input, input.size() + 1, limits);
  ASSERT(parse(input, 1 + data[0] / 2, limits) == whole);
  ASSERT(parse(input, 1, limits) == whole);
  return 0;
}
