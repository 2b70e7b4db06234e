#include "keyspace/type/glob.h"

#include <cctype>
#include <utility>

namespace octavo::keyspace {
namespace {

int fold(char c, bool ignore_case) {
  const auto byte = static_cast<unsigned char>(c);
  return ignore_case ? std::tolower(byte) : byte;
}

// Matches one byte against the class that starts after '['; moves `at` behind the class.
// A class without end takes the rest of the pattern, as Redis does.
bool class_matches(std::string_view pattern, std::size_t& at, char c, bool ignore_case) {
  const bool negated = at < pattern.size() && pattern[at] == '^';
  if (negated) ++at;
  bool found = false;
  for (;;) {
    if (at >= pattern.size()) break;
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      ++at;
      if (pattern[at] == c) found = true;
      ++at;
    } else if (pattern[at] == ']') {
      ++at;
      break;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      int low = fold(pattern[at], ignore_case);
      int high = fold(pattern[at + 2], ignore_case);
      if (low > high) std::swap(low, high);
      const int byte = fold(c, ignore_case);
      if (byte >= low && byte <= high) found = true;
      at += 3;
    } else {
      if (fold(pattern[at], ignore_case) == fold(c, ignore_case)) found = true;
      ++at;
    }
  }
  return found != negated;
}

}  // namespace

// A star is remembered and, on a mismatch, made to swallow one byte more: only the last star
// needs to be remembered, which keeps the worst case quadratic.
bool glob_matches(std::string_view pattern, std::string_view text, bool ignore_case) {
  std::size_t at = 0;
  std::size_t position = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_position = 0;
  while (position < text.size()) {
    bool matched = false;
    std::size_t next = at;
    if (at < pattern.size()) {
      switch (pattern[at]) {
        case '*':
          star = ++at;
          star_position = position;
          if (star == pattern.size()) return true;
          continue;
        case '?':
          matched = true;
          next = at + 1;
          break;
        case '[':
          next = at + 1;
          matched = class_matches(pattern, next, text[position], ignore_case);
          break;
        default:
          next = at;
          if (pattern[next] == '\\' && next + 1 < pattern.size()) ++next;
          matched = fold(pattern[next], ignore_case) == fold(text[position], ignore_case);
          ++next;
      }
    }
    if (matched) {
      at = next;
      ++position;
    } else if (star != std::string_view::npos) {
      at = star;
      position = ++star_position;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace octavo::keyspace
