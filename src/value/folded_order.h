#pragma once

// Texts by one weight a character, which is a table of the collation's: those before Unicode's own
// algorithm. All of them pad.

#include "value/sort_key.h"
#include "value/text_order.h"

namespace octavo::value {

// `Alphabet::take(text)` takes the front character off and gives its weight; `Alphabet::put(to,
// weight)` writes it; `Alphabet::kSpace` is that of the space; `Alphabet::byte_map()` has the
// characters of ASCII, but for the space and 0.
template <class Alphabet>
class FoldedOrder final : public TextOrder {
 public:
  constexpr FoldedOrder() = default;

  void key(std::string_view text, Bytes& out) const override {
    sort_key::Buffer buffer(out);
    sort_key::PaddedWeights<Alphabet> weights(buffer, Alphabet::kSpace);
    put_weights(text, weights);
    weights.end();
    buffer.end_key();
  }

  std::strong_ordering compare(std::string_view a, std::string_view b) const override {
    while (!a.empty() && !b.empty()) {
      const auto order = Alphabet::take(a) <=> Alphabet::take(b);
      if (order != 0) return order;
    }
    while (!a.empty()) {
      const auto order = Alphabet::take(a) <=> Alphabet::kSpace;
      if (order != 0) return order;
    }
    while (!b.empty()) {
      const auto order = Alphabet::kSpace <=> Alphabet::take(b);
      if (order != 0) return order;
    }
    return std::strong_ordering::equal;
  }

  void take(std::string_view& text, Bytes& weights) const override {
    sort_key::Buffer buffer(weights);
    buffer.written(Alphabet::put(buffer.room(), Alphabet::take(text)));
    buffer.flush();
  }

  void key_prefix(std::string_view text, Bytes& out) const override {
    sort_key::Buffer buffer(out);
    sort_key::PaddedWeights<Alphabet> weights(buffer, Alphabet::kSpace);
    put_weights(text, weights);
    buffer.flush();
  }

 private:
  static void put_weights(std::string_view text, sort_key::PaddedWeights<Alphabet>& weights) {
    while (!text.empty()) {
      weights.put(Alphabet::take(text));
      weights.put_mapped(text, Alphabet::byte_map());
    }
  }
};

// ascii_general_ci: upper case. Bytes beyond ASCII, which such texts do not have, are themselves.
struct AsciiAlphabet {
  static constexpr std::uint32_t kSpace = ' ';
  static const sort_key::ByteMap& byte_map();
  static std::uint32_t take(std::string_view& text);
  static char* put(char* to, std::uint32_t weight) { return sort_key::put_any_byte(to, weight); }
};

// latin1_swedish_ci: upper case of the base letter, å, ä and ö behind z.
struct SwedishAlphabet : AsciiAlphabet {
  static std::uint32_t take(std::string_view& text);
};

// latin1_bin: the bytes of the character set, whose order is not that of code points.
struct Latin1Alphabet : AsciiAlphabet {
  static const sort_key::ByteMap& byte_map();
  static std::uint32_t take(std::string_view& text);
};

// The others of latin1, by tables of its 256 bytes (data/latin1_weights.inc).
namespace latin1_table {  // places in the file
constexpr std::size_t kGerman1 = 0, kDanish = 1, kGeneralCi = 2, kGeneralCs = 3, kSpanish = 4;
}  // namespace latin1_table
template <std::size_t kTable>
struct Latin1TableAlphabet : AsciiAlphabet {
  static const sort_key::ByteMap& byte_map();
  static std::uint32_t take(std::string_view& text);
};

// utf8mb4_general_ci, utf8mb3_general_ci: upper case of the base letter, by code point; characters
// above U+FFFF are all the same.
struct GeneralAlphabet {
  static constexpr std::uint32_t kSpace = ' ';
  static const sort_key::ByteMap& byte_map();
  static std::uint32_t take(std::string_view& text);
  static char* put(char* to, std::uint32_t weight);
};

extern template class FoldedOrder<AsciiAlphabet>;
extern template class FoldedOrder<SwedishAlphabet>;
extern template class FoldedOrder<Latin1Alphabet>;
extern template class FoldedOrder<GeneralAlphabet>;
extern template class FoldedOrder<Latin1TableAlphabet<latin1_table::kGerman1>>;
extern template class FoldedOrder<Latin1TableAlphabet<latin1_table::kDanish>>;
extern template class FoldedOrder<Latin1TableAlphabet<latin1_table::kGeneralCi>>;
extern template class FoldedOrder<Latin1TableAlphabet<latin1_table::kGeneralCs>>;
extern template class FoldedOrder<Latin1TableAlphabet<latin1_table::kSpanish>>;

}  // namespace octavo::value
