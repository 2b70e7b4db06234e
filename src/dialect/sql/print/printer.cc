#include "dialect/sql/print/printer.h"

#include <algorithm>

#include "dialect/sql/ast/quoted_name.h"
#include "dialect/sql/lexer/chars.h"

namespace octavo::sql {
namespace {

struct EscapeRow {
  char character;
  std::string_view written;
};
constexpr EscapeRow kEscapes[] = {{'\'', "''"},  {'\\', "\\\\"}, {'\0', "\\0"},
                                  {'\n', "\\n"}, {'\r', "\\r"},  {'\x1a', "\\Z"}};

template <class Node>
std::string printed(const Node& node, const PrintOptions& options) {
  Printer printer(options);
  write(printer, node);
  return printer.finish();
}

}  // namespace

Printer& Printer::lower(std::string_view text) {
  for (const char c : text) out_ += to_lower(c);
  return *this;
}

Printer& Printer::name(Name name) {
  out_ += quoted_name(name, options_.name_quote);
  return *this;
}

Printer& Printer::path(Path path) {
  bool first = true;
  for (const Name part : path) {
    if (!std::exchange(first, false)) out_ += '.';
    name(part);
  }
  return *this;
}

Printer& Printer::names(List<Name> names) {
  bool first = true;
  for (const Name next : names) {
    if (!std::exchange(first, false)) out_ += ',';
    name(next);
  }
  return *this;
}

Printer& Printer::names_in_parentheses(List<Name> names) {
  return names.empty() ? *this : text(" (").names(names).text(")");
}

Printer& Printer::string(std::string_view text) {
  out_ += '\'';
  for (const char c : text) {
    const auto* const row = std::ranges::find(kEscapes, c, &EscapeRow::character);
    if (row != std::end(kEscapes)) {
      out_ += row->written;
    } else {
      out_ += c;
    }
  }
  out_ += '\'';
  return *this;
}

Printer& Printer::number(std::uint32_t number) { return text(std::to_string(number)); }

bool is_plain(Name name) {
  return !name.empty() && !is_digit(name[0]) && std::ranges::all_of(name, is_name_char);
}

Printer& Printer::plain_name(Name name) {
  if (name.empty()) return string(name);
  const bool word = use_of(name) != word::kNone && name != "binary";
  return is_plain(name) && !word ? text(name) : this->name(name);
}

std::string print(const Statement& statement, const PrintOptions& options) {
  return printed(statement, options);
}
std::string print(const Query& query, const PrintOptions& options) {
  return printed(query, options);
}
std::string print(const Expr& expr, const PrintOptions& options) { return printed(expr, options); }
std::string print(const DataType& type, const PrintOptions& options) {
  return printed(type, options);
}

}  // namespace octavo::sql
