#include "protocol/echo/line.h"

namespace octavo::echo {

Line next_line(BytesView input, std::size_t limit) {
  const std::size_t end = input.substr(0, limit + 1).find('\n');
  if (end != BytesView::npos) return {Line::State::whole, input.substr(0, end), end + 1};
  return {input.size() > limit ? Line::State::too_long : Line::State::more, {}, 0};
}

}  // namespace octavo::echo
