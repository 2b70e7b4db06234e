#include "value/tailored_order.h"

#include <algorithm>
#include <array>

#include "value/root_weights.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

constexpr char32_t kBehindAll = 0xffff;

bool is_ascii(char c) { return static_cast<signed char>(c) >= 0; }

void put(const OwnLetter& letter, std::string& out) {
  append_utf8(out, letter.before);
  for (unsigned i = 0; i < letter.place; ++i) append_utf8(out, kBehindAll);
}

}  // namespace

// Takes the letter at the front off; null: another character is there, and stays.
const OwnLetter* TailoredOrder::letter_at(std::string_view& text) const {
  std::string_view rest = text;
  const char32_t c = take_code_point(rest);
  const OwnLetter* found = nullptr;
  if (c > 0x7f) {
    for (const OwnLetter& letter : letters_) {
      if (letter.small == c || letter.capital == c) found = &letter;
    }
  } else if (!rest.empty() && !is_ascii(rest[0])) {
    const char32_t mark = take_code_point(rest);
    const char32_t small = c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
    for (const OwnLetter& letter : letters_) {
      if (letter.mark == mark && static_cast<char32_t>(letter.plain) == small) found = &letter;
    }
  }
  if (found != nullptr) text = rest;
  return found;
}

// Nothing: as it is.
std::optional<std::string> TailoredOrder::in_root(std::string_view text) const {
  if (std::ranges::all_of(text, is_ascii)) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    if (const OwnLetter* const letter = letter_at(text)) {
      put(*letter, out);
      continue;
    }
    const std::string_view from = text;
    take_code_point(text);
    out += from.substr(0, from.size() - text.size());
  }
  return out;
}

void TailoredOrder::key(std::string_view text, Bytes& out) const {
  const auto other = in_root(text);
  root_.key(other ? std::string_view(*other) : text, out);
}

std::strong_ordering TailoredOrder::compare(std::string_view a, std::string_view b) const {
  const auto x = in_root(a);
  const auto y = in_root(b);
  return root_.compare(x ? std::string_view(*x) : a, y ? std::string_view(*y) : b);
}

void TailoredOrder::take(std::string_view& text, Bytes& weights) const {
  std::string_view rest = text;
  const char32_t c = take_code_point(rest);
  const auto is_it = [c](const OwnLetter& letter) {
    return letter.small == c || letter.capital == c;
  };
  const auto found = std::ranges::find_if(letters_, is_it);
  if (found == letters_.end()) return root_.take(text, weights);
  text = rest;
  std::string in_root;
  put(*found, in_root);
  for (std::string_view part = in_root; !part.empty();) root_.take(part, weights);
}

// What matches a character may be a letter with a mark behind it, which makes another letter of
// both: only those count behind which a character of ASCII stands that weighs something.
void TailoredOrder::key_prefix(std::string_view text, Bytes& out) const {
  std::size_t size = 0;
  for (std::string_view rest = text; !rest.empty();) {
    take_code_point(rest);
    if (rest.empty() || ascii_primaries()[static_cast<unsigned char>(rest[0])] == 0) break;
    size = text.size() - rest.size();
  }
  text = text.substr(0, size);
  const auto other = in_root(text);
  root_.key_prefix(other ? std::string_view(*other) : text, out);
}

}  // namespace octavo::value
