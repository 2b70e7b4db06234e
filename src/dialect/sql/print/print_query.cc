#include <algorithm>

#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

// A written name may be a string where it is an alias: it may be empty then.
void write_alias(Printer& printer, Name alias) {
  printer.text(" AS ");
  if (alias.empty()) {
    printer.text("''");
  } else {
    printer.name(alias);
  }
}

constexpr std::size_t kMaxNameCharacters = 64;

// What a column is called that has no name but its text; one that is no name is numbered.
std::string name_of(const SelectItem& item, std::size_t number) {
  const std::string_view text = item.written.text;
  const auto* const column = std::get_if<ColumnName>(&item.expr.node);
  if (column != nullptr) return std::string(column->path.back());
  const auto follows = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  const auto more_bytes = static_cast<std::size_t>(std::ranges::count_if(text, follows));
  const bool is_name =
      !text.empty() && !text.ends_with(' ') && text.size() - more_bytes <= kMaxNameCharacters;
  return is_name ? std::string(text) : "Name_exp_" + std::to_string(number);
}

void write(Printer& printer, const SelectItem& item, std::size_t number) {
  if (const auto* const columns = printer.columns_of_star(item.expr)) {
    bool first = true;
    for (const ResolvedNames::Column& column : *columns) {
      if (!std::exchange(first, false)) printer.text(",");
      printer.parts(column.path);
      if (printer.names_items()) write_alias(printer, column.name);
    }
    return;
  }
  write(printer, item.expr);
  if (item.has_alias) {
    write_alias(printer, item.alias);
  } else if (printer.names_items() && !std::holds_alternative<Star>(item.expr.node)) {
    write_alias(printer, name_of(item, number));
  }
}

void write(Printer& printer, const NamedWindow& window) {
  printer.name(window.name).text(" AS ");
  write(printer, window.window);
}

void write_items(Printer& printer, const List<SelectItem>& items) {
  std::size_t number = 0;
  for (const SelectItem& item : items) {
    if (number++ > 0) printer.text(",");
    write(printer, item, number);
  }
}

void write(Printer& printer, const Select& select) {
  printer.text("select ");
  if (!select.hints.empty()) printer.text("/*+").text(select.hints).text("*/ ");
  for (const select_option::Row& row : select_option::kRows) {
    if ((select.options & row.bit) != 0) printer.text(row.text).text(" ");
  }
  write_items(printer, select.items);
  printer.clause(" from ", select.from).clause(" where ", select.where);
  printer.clause(" group by ", select.group_by).text_if(select.rollup, " with rollup");
  printer.clause(" having ", select.having);
  bool first = true;
  for (const NamedWindow& window : select.windows) {
    printer.text(std::exchange(first, false) ? " window " : ",");
    write(printer, window);
  }
}

void write(Printer& printer, const Values& values) { printer.text("values ").list(values.rows); }

void write(Printer& printer, const WholeTable& table) {
  printer.text("table ").table_path(table.table);
}

std::string_view words_of(const SetArm& arm) {
  switch (arm.op) {
    case SetOperator::combine: return arm.all ? " union all " : " union ";
    case SetOperator::except: return arm.all ? " except all " : " except ";
    case SetOperator::intersect: return arm.all ? " intersect all " : " intersect ";
  }
  return {};
}

// Operations and queries with clauses of their own stand in parentheses.
void write(Printer& printer, const SetOperation& operation) {
  bool first = true;
  for (const SetArm& arm : operation.arms) {
    if (!std::exchange(first, false)) printer.text(words_of(arm));
    const bool nested = std::holds_alternative<Ref<SetOperation>>(arm.body);
    printer.text_if(nested, "(");
    octavo::sql::write(printer, arm.body);
    printer.text_if(nested, ")");
  }
}

void write_body(Printer& printer, Ref<Query> query) {
  printer.text("(");
  octavo::sql::write(printer, *query);
  printer.text(")");
}
template <class Body>
void write_body(Printer& printer, Ref<Body> body) {
  write(printer, *body);
}

void write(Printer& printer, const CommonTable& table) {
  printer.name(table.name).names_in_parentheses(table.columns).text(" as (");
  printer.derived(*table.query).text(")");
}

void write(Printer& printer, const Locking& locking) {
  printer.text(locking.share ? " for share" : " for update").clause(" of ", locking.of);
  printer.text_if(locking.wait == Locking::Wait::nowait, " nowait");
  printer.text_if(locking.wait == Locking::Wait::skip_locked, " skip locked");
}

void write(Printer& printer, const Into& into) {
  switch (into.kind) {
    case Into::Kind::variables: printer.list(into.variables); return;
    case Into::Kind::dumpfile: printer.text("dumpfile ").string(into.file); return;
    case Into::Kind::outfile:
      printer.text("outfile ").string(into.file);
      if (!into.charset.empty()) printer.text(" character set ").plain_name(into.charset);
      octavo::sql::write(printer, into.format);
      return;
  }
}

}  // namespace

void write(Printer& printer, const QueryBody& body) {
  std::visit([&printer](const auto& node) { write_body(printer, node); }, body);
}

void write(Printer& printer, const With& with) {
  printer.text(with.recursive ? "with recursive " : "with ");
  bool first = true;
  for (const CommonTable& table : with.tables) {
    if (!std::exchange(first, false)) printer.text(",");
    write(printer, table);
  }
  printer.text(" ");
}

void write(Printer& printer, const Limit& limit) {
  if (limit.offset_first) printer.clause("", limit.offset).text(",");
  write(printer, limit.count);
  if (!limit.offset_first) printer.clause(" offset ", limit.offset);
}

void write(Printer& printer, const FileFormat& format) {
  const auto part = [&printer](std::string_view words,
                               const std::optional<std::string_view>& text) {
    if (text) printer.text(words).string(*text);
  };
  printer.text_if(format.fields_terminated || format.fields_enclosed || format.fields_escaped,
                  " fields");
  part(" terminated by ", format.fields_terminated);
  part(format.optionally_enclosed ? " optionally enclosed by " : " enclosed by ",
       format.fields_enclosed);
  part(" escaped by ", format.fields_escaped);
  printer.text_if(format.lines_starting || format.lines_terminated, " lines");
  part(" starting by ", format.lines_starting);
  part(" terminated by ", format.lines_terminated);
}

void write(Printer& printer, const Query& query) {
  printer.clause("", query.with);
  write(printer, query.body);
  printer.clause(" order by ", query.order_by).clause(" limit ", query.limit);
  if (query.into) {
    printer.text(" into ");
    write(printer, *query.into);
  }
  for (const Locking& locking : query.locking) write(printer, locking);
}

}  // namespace octavo::sql
