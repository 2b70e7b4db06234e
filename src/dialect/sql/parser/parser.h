#pragma once

// The tokens of one statement, and what the functions of the grammar share. Those are in files of
// their own, one for each part of the language; grammar.h declares what they call of each other.
//
//   Parsed<Ref<Kill>> parse_kill(Parser& parser) {
//     Kill kill;
//     TRY_STATUS(parser.expect("KILL"));
//     …
//   }
//
// Grammar names words and symbols as text (lexer/terminal.h).

#include <array>
#include <string_view>

#include "base/limits.h"
#include "dialect/sql/ast/node.h"
#include "dialect/sql/lexer/lexer.h"
#include "dialect/sql/lexer/terminal.h"
#include "dialect/sql/parser/fault.h"
#include "dialect/sql/parser/scratch.h"

namespace octavo::sql {

// Levels of the grammar that are open at once, or would be in the statement's canonical text: an
// operator in parentheses takes one and each operand another. Recursion over a tree, here and in
// all who read it, relies on it.
constexpr std::size_t kMaxGrammarDepth = 2 * kMaxNestingDepth;

class Parser {
 public:
  // The text must outlive the nodes that are made.
  Parser(std::string_view text, const Dialect& dialect, Modes modes, value::Account* account,
         Arena& arena)
      : text_(text),
        dialect_(dialect),
        modes_(modes),
        lexer_(text, dialect, modes),
        arena_(arena),
        scratch_(account) {}

  const Dialect& dialect() const { return dialect_; }
  bool mode(mode::Bit bit) const { return (modes_ & bit) != 0; }
  const Lexer& lexer() const { return lexer_; }

  // The current token, and those behind it.
  const Token& token(std::size_t ahead = 0) {
    while (count_ <= ahead) tokens_[(first_ + count_++) % kMaxAhead] = lexer_.next();
    return tokens_[(first_ + ahead) % kMaxAhead];
  }
  TokenKind kind(std::size_t ahead = 0) { return token(ahead).kind; }
  void advance() {
    last_end_ = token().end;
    first_ = (first_ + 1) % kMaxAhead;
    --count_;
  }

  // Whether these follow one another; those that are none are not asked for.
  bool at(Terminal first, Terminal second = {}, Terminal third = {}) {
    return at_ahead(0, first) && (!second || at_ahead(1, second)) && (!third || at_ahead(2, third));
  }
  bool at_ahead(std::size_t ahead, Terminal terminal) {
    return token(ahead).terminal == terminal.number();
  }
  // Takes all of them, or nothing.
  bool take(Terminal first, Terminal second = {}, Terminal third = {}) {
    if (!at(first, second, third)) return false;
    advance();
    if (second) advance();
    if (third) advance();
    return true;
  }
  // One after the other; an error is where the first is that is not there.
  Checked expect(Terminal first, Terminal second = {}, Terminal third = {}) {
    for (const Terminal next : {first, second, third}) {
      if (next && !take(next)) return unexpected();
    }
    return {};
  }
  bool take_distinct() { return take("DISTINCT") || take("DISTINCTROW"); }
  // Nothing that the grammar has can begin with the current token.
  std::unexpected<SyntaxFault> unexpected() {
    return std::unexpected(SyntaxFault{FaultKind::syntax, token().begin});
  }
  std::unexpected<SyntaxFault> fault(FaultKind kind) {
    return std::unexpected(SyntaxFault{kind, token().begin});
  }

  // Names. A word of the language is one unless it is reserved.
  bool at_name(std::size_t ahead = 0);
  Parsed<Name> name();
  Parsed<Name> name_or_text();
  Parsed<Path> path(std::size_t max_parts);
  Parsed<Path> table_name() { return path(2); }
  Parsed<List<Name>> names();  // separated by commas
  Parsed<List<Name>> names_in_parentheses();

  // A string without an introducer, with those that follow it; decoded.
  bool at_text(std::size_t ahead = 0);
  Parsed<std::string_view> text();
  Parsed<std::string_view> text_or_bytes();  // or the bytes of x'1F' and b'101'
  Parsed<std::string_view> digits();         // an integer
  Parsed<std::uint32_t> number();            // likewise, below 2^32

  std::string_view content(const Token& token);  // what it stands for
  std::string_view written(std::uint32_t begin, std::uint32_t end) const {
    return text_.substr(begin, end - begin);
  }
  std::string_view upper(std::string_view text);
  std::string_view lower(std::string_view text);

  // The place from `begin` up to the last token that was taken.
  Place place_from(std::uint32_t begin) const { return {.begin = begin, .end = last_end_}; }
  std::uint32_t begin() { return token().begin; }
  // Where the statement's first token is.
  std::uint32_t statement_begin() const { return statement_begin_; }
  void begin_statement() { statement_begin_ = begin(); }
  std::string_view take_hints();  // of /*+ … */, when it is the current token
  std::uint32_t next_parameter() { return parameters_++; }
  std::uint32_t parameters() const { return parameters_; }

  Arena& arena() { return arena_; }
  template <class T>
  Ref<T> make(const T& node) {
    return arena_.make(node);
  }
  template <class T>
  ListBuilder<T> list() {
    return ListBuilder<T>(scratch_);
  }
  // `item` as often as there are commas.
  template <class T>
  Parsed<List<T>> list_of(Parsed<T> (*item)(Parser&)) {
    ListBuilder<T> items(scratch_);
    do {
      TRY(const T next, item(*this));
      items.add(next);
    } while (take(","));
    return items.finish(arena_);
  }
  template <class T>
  Parsed<List<T>> list_in_parentheses(Parsed<T> (*item)(Parser&)) {
    TRY_STATUS(expect("("));
    TRY(const List<T> items, list_of(item));
    TRY_STATUS(expect(")"));
    return items;
  }

  // An operator was read, which canonical text has in parentheses: what it was made of is one level
  // deeper there. Fails like Nested; one level too many may turn out to have been counted twice
  // (Enclosed), or is found at the end.
  Checked deepen() {
    if (++deepest_ > kMaxGrammarDepth + 1) return fault(FaultKind::too_deep);
    return {};
  }
  bool is_too_deep() const { return deepest_ > kMaxGrammarDepth; }

 private:
  friend class Nested;
  friend class Enclosed;
  static constexpr std::size_t kMaxAhead = 8;

  const std::string_view text_;
  const Dialect& dialect_;
  const Modes modes_;
  Lexer lexer_;
  Arena& arena_;
  Scratch scratch_;
  std::array<Token, kMaxAhead> tokens_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
  std::uint32_t last_end_ = 0;
  std::uint32_t parameters_ = 0;
  std::uint32_t statement_begin_ = 0;
  std::size_t level_ = 0;    // open levels
  std::size_t deepest_ = 0;  // of what was read since the innermost open level began
};

// One more level while it lives: of an expression in another, of a query in another, …
//
//   const Nested nested(parser);
//   if (!nested) return parser.fault(FaultKind::too_deep);
class Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser), deepest_before_(parser.deepest_) {
    parser.deepest_ = ++parser.level_;
  }
  ~Nested() {
    --parser_.level_;
    if (parser_.deepest_ < deepest_before_) parser_.deepest_ = deepest_before_;
  }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;
  explicit operator bool() const { return parser_.level_ <= kMaxGrammarDepth; }

 private:
  Parser& parser_;
  const std::size_t deepest_before_;
};

// Lives while parentheses are read. Where they are those that canonical text has around what was
// read, which `deepen` has counted, they count once.
class Enclosed {
 public:
  explicit Enclosed(Parser& parser) : parser_(parser), deepest_before_(parser.deepest_) {
    parser.deepest_ = parser.level_;
  }
  ~Enclosed() {
    if (parser_.deepest_ < deepest_before_) parser_.deepest_ = deepest_before_;
  }
  Enclosed(const Enclosed&) = delete;
  Enclosed& operator=(const Enclosed&) = delete;
  void count_once() {
    if (parser_.deepest_ > parser_.level_) --parser_.deepest_;
  }

 private:
  Parser& parser_;
  const std::size_t deepest_before_;
};

}  // namespace octavo::sql
