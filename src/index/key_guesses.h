#pragma once

// Which row had a key of a unique index when somebody last looked: a guess, of which nothing is
// true but that it may save a look into the index. Whoever has one reads the row and looks whether
// it has the key: in one view a key is that of one row at most.

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/bytes.h"
#include "base/mutex.h"
#include "txn/row_key.h"

namespace octavo::index {

// Thread-safe, and of one size, which is taken when the first guess is kept.
class KeyGuesses {
 public:
  // A longer primary key is not kept.
  static constexpr std::size_t kMaxKeyBytes = 55;

  // `key`: `unique_hash`. The encoded primary key; nothing: there is no guess.
  std::optional<Bytes> find(txn::KeyHash key) const;
  void keep(txn::KeyHash key, BytesView primary_key);
  void forget(txn::KeyHash key);

 private:
  static constexpr std::size_t kSlots = 16'384;  // 1 MiB
  static constexpr std::size_t kWords = 7;
  // Words of two writers may be mixed, which makes a guess that does not come true.
  struct Slot {
    std::atomic<std::uint64_t> key{0};
    std::array<std::atomic<std::uint64_t>, kWords> words{};  // size as a byte, then bytes
  };
  using Slots = std::array<Slot, kSlots>;

  Slots& made();

  Mutex making_;
  std::unique_ptr<Slots> owned_ OCTAVO_GUARDED_BY(making_);
  std::atomic<Slots*> slots_{nullptr};
};

// Those of the process. Tables of another engine in it may have the same numbers: a guess is none
// the worse for that.
KeyGuesses& process_key_guesses();

}  // namespace octavo::index
