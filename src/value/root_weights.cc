#include "value/root_weights.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

#include "value/root_element.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

struct WordRow {
  std::uint32_t first, count, word, step;
};
struct Join {
  std::uint32_t alone, first, count;
};
struct Partner {
  std::uint32_t other, third, word;
};
struct Range {
  std::uint32_t first, last;
};
struct GroupRow {
  std::uint32_t first, last, lead, base;
};
#include "value/data/root_weights.inc"

static_assert(kRootCommonTertiary == kCommonTertiary &&
              kRootCommonSecondary == root_element::kCommonSecondary);

constexpr std::uint32_t kComputed = root_element::pointer(root_element::Pointer::computed, 0);

// The row of a list sorted by ranges that `c` is in, or nullptr.
template <class Row>
const Row* find_row(std::span<const Row> rows, std::uint32_t c) {
  const auto row = std::ranges::lower_bound(rows, c, {}, &Row::last);
  return row != rows.end() && row->first <= c ? &*row : nullptr;
}

std::uint32_t computed_primary(std::uint32_t c) {
  constexpr std::uint32_t kDigits = 0x100 - root_element::kLowestByte;
  const auto digit = [](std::uint32_t n) { return root_element::kLowestByte + n % kDigits; };
  const GroupRow* group = find_row<GroupRow>(kGroupRows, c);
  const std::uint32_t lead = (group != nullptr ? group->lead : kUnassignedLead) << 24;
  if (group != nullptr && group->base != 0) {
    const std::uint32_t n = c - group->base;
    return lead | digit(n / kDigits) << 16 | digit(n) << 8;
  }
  return lead | digit(c / kDigits / kDigits) << 16 | digit(c / kDigits) << 8 | digit(c);
}

std::span<const Partner> partners_of(const Join& join) {
  return std::span(kPartners).subspan(join.first, join.count);
}

const Partner* find_partner(const Join& join, char32_t other) {
  const auto partners = partners_of(join);
  const auto found = std::ranges::find(partners, other, &Partner::other);
  return found == partners.end() ? nullptr : &*found;
}

// Syllables of Hangul are the letters that they are made of.
constexpr char32_t kFirstSyllable = 0xac00, kLastSyllable = 0xd7a3;
constexpr char32_t kFirstLead = 0x1100, kFirstVowel = 0x1161, kBeforeFirstTail = 0x11a7;
constexpr char32_t kVowels = 21, kTails = 28;  // with the one that is none

}  // namespace

// A word for each character, in blocks of those that have one.
class RootTable {
 public:
  RootTable() : words_(kBlockSize, kComputed) {
    for (const WordRow& row : kWordRows) {
      for (std::uint32_t i = 0; i < row.count; ++i) {
        *place_of(row.first + i) = row.word + i * row.step;
      }
    }
    for (char32_t c = 0; c < kAsciiCharacters; ++c) {
      ascii_[c] = static_cast<std::uint8_t>(root_element::primary_of(word(c)) >> 8);
    }
    without_space_ = ascii_;
    without_space_[' '] = 0;
  }

  std::uint32_t word(char32_t c) const {
    return words_[std::size_t{blocks_[c / kBlockSize]} * kBlockSize + c % kBlockSize];
  }
  const std::array<std::uint8_t, 256>& ascii() const { return ascii_; }
  const std::array<std::uint8_t, 256>& without_space() const { return without_space_; }

 private:
  static constexpr std::size_t kBlockSize = 64;
  static constexpr char32_t kAsciiCharacters = 0x80;

  std::uint32_t* place_of(std::uint32_t c) {
    std::uint16_t& block = blocks_[c / kBlockSize];
    if (block == 0) {
      block = static_cast<std::uint16_t>(words_.size() / kBlockSize);
      words_.resize(words_.size() + kBlockSize, kComputed);
    }
    return &words_[std::size_t{block} * kBlockSize + c % kBlockSize];
  }

  std::array<std::uint16_t, 0x110000 / kBlockSize> blocks_{};
  std::vector<std::uint32_t> words_;
  std::array<std::uint8_t, 256> ascii_{}, without_space_{};
};

namespace {

const RootTable& root_table() {
  static const RootTable table;
  return table;
}

}  // namespace

RootElements::RootElements(std::string_view text, std::size_t from)
    : table_(root_table()), rest_(text.substr(from)) {
  if (from > 0) previous_ = static_cast<unsigned char>(text[from - 1]);
}

bool RootElements::next(RootElement& element) {
  while (pending_ == nullptr) {
    if (rest_.empty()) return false;
    start_character();
  }
  const std::uint32_t word = *pending_++;
  element.primary = root_element::primary_of(word) << 16;
  if (root_element::is_pointer(word)) element.primary = computed_primary(*pending_++);
  element.secondary = static_cast<std::uint16_t>(root_element::secondary_of(word));
  element.tertiary = static_cast<std::uint8_t>(root_element::tertiary_of(word));
  if ((word & root_element::kMore) == 0) pending_ = nullptr;
  return true;
}

void RootElements::start_character() {
  const char32_t before = previous_;
  previous_ = take_code_point(rest_);
  if (previous_ >= kFirstSyllable && previous_ <= kLastSyllable) {
    start_syllable(previous_ - kFirstSyllable);
  } else {
    start(table_.word(previous_), before);
  }
}

// With the word of `previous_`, or the one that stands for it together with its neighbours.
void RootElements::start(std::uint32_t word, char32_t before) {
  pending_ = own_.data();
  if (!root_element::is_pointer(word)) {
    own_[0] = word;
    if (word == 0) pending_ = nullptr;
    return;
  }
  const std::uint32_t index = root_element::index_of(word);
  switch (root_element::kind_of(word)) {
    case root_element::Pointer::computed:
      own_ = {
          root_element::packed(root_element::kPointer, kRootCommonSecondary, kRootCommonTertiary),
          previous_};
      break;
    case root_element::Pointer::sequence: pending_ = &kSequences[index]; break;
    case root_element::Pointer::head: return start(joined(index), before);
    case root_element::Pointer::follower: {
      const Join& join = kJoins[index];
      const Partner* partner = find_partner(join, before);
      return start(partner == nullptr ? join.alone : partner->word, before);
    }
  }
}

void RootElements::start_syllable(char32_t number) {
  const char32_t tail = number % kTails;
  own_ = {table_.word(kFirstLead + number / kTails / kVowels) | root_element::kMore,
          table_.word(kFirstVowel + number / kTails % kVowels),
          table_.word(kBeforeFirstTail + tail)};
  if (tail != 0) own_[1] |= root_element::kMore;
  pending_ = own_.data();
}

// The word for a head with what follows it, which is taken; that of itself when nothing joins it.
std::uint32_t RootElements::joined(std::uint32_t index) {
  const Join& join = kJoins[index];
  if (rest_.empty()) return join.alone;
  std::string_view behind_other = rest_;
  const char32_t other = take_code_point(behind_other);
  for (const Partner& partner : partners_of(join)) {
    if (partner.other != other) continue;
    std::string_view rest = behind_other;
    if (partner.third != 0 && (rest.empty() || take_code_point(rest) != partner.third)) continue;
    rest_ = rest;
    previous_ = partner.third != 0 ? partner.third : other;
    return partner.word;
  }
  return join.alone;
}

const std::array<std::uint8_t, 256>& ascii_primaries() { return root_table().ascii(); }

const std::array<std::uint8_t, 256>& ascii_primaries_without_space() {
  return root_table().without_space();
}

bool weighs_alone(char32_t c) { return find_row<Range>(kJoinable, c) == nullptr; }

}  // namespace octavo::value
