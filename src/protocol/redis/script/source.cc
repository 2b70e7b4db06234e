#include "protocol/redis/script/source.h"

#include <algorithm>
#include <cctype>

#include "base/crypto.h"

namespace octavo::redis {
namespace {

std::unexpected<Error> refused(std::string text) {
  return fail(Code::invalid_argument, std::move(text));
}

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// What stands behind a backslash within double quotes; moves `at` to its last character.
char escaped(std::string_view line, std::size_t& at) {
  const char c = line[at];
  if (c == 'x' && at + 2 < line.size() && digit_of(line[at + 1]) >= 0 &&
      digit_of(line[at + 2]) >= 0) {
    const int value = digit_of(line[at + 1]) * 16 + digit_of(line[at + 2]);
    at += 2;
    return static_cast<char>(value);
  }
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    default: return c;
  }
}

// False: not balanced.
bool read_word(std::string_view line, std::size_t& at, std::string& word) {
  char quote = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (quote == 0) {
      if (is_blank(c)) return true;
      if (c == '"' || c == '\'') {
        quote = c;
      } else {
        word += c;
      }
    } else if (c == '\\' && at + 1 < line.size() && (quote == '"' || line[at + 1] == '\'')) {
      ++at;
      word += quote == '"' ? escaped(line, at) : line[at];
    } else if (c == quote) {
      if (at + 1 < line.size() && !is_blank(line[at + 1])) return false;
      quote = 0;
    } else {
      word += c;
    }
  }
  return quote == 0;
}

}  // namespace

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0;;) {
    while (at < line.size() && is_blank(line[at])) ++at;
    if (at == line.size()) return words;
    std::string word;
    if (!read_word(line, at, word)) return {};
    words.push_back(std::move(word));
  }
}

std::string sha1_hex(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const char c : sha1(text)) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

Result<ScriptSource> read_script(std::string_view text) {
  ScriptSource out;
  out.sha = sha1_hex(text);
  out.text = text;
  if (!text.starts_with("#!")) return out;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return refused("Invalid script shebang");
  const auto words = split_words(text.substr(0, end));
  if (words.empty()) return refused("Invalid engine in script shebang");
  if (words[0] != "#!lua") return refused("Unexpected engine in script shebang: " + words[0]);
  out.declares_flags = true;
  out.code_begins = end;
  for (std::size_t i = 1; i < words.size(); ++i) {
    constexpr std::string_view kFlags = "flags=";
    if (!words[i].starts_with(kFlags)) return refused("Unknown lua shebang option: " + words[i]);
    std::string_view left = std::string_view(words[i]).substr(kFlags.size());
    while (!left.empty()) {
      const std::size_t comma = std::min(left.find(','), left.size());
      const std::string_view name = left.substr(0, comma);
      const auto* const row = std::ranges::find(kScriptFlagNames, name, &ScriptFlagName::name);
      if (row == std::end(kScriptFlagNames)) {
        return refused("Unexpected flag in script shebang: " + std::string(name));
      }
      out.flags = static_cast<ScriptFlags>(out.flags | row->flag);
      left.remove_prefix(std::min(comma + 1, left.size()));
    }
  }
  return out;
}

bool is_library_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
}

Result<LibrarySource> read_library(std::string_view text) {
  if (!text.starts_with("#!")) return refused("Missing library metadata");
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return refused("Invalid library metadata");
  const auto words = split_words(text.substr(0, end));
  if (words.empty()) return refused("Invalid library metadata");
  LibrarySource out;
  out.engine = words[0].substr(2);
  bool named = false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    constexpr std::string_view kName = "name=";
    if (words[i].size() < kName.size() ||
        !std::ranges::equal(words[i].substr(0, kName.size()), kName, [](char a, char b) {
          return std::tolower(static_cast<unsigned char>(a)) == b;
        })) {
      return refused("Invalid metadata value given: " + words[i]);
    }
    if (named) return refused("Invalid metadata value, name argument was given multiple times");
    named = true;
    out.name = words[i].substr(kName.size());
  }
  if (!named) return refused("Library name was not given");
  if (!is_library_name(out.name)) {
    return refused(
        "Library names can only contain letters, numbers, or underscores(_) and must be at least "
        "one character long");
  }
  std::string engine = out.engine;
  std::ranges::transform(engine, engine.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  if (engine != "LUA") return refused("Engine '" + out.engine + "' not found");
  out.engine = engine;
  out.code = text.substr(end);
  return out;
}

}  // namespace octavo::redis
