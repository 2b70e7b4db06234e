// Literals.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

struct WordKindRow {
  Terminal word;
  LiteralKind kind;
};
// DATE '2024-01-01'
constexpr WordKindRow kTyped[] = {{"DATE", LiteralKind::date},
                                  {"TIME", LiteralKind::time},
                                  {"TIMESTAMP", LiteralKind::timestamp}};

constexpr WordKindRow kConstants[] = {
    {"NULL", LiteralKind::null}, {"TRUE", LiteralKind::yes}, {"FALSE", LiteralKind::no}};

const WordKindRow* typed_row(Parser& parser) {
  if (!parser.at_text(1)) return nullptr;
  for (const WordKindRow& row : kTyped) {
    if (parser.at(row.word)) return &row;
  }
  return nullptr;
}

const WordKindRow* constant_row(Parser& parser) {
  for (const WordKindRow& row : kConstants) {
    if (parser.at(row.word)) return &row;
  }
  return nullptr;
}

// Hexadecimal digits by twos: `0xF` is `0x0F`.
std::string_view even_digits(Parser& parser, std::string_view digits) {
  if (digits.size() % 2 == 0) return digits;
  char* const out = static_cast<char*>(parser.arena().allocate(digits.size() + 1, 1));
  out[0] = '0';
  std::memcpy(out + 1, digits.data(), digits.size());
  return {out, digits.size() + 1};
}

std::optional<LiteralKind> kind_of(TokenKind token) {
  switch (token) {
    case TokenKind::integer: return LiteralKind::integer;
    case TokenKind::decimal: return LiteralKind::decimal;
    case TokenKind::floating: return LiteralKind::floating;
    case TokenKind::hex: return LiteralKind::hex;
    case TokenKind::bits: return LiteralKind::bits;
    case TokenKind::string: return LiteralKind::string;
    case TokenKind::national_string: return LiteralKind::national_string;
    default: return std::nullopt;
  }
}

// What may have a sign: no bits and no digits of bytes.
bool at_number(Parser& parser) {
  const auto kind = kind_of(parser.kind());
  return kind == LiteralKind::integer || kind == LiteralKind::decimal ||
         kind == LiteralKind::floating;
}

Parsed<Literal> parse_plain(Parser& parser) {
  const auto kind = kind_of(parser.kind());
  if (!kind) return parser.unexpected();
  if (*kind == LiteralKind::string) {
    TRY(const std::string_view text, parser.text());
    return Literal{.kind = LiteralKind::string, .text = text};
  }
  Literal literal{.kind = *kind, .text = parser.content(parser.token())};
  if (*kind == LiteralKind::hex) {
    literal.text = even_digits(parser, parser.upper(literal.text));
  }
  parser.advance();
  if (*kind == LiteralKind::national_string && parser.at_text()) {
    TRY(const std::string_view more, parser.text());
    char* const all =
        static_cast<char*>(parser.arena().allocate(literal.text.size() + more.size(), 1));
    std::memcpy(all, literal.text.data(), literal.text.size());
    std::memcpy(all + literal.text.size(), more.data(), more.size());
    literal.text = {all, literal.text.size() + more.size()};
  }
  return literal;
}

// _latin1 'x', and numbers that are bytes.
Parsed<Expr> parse_introduced(Parser& parser, std::uint32_t begin) {
  const Name charset = parser.lower(parser.content(parser.token()));
  parser.advance();
  const TokenKind kind = parser.kind();
  if (kind != TokenKind::string && kind != TokenKind::hex && kind != TokenKind::bits) {
    return parser.unexpected();
  }
  TRY(const Literal literal, parse_plain(parser));
  return Expr{.place = parser.place_from(begin),
              .node = Introduced{.charset = charset, .literal = parser.make(literal)}};
}

}  // namespace

bool at_literal(Parser& parser) {
  return kind_of(parser.kind()).has_value() || parser.kind() == TokenKind::introducer ||
         constant_row(parser) != nullptr || typed_row(parser) != nullptr;
}

Parsed<Expr> parse_literal(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (parser.kind() == TokenKind::introducer) return parse_introduced(parser, begin);
  Literal literal;
  if (const WordKindRow* const row = constant_row(parser)) {
    literal.kind = row->kind;
    parser.advance();
  } else if (const WordKindRow* const typed = typed_row(parser)) {
    literal.kind = typed->kind;
    parser.advance();
    TRY(literal.text, parser.text());
  } else {
    TRY(literal, parse_plain(parser));
  }
  return expr_from(parser, begin, literal);
}

Parsed<Ref<Expr>> parse_signed_literal(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  const bool minus = parser.take("-");
  const bool is_signed = minus || parser.take("+");
  if (is_signed && !at_number(parser)) return parser.unexpected();
  TRY(const Expr literal, parse_literal(parser));
  if (!minus) return parser.make(literal);
  const Unary negative{.op = UnaryOperator::minus, .operand = parser.make(literal)};
  return parser.make(expr_from(parser, begin, negative));
}

}  // namespace octavo::sql
