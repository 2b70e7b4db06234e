#include "function/javascript/text.h"

#include <algorithm>
#include <optional>

#include "value/utf8.h"

namespace octavo::javascript {
namespace {

constexpr char32_t kFirstAstral = 0x10000;
constexpr char32_t kHigh = 0xd800;
constexpr char32_t kLow = 0xdc00;
constexpr unsigned kBitsOfLow = 10;

void append_surrogate(std::string& out, char32_t unit) {
  out.push_back(static_cast<char>(0xe0U | (unit >> 12U)));
  out.push_back(static_cast<char>(0x80U | ((unit >> 6U) & 0x3fU)));
  out.push_back(static_cast<char>(0x80U | (unit & 0x3fU)));
}

constexpr std::size_t kUnitBytes = 3;

// The surrogate that the text begins with.
std::optional<char32_t> surrogate_at(std::string_view text) {
  if (text.size() < kUnitBytes) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) != 0xed || byte(1) < 0xa0 || byte(1) > 0xbf || (byte(2) & 0xc0U) != 0x80U) {
    return std::nullopt;
  }
  return 0xd000U | ((byte(1) & 0x3fU) << 6U) | (byte(2) & 0x3fU);
}

}  // namespace

bool is_plain_text(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string to_script_text(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const char32_t c = value::take_code_point(utf8);
    if (c < kFirstAstral) {
      value::append_utf8(out, c);
      continue;
    }
    append_surrogate(out, kHigh + ((c - kFirstAstral) >> kBitsOfLow));
    append_surrogate(out, kLow + ((c - kFirstAstral) & ((1U << kBitsOfLow) - 1)));
  }
  return out;
}

std::string from_script_text(std::string_view cesu8) {
  std::string out;
  out.reserve(cesu8.size());
  while (!cesu8.empty()) {
    const auto unit = surrogate_at(cesu8);
    if (!unit) {
      value::append_utf8(out, value::take_code_point(cesu8));
      continue;
    }
    cesu8.remove_prefix(kUnitBytes);
    const auto next = surrogate_at(cesu8);
    if (*unit >= kLow || !next || *next < kLow) {
      value::append_utf8(out, value::kReplacement);
      continue;
    }
    cesu8.remove_prefix(kUnitBytes);
    value::append_utf8(out, kFirstAstral + ((*unit - kHigh) << kBitsOfLow) + (*next - kLow));
  }
  return out;
}

}  // namespace octavo::javascript
