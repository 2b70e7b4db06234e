#include "engine/replay_memory.h"

#include <fmt/format.h>

#include "base/limits.h"

namespace octavo::engine {

Result<ReplayMemory::Share> ReplayMemory::take(std::size_t bytes) {
  State& state = *state_;
  const std::scoped_lock lock(state.mutex);
  if (state.copies > 0 && state.taken + bytes > state.limit) {
    return fail(Code::resource_exhausted,
                fmt::format("{} feeds on Redis keys are being resumed, each on a copy of the keys, "
                            "and one more would need more than the {} MiB that there are for it; "
                            "try again when they have caught up.",
                            state.copies, state.limit / kMiB));
  }
  state.taken += bytes;
  ++state.copies;
  return Share(nullptr, [held = state_, bytes](const void*) {
    const std::scoped_lock release(held->mutex);
    held->taken -= bytes;
    --held->copies;
  });
}

}  // namespace octavo::engine
