#include "dialect/sql/lexer/text.h"

namespace octavo::sql {
namespace {

struct EscapeRow {
  char letter;
  char stands_for;
};
constexpr EscapeRow kEscapes[] = {{'0', '\0'}, {'b', '\b'}, {'n', '\n'},
                                  {'r', '\r'}, {'t', '\t'}, {'Z', '\x1a'}};

// Any other letter stands for itself.
char unescaped(char letter) {
  for (const EscapeRow& row : kEscapes) {
    if (row.letter == letter) return row.stands_for;
  }
  return letter;
}

}  // namespace

std::size_t unescape(std::string_view content, char quote, bool backslashes, char* out) {
  const char* const begin = out;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (c == '\\' && backslashes && i + 1 < content.size()) {
      const char letter = content[++i];
      if (letter == '%' || letter == '_') *out++ = '\\';
      *out++ = unescaped(letter);
    } else {
      if (c == quote) ++i;  // the second of two
      *out++ = c;
    }
  }
  return static_cast<std::size_t>(out - begin);
}

}  // namespace octavo::sql
