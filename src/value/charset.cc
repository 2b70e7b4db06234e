#include "value/charset.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/rows.h"
#include "base/text.h"
#include "value/latin1.h"
#include "value/utf8.h"

namespace octavo::value {
namespace {

constexpr char kMissing = '?';
constexpr char32_t kLastOfAscii = 0x7f, kLastOfThreeBytes = 0xffff;

// What is well formed and at most `last`, as it is.
bool copy_up_to(char32_t last, std::string_view in, std::string& out) {
  bool all = true;
  while (!in.empty()) {
    const std::string_view from = in;
    const char32_t c = take_code_point(in);
    const std::string_view character = from.substr(0, from.size() - in.size());
    // The replacement character itself has three bytes.
    const bool good = c <= last && (c != kReplacement || character.size() > 1);
    if (good) {
      out += character;
    } else {
      out += kMissing;
      all = false;
    }
  }
  return all;
}

bool copy_utf8(std::string_view in, std::string& out) {
  if (find_invalid_utf8(in)) return copy_up_to(0x10ffff, in, out);
  out += in;
  return true;
}

bool copy_utf8mb3(std::string_view in, std::string& out) {
  return copy_up_to(kLastOfThreeBytes, in, out);
}

bool copy_ascii(std::string_view in, std::string& out) { return copy_up_to(kLastOfAscii, in, out); }

// A byte beyond ASCII is one character that is lost, not a part of one.
bool ascii_to_utf8(std::string_view in, std::string& out) {
  const auto lost = [](char c) { return static_cast<unsigned char>(c) > kLastOfAscii; };
  const bool all = std::ranges::none_of(in, lost);
  std::ranges::replace_copy_if(in, std::back_inserter(out), lost, kMissing);
  return all;
}

bool latin1_to_utf8(std::string_view in, std::string& out) {
  for (const char c : in) append_utf8(out, from_latin1(static_cast<std::uint8_t>(c)));
  return true;
}

bool utf8_to_latin1(std::string_view in, std::string& out) {
  bool all = true;
  while (!in.empty()) {
    const auto byte = to_latin1(take_code_point(in));
    out += byte ? static_cast<char>(*byte) : kMissing;
    all = all && byte;
  }
  return all;
}

bool bytes_to_utf8(std::string_view in, std::string& out) {
  out += in;
  return !find_invalid_utf8(in);
}

bool copy_bytes(std::string_view in, std::string& out) {
  out += in;
  return true;
}

constexpr std::array kCharsets = {
    Charset{CharsetId::binary, "binary", "Binary pseudo charset", "binary", 1, bytes_to_utf8,
            copy_bytes},
    Charset{CharsetId::ascii, "ascii", "US ASCII", "ascii_general_ci", 1, ascii_to_utf8,
            copy_ascii},
    Charset{CharsetId::latin1, "latin1", "cp1252 West European", "latin1_swedish_ci", 1,
            latin1_to_utf8, utf8_to_latin1},
    Charset{CharsetId::utf8mb3, "utf8mb3", "UTF-8 Unicode", "utf8mb3_general_ci", 3, copy_utf8mb3,
            copy_utf8mb3},
    Charset{CharsetId::utf8mb4, "utf8mb4", "UTF-8 Unicode", "utf8mb4_0900_ai_ci", 4, copy_utf8,
            copy_utf8},
};
static_assert(rows_in_place(kCharsets, &Charset::id, CharsetId::utf8mb4));

}  // namespace

std::span<const Charset> charsets() { return kCharsets; }

const Charset& charset_of(CharsetId id) { return row_of(kCharsets, id); }

const Charset* find_charset(std::string_view name) {
  if (equals_ignoring_case(name, "utf8")) name = charset_of(CharsetId::utf8mb3).name;
  const auto* found = std::ranges::find_if(
      kCharsets, [&](const Charset& set) { return equals_ignoring_case(set.name, name); });
  return found == kCharsets.end() ? nullptr : found;
}

}  // namespace octavo::value
