#include "dialect/sql/parser/parser.h"

#include <algorithm>

#include "base/text.h"
#include "dialect/sql/lexer/chars.h"
#include "dialect/sql/lexer/text.h"

namespace octavo::sql {

bool Parser::at_name(std::size_t ahead) {
  const TokenKind here = kind(ahead);
  if (here == TokenKind::quoted_name) return true;
  if (here != TokenKind::name) return false;
  const WordRow* const row = word_of(token(ahead).terminal);
  return row == nullptr || (row->*dialect_.words & (word::kReserved | word::kOnlyCalled)) == 0;
}

std::string_view Parser::content(const Token& token) {
  const std::string_view inside = text_.substr(token.content, token.content_size);
  if (!token.escaped) return inside;
  const bool backslashes = token.kind != TokenKind::quoted_name && token.quote != '`' &&
                           (dialect_.lexis & kBackslashEscapes) != 0 &&
                           !mode(mode::kNoBackslashEscapes);
  char* const out = static_cast<char*>(arena_.allocate(inside.size(), 1));
  return {out, unescape(inside, token.quote, backslashes, out)};
}

std::string_view Parser::upper(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return to_upper(c) == c; })) return text;
  char* const out = static_cast<char*>(arena_.allocate(text.size(), 1));
  std::ranges::transform(text, out, to_upper);
  return {out, text.size()};
}

std::string_view Parser::lower(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return to_lower(c) == c; })) return text;
  char* const out = static_cast<char*>(arena_.allocate(text.size(), 1));
  std::ranges::transform(text, out, to_lower);
  return {out, text.size()};
}

std::string_view Parser::take_hints() {
  if (kind() != TokenKind::hint) return {};
  const std::string_view hints = content(token());
  advance();
  return hints;
}

Parsed<Name> Parser::name() {
  // A quoted name may not be empty.
  if (!at_name() || token().content_size == 0) return unexpected();
  const Name found = content(token());
  advance();
  return found;
}

Parsed<Name> Parser::name_or_text() {
  if (!at_text()) return name();
  const Name found = content(token());
  advance();
  return found;
}

Parsed<Path> Parser::path(std::size_t max_parts) {
  auto parts = list<Name>();
  do {
    TRY(const Name part, name());
    parts.add(part);
  } while (parts.size() < max_parts && take("."));
  return parts.finish(arena_);
}

Parsed<List<Name>> Parser::names() {
  return list_of<Name>([](Parser& parser) { return parser.name(); });
}

Parsed<List<Name>> Parser::names_in_parentheses() {
  return list_in_parentheses<Name>([](Parser& parser) { return parser.name(); });
}

bool Parser::at_text(std::size_t ahead) { return kind(ahead) == TokenKind::string; }

Parsed<std::string_view> Parser::text() {
  if (!at_text()) return unexpected();
  std::string_view first = content(token());
  advance();
  if (!at_text()) return first;
  auto bytes = list<char>();
  for (const char c : first) bytes.add(c);
  while (at_text()) {
    for (const char c : content(token())) bytes.add(c);
    advance();
  }
  const List<char> all = bytes.finish(arena_);
  return std::string_view(all.begin(), all.size());
}

Parsed<std::string_view> Parser::text_or_bytes() {
  const bool hex = kind() == TokenKind::hex;
  if (!hex && kind() != TokenKind::bits) return text();
  const std::size_t digits_of_byte = hex ? 2 : 8;
  std::string_view rest = content(token());
  auto bytes = list<char>();
  // What is not whole bytes lacks zeros in front.
  std::size_t take = rest.size() % digits_of_byte;
  if (take == 0) take = digits_of_byte;
  while (!rest.empty()) {
    bytes.add(static_cast<char>(*parse_number<std::uint8_t>(rest.substr(0, take), hex ? 16 : 2)));
    rest.remove_prefix(take);
    take = digits_of_byte;
  }
  advance();
  const List<char> all = bytes.finish(arena_);
  return std::string_view(all.begin(), all.size());
}

Parsed<std::string_view> Parser::digits() {
  if (kind() != TokenKind::integer) return unexpected();
  const std::string_view found = content(token());
  advance();
  return found;
}

Parsed<std::uint32_t> Parser::number() {
  if (kind() != TokenKind::integer) return unexpected();
  const auto value = parse_number<std::uint32_t>(content(token()));
  if (!value) return unexpected();
  advance();
  return *value;
}

}  // namespace octavo::sql
