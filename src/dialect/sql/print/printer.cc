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

Printer& Printer::parts(const ResolvedNames::Parts& parts) {
  bool first = true;
  for (const std::string& part : parts) {
    if (!std::exchange(first, false)) out_ += '.';
    name(part);
  }
  return *this;
}

Printer& Printer::resolved_path(Path path, std::size_t full) {
  if (options_.names != nullptr) {
    const auto found = options_.names->paths.find(path.begin());
    if (found != options_.names->paths.end()) return parts(found->second);
  }
  const bool leave_out = path.size() == full && !options_.left_out_database.empty() &&
                         path.front() == options_.left_out_database;
  if (!leave_out) return this->path(path);
  return this->path(Path(path.begin() + 1, static_cast<std::uint32_t>(path.size() - 1)));
}

Printer& Printer::table_path(Path path) {
  if (path.size() == 2) databases_.emplace(path.front());
  return resolved_path(path, 2);
}
Printer& Printer::column_path(Path path) { return resolved_path(path, 3); }

const std::vector<ResolvedNames::Column>* Printer::columns_of_star(const Expr& star) const {
  if (options_.names == nullptr) return nullptr;
  const auto found = options_.names->stars.find(&star);
  return found == options_.names->stars.end() ? nullptr : &found->second;
}

Printer& Printer::query_with(const Query& query, bool names_items) {
  const bool before = std::exchange(names_items_, names_items);
  write(*this, query);
  names_items_ = before;
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

std::set<std::string> databases_of(const Query& query) {
  Printer printer({});
  write(printer, query);
  return printer.take_databases();
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
