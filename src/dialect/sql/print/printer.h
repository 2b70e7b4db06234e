#pragma once

// What the print functions share. `write` has an overload for each node, in the file of its part of
// the language, so that variants are visited without a list of their alternatives.

#include <string>
#include <variant>

#include "dialect/sql/ast/statement.h"
#include "dialect/sql/print/print.h"

namespace octavo::sql {

class Printer {
 public:
  explicit Printer(const PrintOptions& options) : options_(options) {}

  Printer& text(std::string_view text) {
    out_ += text;
    return *this;
  }
  Printer& text_if(bool condition, std::string_view text) {
    return condition ? this->text(text) : *this;
  }
  Printer& lower(std::string_view text);
  Printer& name(Name name);  // in quotes
  Printer& path(Path path);
  Printer& table_path(Path path);
  Printer& column_path(Path path);
  Printer& names(List<Name> names);                 // separated by commas
  Printer& names_in_parentheses(List<Name> names);  // ` (a,b)`; nothing when there are none
  Printer& string(std::string_view text);           // in quotes
  // A name of the server's, such as a character set's: in quotes where it needs them.
  Printer& plain_name(Name name);
  Printer& number(std::uint32_t number);

  // `write` of each, separated by commas.
  template <class T>
  Printer& list(const List<T>& items);
  template <class T>
  Printer& parenthesised(const List<T>& items) {
    return text("(").list(items).text(")");
  }
  // ` where x`; nothing when there is none.
  template <class T>
  Printer& clause(std::string_view words, const Ref<T>& node);
  template <class T>
  Printer& clause(std::string_view words, const List<T>& items);

  // What a name would be without quotes: of word::Use.
  std::uint8_t use_of(Name name) const {
    const std::uint16_t row = find_word(name);
    if (row == kNoWord) return word::kNone;
    return kWords[row].*options_.dialect.words;
  }

  // A query within an expression: its items need no names.
  Printer& subquery(const Query& query) { return query_with(query, false); }
  Printer& derived(const Query& query) { return query_with(query, true); }
  bool names_items() const { return options_.names != nullptr && names_items_; }
  // Null: `*` stays.
  const std::vector<ResolvedNames::Column>* columns_of_star(const Expr& star) const;
  Printer& parts(const ResolvedNames::Parts& parts);

  // Of the tables that were written.
  std::set<std::string> take_databases() { return std::move(databases_); }

  std::string finish() { return std::move(out_); }

 private:
  Printer& query_with(const Query& query, bool names_items);
  // `full`: how many parts such a path has with its database.
  Printer& resolved_path(Path path, std::size_t full);

  const PrintOptions options_;
  std::string out_;
  bool names_items_ = true;
  std::set<std::string> databases_;
};

// Whether a name may stand without quotes wherever a name of the server's is expected.
bool is_plain(Name name);

void write(Printer& printer, const Expr& expr);
void write(Printer& printer, const OrderItem& item);
void write(Printer& printer, const SystemVariable& variable);
void write(Printer& printer, const Window& window);
void write(Printer& printer, const Over& over);
void write(Printer& printer, const Query& query);
void write(Printer& printer, const QueryBody& body);
void write(Printer& printer, const With& with);
void write(Printer& printer, const Limit& limit);
void write(Printer& printer, const RowOf& row);
void write(Printer& printer, const TableRef& table);
void write(Printer& printer, const DataType& type);
void write(Printer& printer, const FileFormat& format);
void write(Printer& printer, const Assignment& assignment);
void write(Printer& printer, const TableElement& element);
void write(Printer& printer, const ColumnDef& column);
void write(Printer& printer, const KeyPart& part);
void write(Printer& printer, const KeyOptions& options);
void write(Printer& printer, const TableOption& option);
void write(Printer& printer, const AlterFlag& flag);
void write(Printer& printer, const Partitioning& partitioning);
void write(Printer& printer, const AlterPartitions& alter);
void write(Printer& printer, const Account& account);
void write(Printer& printer, const Authentication& authentication);
void write(Printer& printer, const RoleSet& roles);
void write(Printer& printer, const Statement& statement);
inline void write(Printer& printer, const Path& path) { printer.path(path); }

// print_expr.cc: behind DEFAULT. The first writes NOW() only, and says whether it did.
bool write_now(Printer& printer, const Expr& value);
void write_default(Printer& printer, const Expr& value, bool in_parentheses);

// A statement of each kind.
void write(Printer& printer, const Insert& insert);
void write(Printer& printer, const Update& update);
void write(Printer& printer, const Delete& statement);
void write(Printer& printer, const LoadData& load);
void write(Printer& printer, const CreateTable& create);
void write(Printer& printer, const AlterTable& alter);
void write(Printer& printer, const CreateIndex& create);
void write(Printer& printer, const DropIndex& drop);
void write(Printer& printer, const CreateView& view);
void write(Printer& printer, const CreateDatabase& create);
void write(Printer& printer, const DropDatabase& drop);
void write(Printer& printer, const DropProgram& drop);
void write(Printer& printer, const DropTables& drop);
void write(Printer& printer, const TruncateTable& truncate);
void write(Printer& printer, const RenameTables& rename);
void write(Printer& printer, const Set& set);
void write(Printer& printer, const StartTransaction& start);
void write(Printer& printer, const EndTransaction& end);
void write(Printer& printer, const Savepoint& savepoint);
void write(Printer& printer, const Prepare& prepare);
void write(Printer& printer, const Execute& execute);
void write(Printer& printer, const Deallocate& deallocate);
void write(Printer& printer, const LockTables& lock);
void write(Printer& printer, const UnlockTables& unlock);
void write(Printer& printer, const Use& use);
void write(Printer& printer, const Do& node);
void write(Printer& printer, const Show& show);
void write(Printer& printer, const Describe& describe);
void write(Printer& printer, const Explain& explain);
void write(Printer& printer, const CreateUser& create);
void write(Printer& printer, const DropUser& drop);
void write(Printer& printer, const CreateRole& create);
void write(Printer& printer, const RenameUser& rename);
void write(Printer& printer, const Grant& grant);
void write(Printer& printer, const SetDefaultRole& set);
void write(Printer& printer, const CareForTables& care);
void write(Printer& printer, const Flush& flush);
void write(Printer& printer, const Kill& kill);
void write(Printer& printer, const Subscribe& subscribe);
void write(Printer& printer, const Unsupported& unsupported);
void write(Printer& printer, const Nothing& nothing);

template <class T>
void write(Printer& printer, const Ref<T>& node) {
  write(printer, *node);
}

template <class T>
Printer& Printer::list(const List<T>& items) {
  bool first = true;
  for (const T& item : items) {
    if (!std::exchange(first, false)) out_ += ',';
    write(*this, item);
  }
  return *this;
}

template <class T>
Printer& Printer::clause(std::string_view words, const Ref<T>& node) {
  if (!node) return *this;
  text(words);
  write(*this, *node);
  return *this;
}

template <class T>
Printer& Printer::clause(std::string_view words, const List<T>& items) {
  return items.empty() ? *this : text(words).list(items);
}

}  // namespace octavo::sql
