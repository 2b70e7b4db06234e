#include "dialect/sql/lexer/words.h"

#include <algorithm>

#include "dialect/sql/lexer/chars.h"

namespace octavo::sql {
namespace {

static_assert(std::ranges::is_sorted(kWords, std::ranges::less_equal(), &WordRow::text) &&
                  std::ranges::adjacent_find(kWords, {}, &WordRow::text) == kWords.end(),
              "the words are in order, each once");

constexpr std::size_t kMaxWordBytes =
    std::ranges::max(kWords, {}, [](const WordRow& row) { return row.text.size(); }).text.size();

// Upper and lower case alike; other characters as they come.
constexpr std::uint32_t hash(std::string_view text) {
  std::uint32_t state = 2166136261U;  // FNV-1a
  for (const char c : text) {
    state = (state ^ (static_cast<unsigned char>(c) & ~0x20U)) * 16777619U;
  }
  return state ^ (state >> 15);
}

constexpr std::size_t kSlots = 2048;
static_assert(kWords.size() * 2 <= kSlots);

constexpr std::array<std::uint16_t, kSlots> kSlotRows = [] {
  std::array<std::uint16_t, kSlots> slots{};
  slots.fill(kNoWord);
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    std::size_t slot = hash(kWords[i].text) % kSlots;
    while (slots[slot] != kNoWord) slot = (slot + 1) % kSlots;
    slots[slot] = static_cast<std::uint16_t>(i);
  }
  return slots;
}();

}  // namespace

std::uint16_t find_word(std::string_view text) {
  if (text.size() > kMaxWordBytes) return kNoWord;
  for (std::size_t slot = hash(text) % kSlots;; slot = (slot + 1) % kSlots) {
    const std::uint16_t row = kSlotRows[slot];
    if (row == kNoWord) return kNoWord;
    if (std::ranges::equal(text, kWords[row].text, {}, to_upper)) return row;
  }
}

}  // namespace octavo::sql
