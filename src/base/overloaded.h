#pragma once

// For std::visit over closed sets: one lambda per alternative and no catch-all, so that the
// compiler lists what a new alternative must be added to.

namespace octavo {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace octavo
