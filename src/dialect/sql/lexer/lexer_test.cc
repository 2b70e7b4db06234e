#include "dialect/sql/lexer/lexer.h"

#include <gtest/gtest.h>

#include <string>

#include "dialect/sql/lexer/terminal.h"
#include "dialect/sql/lexer/text.h"

namespace octavo::sql {
namespace {

// One token as `kind:content`; words of the language in upper case.
std::string shown(const Token& token, std::string_view text) {
  const std::string content(text.substr(token.content, token.content_size));
  switch (token.kind) {
    case TokenKind::end: return "end";
    case TokenKind::name: {
      const std::string_view word = terminal_text(token.terminal);
      return word.empty() ? "name:" + content : std::string(word);
    }
    case TokenKind::symbol: return std::string(terminal_text(token.terminal));
    case TokenKind::quoted_name: return "quoted:" + content;
    case TokenKind::string: return "string:" + content;
    case TokenKind::national_string: return "national:" + content;
    case TokenKind::hex: return "hex:" + content;
    case TokenKind::bits: return "bits:" + content;
    case TokenKind::integer: return "integer:" + content;
    case TokenKind::decimal: return "decimal:" + content;
    case TokenKind::floating: return "floating:" + content;
    case TokenKind::variable: return "variable:" + content;
    case TokenKind::introducer: return "introducer:" + content;
    case TokenKind::hint: return "hint:" + content;
    case TokenKind::malformed: return "malformed:" + content;
  }
  return {};
}

std::string tokens(std::string_view text, Modes modes = 0) {
  Lexer lexer(text, kMysqlDialect, modes);
  std::string all;
  for (;;) {
    const Token token = lexer.next();
    if (!all.empty()) all += ' ';
    all += shown(token, text);
    if (token.kind == TokenKind::end || token.kind == TokenKind::malformed) return all;
  }
}

TEST(SqlLexer, WordsAndNames) {
  EXPECT_EQ(tokens("select Foo fROM `a``b`"), "SELECT name:Foo FROM quoted:a``b end");
  EXPECT_EQ(tokens("1a 1e 1e5x 0x 0xg 0b2 $a _x"),
            "name:1a name:1e floating:1e5 name:x name:0x name:0xg name:0b2 name:$a name:_x end");
  EXPECT_EQ(tokens("t.select t.1 t.* t . key .5"),
            "name:t . name:select name:t . name:1 name:t . * name:t . KEY decimal:.5 end");
}

TEST(SqlLexer, WordsThatAreCalled) {
  EXPECT_EQ(tokens("count(a) count (a) count"),
            "COUNT ( name:a ) name:count ( name:a ) name:count end");
  EXPECT_EQ(tokens("count (a) count", mode::kIgnoreSpace), "COUNT ( name:a ) name:count end");
}

TEST(SqlLexer, Numbers) {
  EXPECT_EQ(tokens("1 1.5 1. .5 1e1 1.e1 1E+5 0x1F 0b01"),
            "integer:1 decimal:1.5 decimal:1. decimal:.5 floating:1e1 floating:1.e1 floating:1E+5 "
            "hex:1F bits:01 end");
  EXPECT_EQ(tokens("1.5e"), "malformed:1.5e");
  EXPECT_EQ(tokens("x'1f' X'' B'10'"), "hex:1f hex: bits:10 end");
  EXPECT_EQ(tokens("x'1'"), "malformed:x'1");
  EXPECT_EQ(tokens("b'2'"), "malformed:b'");
}

TEST(SqlLexer, Strings) {
  EXPECT_EQ(tokens("'a''b' \"c\\\"d\" N'e' _latin1'f' _nothing"),
            "string:a''b string:c\\\"d national:e introducer:latin1 string:f name:_nothing end");
  EXPECT_EQ(tokens("\"a\"", mode::kAnsiQuotes), "quoted:a end");
  EXPECT_EQ(tokens("'a\\'", mode::kNoBackslashEscapes), "string:a\\ end");
  EXPECT_EQ(tokens("'a\\'"), "malformed:'a\\'");
  EXPECT_EQ(tokens("'"), "malformed:'");
  EXPECT_EQ(tokens("'a'''"), "string:a'' end");
}

TEST(SqlLexer, Variables) {
  EXPECT_EQ(tokens("@a @a.b$c @'x y' @`z` @@global.x u@h"),
            "variable:a variable:a.b$c variable:x y variable:z @@ GLOBAL . name:x name:u "
            "variable:h end");
}

TEST(SqlLexer, Symbols) {
  EXPECT_EQ(tokens("a<=>b->>c->d:=e<>f||g&&h!=i<<j>>k"),
            "name:a <=> name:b ->> name:c -> name:d := name:e <> name:f || name:g && name:h != "
            "name:i << name:j >> name:k end");
  EXPECT_EQ(tokens("a \\ b"), "name:a malformed:\\");
}

TEST(SqlLexer, Comments) {
  EXPECT_EQ(tokens("a -- b\nc # d\n e /* f */ g --h"),
            "name:a name:c name:e name:g - - name:h end");
  EXPECT_EQ(tokens("a --"), "name:a end");
  EXPECT_EQ(tokens("a /*! b */ /*!80000 c */ /*!99999 d */ /*!123 e */"),
            "name:a name:b name:c integer:123 name:e end");
  EXPECT_EQ(tokens("a /* b"), "name:a malformed:/* b");
  EXPECT_EQ(tokens("a /*! b"), "name:a name:b malformed:");
  EXPECT_EQ(tokens("select /*+ x */ a /*+ y */"), "SELECT hint: x  name:a end");
}

TEST(SqlLexer, Unescape) {
  char out[64];
  const auto text = [&out](std::string_view content, char quote, bool backslashes) {
    return std::string(out, unescape(content, quote, backslashes, out));
  };
  EXPECT_EQ(text("a''b", '\'', true), "a'b");
  EXPECT_EQ(text("\\n\\t\\\\\\%\\_\\x\\'", '\'', true), "\n\t\\\\%\\_x'");
  EXPECT_EQ(text("\\n''", '\'', false), "\\n'");
  EXPECT_EQ(text("\\0\\Z", '\'', true), std::string_view("\0\x1a", 2));
}

TEST(SqlLexer, EveryWordIsFound) {
  for (std::size_t row = 0; row < kWords.size(); ++row) {
    EXPECT_EQ(find_word(kWords[row].text), row) << kWords[row].text;
  }
  EXPECT_EQ(find_word("sElEcT"), find_word("SELECT"));
  EXPECT_EQ(find_word("SELEC"), kNoWord);
  EXPECT_EQ(find_word(""), kNoWord);
}

}  // namespace
}  // namespace octavo::sql
