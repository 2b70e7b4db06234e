#include "value/root_order.h"

#include "value/root_weights.h"
#include "value/sort_key.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

using Levels = RootOrder::Levels;

// The encodings of the three levels: no byte is below 3, none of a weight is the beginning of
// another's, and the order of weights is kept.
struct PrimaryEncoding {
  static char* put(char* to, std::uint32_t weight) {
    for (; weight != 0; weight <<= 8) to = sort_key::put_byte(to, weight >> 24);
    return to;
  }
};
struct SecondaryEncoding {
  static constexpr std::uint32_t kLowest = 3, kInOneByte = 200, kTwoBytes = 0xf0;
  static char* put(char* to, std::uint32_t weight) {
    if (weight < kInOneByte) return sort_key::put_byte(to, kLowest + weight);
    to = sort_key::put_byte(to, kTwoBytes + (weight - kInOneByte) / 0x80);
    return sort_key::put_byte(to, 0x80 + (weight - kInOneByte) % 0x80);
  }
};
struct TertiaryEncoding {
  static char* put(char* to, std::uint32_t weight) { return sort_key::put_byte(to, 3 + weight); }
};

// Primaries of collations that do not pad, in the shape of PaddedWeights.
struct PlainPrimaries {
  explicit PlainPrimaries(sort_key::Buffer& into) : buffer(into), ascii(ascii_primaries()) {}
  void put(std::uint32_t weight) { buffer.written(PrimaryEncoding::put(buffer.room(), weight)); }
  void put_ascii(std::string_view& text) { buffer.put_mapped(text, ascii); }

  sort_key::Buffer& buffer;
  const sort_key::ByteMap& ascii;
};

struct PaddedPrimaries {
  explicit PaddedPrimaries(sort_key::Buffer& buffer)
      : weights(buffer, std::uint32_t{ascii_primaries()[' ']} << 24),
        ascii(ascii_primaries_without_space()) {}
  void put(std::uint32_t weight) { weights.put(weight); }
  void put_ascii(std::string_view& text) { weights.put_mapped(text, ascii); }

  sort_key::PaddedWeights<PrimaryEncoding> weights;
  const sort_key::ByteMap& ascii;
};

std::uint32_t weight_of(const RootElement& element, Levels level) {
  if (level == Levels::letters) return element.primary;
  return level == Levels::accents ? element.secondary : element.tertiary;
}

bool is_ascii(char c) { return static_cast<signed char>(c) >= 0; }

std::uint32_t ascii_primary(char c) {
  return std::uint32_t{ascii_primaries()[static_cast<unsigned char>(c)]} << 24;
}

// Whether all of it is ASCII, whose accents are the common ones.
template <class Primaries>
bool put_primaries(std::string_view text, Primaries& primaries) {
  std::string_view rest = text;
  while (!rest.empty() && is_ascii(rest[0])) {
    const std::uint32_t weight = ascii_primary(rest[0]);
    if (weight != 0) primaries.put(weight);
    rest.remove_prefix(1);
    primaries.put_ascii(rest);
  }
  if (rest.empty()) return true;
  RootElement element;
  for (RootElements elements(text, text.size() - rest.size()); elements.next(element);) {
    if (element.primary != 0) primaries.put(element.primary);
  }
  return false;
}

template <class Encoding>
void put_level(std::string_view text, sort_key::Buffer& buffer, Levels level,
               std::uint32_t padding) {
  buffer.put(sort_key::kNextLevel);
  sort_key::PaddedWeights<Encoding> weights(buffer, padding);
  RootElement element;
  for (RootElements elements(text); elements.next(element);) {
    const std::uint32_t weight = weight_of(element, level);
    if (weight != 0) weights.put(weight);
  }
  weights.end();
}

std::uint32_t next_weight(RootElements& elements, Levels level, std::uint32_t padding) {
  RootElement element;
  while (elements.next(element)) {
    const std::uint32_t weight = weight_of(element, level);
    if (weight != 0) return weight;
  }
  return padding;
}

// A text and where it is still to be compared from, behind characters of ASCII.
struct Side {
  std::string_view text;
  std::size_t at = 0;

  bool at_end() const { return at == text.size(); }
};

// Goes through what is ASCII on both sides, as far as it weighs the same at the first level.
void skip_same_ascii(Side& a, Side& b) {
  const auto& primaries = ascii_primaries();
  std::size_t i = 0, j = 0;
  while (i < a.text.size() && j < b.text.size()) {
    const unsigned x = primaries[static_cast<unsigned char>(a.text[i])];
    const unsigned y = primaries[static_cast<unsigned char>(b.text[j])];
    if (x == y && x != 0) {
      ++i, ++j;
    } else if (x == 0 && is_ascii(a.text[i])) {
      ++i;
    } else if (y == 0 && is_ascii(b.text[j])) {
      ++j;
    } else {
      break;
    }
  }
  a.at = i;
  b.at = j;
}

// The end of a text is followed by `padding` without end.
std::strong_ordering compare_level(const Side& a, const Side& b, Levels level,
                                   std::uint32_t padding) {
  RootElements left(a.text, a.at), right(b.text, b.at);
  for (;;) {
    const std::uint32_t x = next_weight(left, level, padding);
    const std::uint32_t y = next_weight(right, level, padding);
    if (x != y) return x <=> y;
    if (x == padding && left.at_end() && right.at_end()) return std::strong_ordering::equal;
  }
}

}  // namespace

void RootOrder::key(std::string_view text, Bytes& out) const {
  sort_key::Buffer buffer(out);
  bool common_accents = false;
  if (pads_) {
    PaddedPrimaries primaries(buffer);
    put_primaries(text, primaries);
    primaries.weights.end();
  } else {
    PlainPrimaries primaries(buffer);
    common_accents = put_primaries(text, primaries);
  }
  if (levels_ >= Levels::accents) {
    put_level<SecondaryEncoding>(common_accents ? std::string_view() : text, buffer,
                                 Levels::accents, kRootCommonSecondary);
  }
  if (levels_ >= Levels::cases) {
    put_level<TertiaryEncoding>(text, buffer, Levels::cases, kRootCommonTertiary);
  }
  buffer.end_key();
}

std::strong_ordering RootOrder::compare(std::string_view a, std::string_view b) const {
  Side left{a}, right{b};
  skip_same_ascii(left, right);
  auto order = std::strong_ordering::equal;
  if (!left.at_end() || !right.at_end()) {
    order = compare_level(left, right, Levels::letters, pads_ ? ascii_primary(' ') : 0);
    if (order == 0 && levels_ >= Levels::accents) {
      order = compare_level(left, right, Levels::accents, kRootCommonSecondary);
    }
  }
  if (order == 0 && levels_ >= Levels::cases) {
    order = compare_level({a}, {b}, Levels::cases, kRootCommonTertiary);
  }
  return order;
}

void RootOrder::take(std::string_view& text, Bytes& weights) const {
  std::string_view rest = text;
  take_code_point(rest);
  const std::string_view character = text.substr(0, text.size() - rest.size());
  text = rest;
  sort_key::Buffer buffer(weights);
  PlainPrimaries letters(buffer);
  put_primaries(character, letters);
  if (levels_ >= Levels::accents) {
    put_level<SecondaryEncoding>(character, buffer, Levels::accents, kRootCommonSecondary);
  }
  if (levels_ >= Levels::cases) {
    put_level<TertiaryEncoding>(character, buffer, Levels::cases, kRootCommonTertiary);
  }
  buffer.flush();
}

void RootOrder::key_prefix(std::string_view text, Bytes& out) const {
  std::size_t size = 0;
  for (std::string_view rest = text; !rest.empty(); size = text.size() - rest.size()) {
    if (!weighs_alone(take_code_point(rest))) break;
  }
  text = text.substr(0, size);
  sort_key::Buffer buffer(out);
  if (pads_) {
    PaddedPrimaries primaries(buffer);
    put_primaries(text, primaries);
  } else {
    PlainPrimaries primaries(buffer);
    put_primaries(text, primaries);
  }
  buffer.flush();
}

}  // namespace octavo::value
