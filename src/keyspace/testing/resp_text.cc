#include "keyspace/testing/resp_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/assert.h"

namespace octavo::keyspace {
namespace {

class TextWriter {
 public:
  explicit TextWriter(std::string_view bytes) : rest_(bytes) {}

  std::string reply(bool sorted) {
    const char kind = rest_.at(0);
    const std::string_view line = take_line().substr(1);
    switch (kind) {
      case '+':
      case '-':
      case ':':
      case ',':
      case '#': return kind + std::string(line);
      case '_': return "nil";
      case '$':
        return number(line) < 0 ? "nil" : quoted(take(static_cast<std::size_t>(number(line))));
      case '*': return number(line) < 0 ? "nil" : items("[", "]", number(line), sorted);
      case '~': return items("~{", "}", number(line), sorted);
      case '%': return items("%{", "}", number(line) * 2, false);
      default: return "?";
    }
  }
  bool empty() const { return rest_.empty(); }

 private:
  static long number(std::string_view text) {
    long value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  std::string_view take_line() {
    const std::size_t end = rest_.find("\r\n");
    ASSERT(end != std::string_view::npos);
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 2);
    return line;
  }
  std::string_view take(std::size_t size) {
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size + 2);
    return bytes;
  }
  std::string items(std::string_view open, std::string_view close, long count, bool sorted) {
    std::vector<std::string> parts;
    for (long i = 0; i < count; ++i) parts.push_back(reply(false));
    if (sorted) std::sort(parts.begin(), parts.end());
    std::string out(open);
    for (std::size_t i = 0; i < parts.size(); ++i) out += (i == 0 ? "" : ", ") + parts[i];
    return out.append(close);
  }
  static std::string quoted(std::string_view bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out += {'\\', c};
      } else if (byte >= 32 && byte < 127) {
        out += c;
      } else {
        out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
    return out + "\"";
  }

  std::string_view rest_;
};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

// The bytes behind a backslash at `at`; moves `at` behind them.
char escaped(std::string_view line, std::size_t& at) {
  const char c = line[at++];
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'a': return '\a';
    case 'x': {
      const int byte = hex_digit(line[at]) * 16 + hex_digit(line[at + 1]);
      at += 2;
      return static_cast<char>(byte);
    }
    default: return c;
  }
}

}  // namespace

std::string resp_text(std::string_view reply, bool sorted) {
  TextWriter writer(reply);
  std::string out = writer.reply(sorted);
  return writer.empty() ? out : out + " and more";
}

std::vector<std::string> split_command_line(std::string_view line) {
  std::vector<std::string> args;
  std::size_t at = 0;
  const auto blank = [&] { return std::isspace(static_cast<unsigned char>(line[at])) != 0; };
  for (;;) {
    while (at < line.size() && blank()) ++at;
    if (at >= line.size()) return args;
    std::string arg;
    while (at < line.size() && !blank()) {
      const char c = line[at++];
      if (c == '"') {
        while (line[at] != '"') arg += line[at] == '\\' ? escaped(line, ++at) : line[at++];
        ++at;
      } else if (c == '\'') {
        while (line[at] != '\'') arg += line[at++];
        ++at;
      } else {
        arg += c;
      }
    }
    args.push_back(std::move(arg));
  }
}

}  // namespace octavo::keyspace
