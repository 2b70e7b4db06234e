#pragma once

// An account as values see it: each block names it by number, and the account in use on a thread
// is at hand without a look-up.

#include <atomic>
#include <cstdint>

#include "value/account.h"

namespace octavo::value {

struct Account::State {
  std::uint32_t id = 0;  // never 0: such blocks belong to nobody
  // The same from open to close, as other threads read it; what is out after the close is of it.
  MemoryPool* home = nullptr;
  // What is reserved is of this one: `home` or its reserve. Of the thread that uses the account.
  MemoryPool* pool = nullptr;
  std::int64_t limit = 0;
  bool refused = true;  // what does not fit; else it is taken all the same
  // Of the thread that uses the account.
  std::int64_t used = 0;
  std::int64_t reserved = 0;  // of the pool; at least `used` less `returned`
  // Freed elsewhere and not yet taken off `used`: above zero, or zero, while the account is open.
  // When it closes, what is still out is taken off: from there it counts up to zero, and whoever
  // brings it there frees the number for another account.
  std::atomic<std::int64_t> returned{0};

  void charge(std::size_t bytes) {
    used += static_cast<std::int64_t>(bytes);
    if (used > reserved) [[unlikely]]
      charge_from_pool(bytes);
  }
  void discharge(std::size_t bytes) noexcept {
    used -= static_cast<std::int64_t>(bytes);
    if (reserved - used > kSpareBytes) [[unlikely]]
      give_back(kSpareBytes / 4);
  }

  static constexpr std::int64_t kSpareBytes = 256 * 1024;

  Status grow(std::size_t bytes);
  Status take(std::int64_t bytes);  // after `used` has grown by them; takes them off again if not
  void give_back(std::int64_t keep) noexcept;

 private:
  void take_unrefused() noexcept;
  bool move_to(MemoryPool& other);
  void charge_from_pool(std::size_t bytes);  // throws OutOfMemory
};

// The account in use on this thread.
extern constinit thread_local Account::State* account_in_use;

// Gives back what was charged to the account of that number when it is not the one in use.
void discharge_elsewhere(std::uint32_t id, std::size_t bytes) noexcept;

inline void discharge(std::uint32_t id, std::size_t bytes) noexcept {
  Account::State* const state = account_in_use;
  if (state != nullptr && state->id == id) {
    state->discharge(bytes);
  } else {
    discharge_elsewhere(id, bytes);
  }
}

}  // namespace octavo::value
