#include "value/folded_order.h"

#include <array>
#include <string_view>

#include "value/latin1.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

struct FoldRow {
  std::uint16_t first, count, weight, stride, step;
};
#include "value/data/general_weights.inc"
#include "value/data/latin1_weights.inc"

// The weights of the blocks of 256 characters in which one differs from its code point.
class GeneralWeights {
 public:
  consteval GeneralWeights() {
    for (const FoldRow& row : kFoldRows) {
      for (unsigned i = 0; i < row.count; ++i) {
        const unsigned c = row.first + i * row.stride;
        if (block_[c >> 8] == 0) add_block(c >> 8);
        weights_[block_[c >> 8] - 1U][c & 0xff] =
            static_cast<std::uint16_t>(row.weight + i * row.step);
      }
    }
  }
  constexpr std::uint32_t of(char32_t c) const {
    if (c > 0xffff) return kReplacement;
    const unsigned block = block_[c >> 8];
    return block == 0 ? c : weights_[block - 1U][c & 0xff];
  }

 private:
  static constexpr std::size_t kBlocks = 11;

  consteval void add_block(unsigned block) {
    block_[block] = ++used_;
    for (unsigned i = 0; i < 256; ++i) {
      weights_[used_ - 1U][i] = static_cast<std::uint16_t>(block << 8 | i);
    }
  }

  std::array<std::uint8_t, 256> block_{};  // place in `weights_` + 1; 0: code points
  std::array<std::array<std::uint16_t, 256>, kBlocks> weights_{};
  std::uint8_t used_ = 0;
};
constexpr GeneralWeights kGeneralWeights;

constexpr std::array<std::uint8_t, 128> kUpperAscii = [] {
  std::array<std::uint8_t, 128> weights{};
  for (unsigned c = 0; c < weights.size(); ++c) {
    weights[c] = static_cast<std::uint8_t>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return weights;
}();

constexpr sort_key::ByteMap ascii_map(bool folds) {
  sort_key::ByteMap map{};
  for (unsigned c = 1; c < kUpperAscii.size(); ++c) {
    if (c != ' ') map[c] = static_cast<std::uint8_t>(folds ? kUpperAscii[c] : c);
  }
  return map;
}
constexpr sort_key::ByteMap kUpperMap = ascii_map(true), kSameMap = ascii_map(false);

// latin1_swedish_ci, from 0xc0 on; 0xe0 to 0xff is the same again but for the last one. Below, only
// ASCII's letters fold.
constexpr std::string_view kSwedish =
    "AAAA\\[\\C"
    "EEEEIIII"
    "DNOOOO]\xd7"
    "\xd8UUUYY\xde\xdf";
constexpr std::uint32_t kFirstSwedish = 0xc0, kDivision = 0xf7, kYWithDiaeresis = 0xff;

std::uint32_t swedish(std::uint32_t c) {
  if (c < kUpperAscii.size()) return kUpperAscii[c];
  if (c < kFirstSwedish || c == kDivision || c == kYWithDiaeresis) return c;
  return static_cast<unsigned char>(kSwedish[(c - kFirstSwedish) % kSwedish.size()]);
}

constexpr std::uint32_t kFirstOfTables = 0x40;

constexpr std::uint32_t latin1_weight(std::size_t table, std::uint32_t byte) {
  if (byte < kFirstOfTables) return byte;
  return kLatin1Weights[table][byte - kFirstOfTables];
}

constexpr sort_key::ByteMap latin1_map(std::size_t table) {
  sort_key::ByteMap map{};
  for (std::uint32_t c = 1; c < kUpperAscii.size(); ++c) {
    if (c != ' ') map[c] = static_cast<std::uint8_t>(latin1_weight(table, c));
  }
  return map;
}

bool starts_with_ascii(std::string_view text) { return static_cast<signed char>(text[0]) >= 0; }

std::uint32_t take_byte(std::string_view& text) {
  const auto byte = static_cast<unsigned char>(text[0]);
  text.remove_prefix(1);
  return byte;
}

}  // namespace

const sort_key::ByteMap& AsciiAlphabet::byte_map() { return kUpperMap; }
const sort_key::ByteMap& Latin1Alphabet::byte_map() { return kSameMap; }
const sort_key::ByteMap& GeneralAlphabet::byte_map() { return kUpperMap; }

std::uint32_t AsciiAlphabet::take(std::string_view& text) {
  const std::uint32_t byte = take_byte(text);
  return byte < kUpperAscii.size() ? kUpperAscii[byte] : byte;
}

std::uint32_t SwedishAlphabet::take(std::string_view& text) {
  if (starts_with_ascii(text)) return kUpperAscii[take_byte(text)];
  return swedish(to_latin1(take_code_point(text)).value_or('?'));
}

std::uint32_t Latin1Alphabet::take(std::string_view& text) {
  if (starts_with_ascii(text)) return take_byte(text);
  return to_latin1(take_code_point(text)).value_or('?');
}

template <std::size_t kTable>
const sort_key::ByteMap& Latin1TableAlphabet<kTable>::byte_map() {
  static constexpr sort_key::ByteMap kMap = latin1_map(kTable);
  return kMap;
}

template <std::size_t kTable>
std::uint32_t Latin1TableAlphabet<kTable>::take(std::string_view& text) {
  if (starts_with_ascii(text)) return latin1_weight(kTable, take_byte(text));
  return latin1_weight(kTable, to_latin1(take_code_point(text)).value_or('?'));
}

std::uint32_t GeneralAlphabet::take(std::string_view& text) {
  if (starts_with_ascii(text)) return kUpperAscii[take_byte(text)];
  return kGeneralWeights.of(take_code_point(text));
}

// Weights are code points, so UTF-8 is short and has their order.
char* GeneralAlphabet::put(char* to, std::uint32_t weight) {
  using sort_key::put_byte;
  if (weight < kUpperAscii.size()) return sort_key::put_any_byte(to, weight);
  if (weight < 0x800) {
    to = put_byte(to, 0xc0 | weight >> 6);
  } else {
    to = put_byte(to, 0xe0 | weight >> 12);
    to = put_byte(to, 0x80 | (weight >> 6 & 0x3f));
  }
  return put_byte(to, 0x80 | (weight & 0x3f));
}

template class FoldedOrder<AsciiAlphabet>;
template class FoldedOrder<SwedishAlphabet>;
template class FoldedOrder<Latin1Alphabet>;
template class FoldedOrder<GeneralAlphabet>;
template class FoldedOrder<Latin1TableAlphabet<latin1_table::kGerman1>>;
template class FoldedOrder<Latin1TableAlphabet<latin1_table::kDanish>>;
template class FoldedOrder<Latin1TableAlphabet<latin1_table::kGeneralCi>>;
template class FoldedOrder<Latin1TableAlphabet<latin1_table::kGeneralCs>>;
template class FoldedOrder<Latin1TableAlphabet<latin1_table::kSpanish>>;

}  // namespace octavo::value
