#pragma once

// For std::visit over the closed sets of nodes: one lambda per alternative and no catch-all, so
// that the compiler lists what a new node must be added to.

namespace octavo::algebra {

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace octavo::algebra
