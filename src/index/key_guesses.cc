#include "index/key_guesses.h"

#include <cstring>

namespace octavo::index {

std::optional<Bytes> KeyGuesses::find(txn::KeyHash key) const {
  const Slots* const slots = slots_.load(std::memory_order_acquire);
  if (slots == nullptr) return std::nullopt;
  const Slot& slot = (*slots)[key % kSlots];
  if (slot.key.load(std::memory_order_relaxed) != key) return std::nullopt;
  char bytes[kWords * sizeof(std::uint64_t)];
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint64_t word = slot.words[i].load(std::memory_order_relaxed);
    std::memcpy(bytes + i * sizeof word, &word, sizeof word);
  }
  const auto size = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0]));
  if (size == 0 || size > kMaxKeyBytes) return std::nullopt;
  return Bytes(bytes + 1, size);
}

void KeyGuesses::keep(txn::KeyHash key, BytesView primary_key) {
  static_assert(1 + kMaxKeyBytes == kWords * sizeof(std::uint64_t));
  if (primary_key.empty() || primary_key.size() > kMaxKeyBytes) return;
  char bytes[kWords * sizeof(std::uint64_t)] = {};
  bytes[0] = static_cast<char>(primary_key.size());
  primary_key.copy(bytes + 1, primary_key.size());
  Slot& slot = made()[key % kSlots];
  for (std::size_t i = 0; i < kWords; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i * sizeof word, sizeof word);
    slot.words[i].store(word, std::memory_order_relaxed);
  }
  slot.key.store(key, std::memory_order_relaxed);
}

void KeyGuesses::forget(txn::KeyHash key) {
  Slots* const slots = slots_.load(std::memory_order_acquire);
  if (slots == nullptr) return;
  (*slots)[key % kSlots].key.compare_exchange_strong(key, 0, std::memory_order_relaxed);
}

KeyGuesses::Slots& KeyGuesses::made() {
  if (Slots* const slots = slots_.load(std::memory_order_acquire)) return *slots;
  const MutexLock lock(making_);
  if (owned_ == nullptr) owned_ = std::make_unique<Slots>();
  slots_.store(owned_.get(), std::memory_order_release);
  return *owned_;
}

KeyGuesses& process_key_guesses() {
  static KeyGuesses guesses;
  return guesses;
}

}  // namespace octavo::index
