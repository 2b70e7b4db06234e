#include "protocol/redis/resp.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace octavo::redis {
namespace {

using namespace std::string_view_literals;
using Words = std::vector<std::string>;

struct Parsed {
  ParseState state;
  Words words = {};
  std::string error = {};
  friend bool operator==(const Parsed&, const Parsed&) = default;
};
// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
void PrintTo(const Parsed& parsed, std::ostream* out) {
  *out << "state " << static_cast<int>(parsed.state) << " " << parsed.error << " "
       << testing::PrintToString(parsed.words);
}

// All requests in `input`, which arrives in pieces cut at `cuts`; ends at the first error.
std::vector<Parsed> parse_all(std::string_view input, const std::vector<std::size_t>& cuts = {},
                              const RespLimits& limits = {}) {
  RequestParser parser;
  std::vector<Parsed> out;
  std::string buffer;  // moves as it grows, like a connection's
  std::size_t fed = 0;
  for (std::size_t piece = 0; piece <= cuts.size(); ++piece) {
    const std::size_t end = piece < cuts.size() ? cuts[piece] : input.size();
    std::string grown(buffer);
    grown.append(input.substr(fed, end - fed));
    buffer = std::move(grown);
    fed = end;
    for (;;) {
      const ParseResult result = parser.parse(buffer, limits);
      if (result.state == ParseState::need_more) break;
      Parsed parsed{result.state};
      if (result.state == ParseState::error) {
        parsed.error = result.error;
        out.push_back(parsed);
        return out;
      }
      if (result.state == ParseState::command) {
        parsed.words.assign(parser.arguments().begin(), parser.arguments().end());
      }
      out.push_back(parsed);
      buffer.erase(0, result.consumed);
    }
  }
  return out;
}

Parsed command(Words words) { return {ParseState::command, std::move(words)}; }
Parsed nothing() { return {ParseState::nothing}; }
Parsed error(std::string why) { return {ParseState::error, {}, "ERR Protocol error: " + why}; }

struct Case {
  std::string_view input;
  std::vector<Parsed> expected;
};

const std::vector<Case> kCases = {
    {"*1\r\n$4\r\nPING\r\n", {command({"PING"})}},
    {"*2\r\n$3\r\nGET\r\n$0\r\n\r\n", {command({"GET", ""})}},
    {"*2\r\n$4\r\nECHO\r\n$6\r\na\r\nb\0c\r\n"sv, {command({"ECHO", std::string("a\r\nb\0c", 6)})}},
    {"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n", {command({"PING"}), command({"QUIT"})}},
    {"*0\r\n*-1\r\n*1\r\n$1\r\nx\r\n", {nothing(), nothing(), command({"x"})}},
    {"PING\r\n", {command({"PING"})}},
    {"PING\n", {command({"PING"})}},
    {"  SET  a\tb  \r\n\r\n\n", {command({"SET", "a", "b"}), nothing(), nothing()}},
    {"set \"a b\" 'c d' \"\" e\"f\"\n", {command({"set", "a b", "c d", "", "ef"})}},
    {R"(echo "\x41\n\t\"\\\q" 'it\'s \n')"
     "\n",
     {command({"echo", "A\n\t\"\\q", "it's \\n"})}},
    {"PING\r\n*1\r\n$4\r\nPING\r\nPING\r\n",
     {command({"PING"}), command({"PING"}), command({"PING"})}},
    {"*x\r\n", {error("invalid multibulk length")}},
    {"*2147483648\r\n", {error("invalid multibulk length")}},
    {"*99999999999999999999999999999999999999999\r\n", {error("invalid multibulk length")}},
    {"*1\r\n:1\r\n", {error("expected '$', got ':'")}},
    {"*1\r\n$-1\r\n", {error("invalid bulk length")}},
    {"*1\r\n$536870913\r\n", {error("invalid bulk length")}},
    {"*1\r\n$1x\r\n", {error("invalid bulk length")}},
    {"echo \"a\n", {error("unbalanced quotes in request")}},
    {"echo \"a\"b\n", {error("unbalanced quotes in request")}},
    {"echo 'a'b\n", {error("unbalanced quotes in request")}},
};

TEST(RespTest, RequestsAreTheSameHoweverTheyAreCut) {
  for (const Case& one : kCases) {
    EXPECT_EQ(parse_all(one.input), one.expected) << one.input;
    for (std::size_t a = 0; a <= one.input.size(); ++a) {
      for (std::size_t b = a; b <= one.input.size(); ++b) {
        ASSERT_EQ(parse_all(one.input, {a, b}), one.expected)
            << one.input << " cut at " << a << " and " << b;
      }
    }
    std::vector<std::size_t> everywhere;
    for (std::size_t i = 1; i < one.input.size(); ++i) everywhere.push_back(i);
    EXPECT_EQ(parse_all(one.input, everywhere), one.expected) << one.input;
  }
}

TEST(RespTest, AnIncompleteRequestYieldsNothing) {
  for (const std::string_view input :
       {"*"sv, "*1"sv, "*1\r"sv, "*1\r\n"sv, "*1\r\n$"sv, "*1\r\n$4\r\nPIN"sv,
        "*1\r\n$4\r\nPING\r"sv, "PING"sv, "echo \"a"sv}) {
    EXPECT_TRUE(parse_all(input).empty()) << input;
  }
}

TEST(RespTest, HeadersWithoutAnEndAreRefusedEarly) {
  EXPECT_EQ(parse_all("*" + std::string(40, '1')).size(), 1U);
  EXPECT_EQ(parse_all("*1\r\n$" + std::string(40, '1')).size(), 1U);
}

TEST(RespTest, InlineRequestsHaveALimit) {
  const std::string fits(kMaxInlineBytes, 'a');
  EXPECT_TRUE(parse_all(fits).empty());
  EXPECT_EQ(parse_all(fits + "\n"), (std::vector<Parsed>{command({fits})}));
  EXPECT_EQ(parse_all(fits + "a"), (std::vector<Parsed>{error("too big inline request")}));
}

TEST(RespTest, StrangersGetLittleRoom) {
  const auto refused = [](std::string_view input) {
    const auto parsed = parse_all(input, {}, kUnauthenticatedLimits);
    return parsed.empty() ? std::string() : parsed[0].error;
  };
  EXPECT_EQ(refused("*10\r\n"), "");
  EXPECT_EQ(refused("*11\r\n"), "ERR Protocol error: unauthenticated multibulk length");
  EXPECT_EQ(refused("*1\r\n$16384\r\n"), "");
  EXPECT_EQ(refused("*1\r\n$16385\r\n"), "ERR Protocol error: unauthenticated bulk length");
}

TEST(RespTest, AfterAnErrorTheParserStartsAnew) {
  RequestParser parser;
  EXPECT_EQ(parser.parse("*2\r\n$1\r\na\r\n:1\r\n", {}).state, ParseState::error);
  EXPECT_EQ(parser.parse("*1\r\n$4\r\nPING\r\n", {}).state, ParseState::command);
  EXPECT_EQ(parser.arguments().size(), 1U);
}

}  // namespace
}  // namespace octavo::redis
