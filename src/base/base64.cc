#include "base/base64.h"

#include <array>
#include <cstdint>

namespace octavo {
namespace {

struct Alphabet {
  std::string_view digits;
  bool padded;
};

constexpr Alphabet kStandard{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                             true};
constexpr Alphabet kUrl{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false};

std::string encode(const Alphabet& alphabet, std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < n ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (std::size_t j = 0; j <= n; ++j) out.push_back(alphabet.digits[group >> (18 - 6 * j) & 63]);
    if (alphabet.padded) out.append(3 - n, '=');
  }
  return out;
}

std::optional<std::string> decode(const Alphabet& alphabet, std::string_view text) {
  if (alphabet.padded) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.digits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    group = (group << 6 | static_cast<std::uint32_t>(digit)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(group >> bits & 0xff));
    }
  }
  if ((group & ((1U << bits) - 1)) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string base64_encode(std::string_view bytes) { return encode(kStandard, bytes); }
std::optional<std::string> base64_decode(std::string_view text) { return decode(kStandard, text); }
std::string base64_url_encode(std::string_view bytes) { return encode(kUrl, bytes); }
std::optional<std::string> base64_url_decode(std::string_view text) { return decode(kUrl, text); }

}  // namespace octavo
