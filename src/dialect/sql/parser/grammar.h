#pragma once

// What the parts of the grammar call of each other. Each function stands on the first token of what
// it reads, and behind its last when it returns.

#include "dialect/sql/ast/statement.h"
#include "dialect/sql/parser/parser.h"

namespace octavo::sql {

// expr.cc
Parsed<Expr> parse_expr(Parser& parser);
Parsed<Ref<Expr>> parse_expr_node(Parser& parser);
// What binds as tightly as `least` or more.
Parsed<Expr> parse_operand(Parser& parser, Level least);
// Goes on behind an operand.
Parsed<Expr> parse_infixes(Parser& parser, Expr left, Level least);
Parsed<List<Expr>> parse_exprs(Parser& parser);
Parsed<Expr> make_binary(Parser& parser, BinaryOperator op, const Expr& left, const Expr& right);

// predicate.cc: the operand stands before the current token.
bool at_predicate(Parser& parser);
Parsed<Expr> parse_predicate(Parser& parser, const Expr& left);
Parsed<Expr> parse_is(Parser& parser, const Expr& left);

// primary.cc
Parsed<Expr> parse_primary(Parser& parser);
Parsed<Expr> parse_collations(Parser& parser, Expr expr);  // the COLLATEs behind an operand
Parsed<Path> parse_column_name(Parser& parser);
Parsed<Expr> parse_variable(Parser& parser);
VariableScope at_scope(Parser& parser);  // GLOBAL, SESSION, …

// literal.cc
bool at_literal(Parser& parser);
Parsed<Expr> parse_literal(Parser& parser);
Parsed<Ref<Expr>> parse_signed_literal(Parser& parser);

// call.cc
bool at_call(Parser& parser);
Parsed<Expr> parse_call(Parser& parser);
Expr call_of(Parser& parser, Name name, List<Argument> arguments, std::uint32_t begin);

// interval.cc
Parsed<Name> parse_unit(Parser& parser);
bool is_simple_unit(Name unit);  // of one part: no DAY_HOUR
// An interval, or a call of the function of that name.
Parsed<Expr> parse_interval(Parser& parser);

// window.cc
Parsed<Window> parse_window(Parser& parser);  // with its parentheses
Parsed<Ref<Over>> parse_over(Parser& parser);

// type.cc
Parsed<DataType> parse_column_type(Parser& parser);
Parsed<DataType> parse_cast_type(Parser& parser);
Parsed<Name> parse_charset_name(Parser& parser);    // behind CHARACTER SET and the like
Parsed<Name> parse_collation_name(Parser& parser);  // behind COLLATE
bool take_charset_words(Parser& parser);            // CHARACTER SET, CHARSET

// query.cc
// A word that begins a query; a `(` may begin an expression as well.
bool at_query(Parser& parser, std::size_t ahead = 0);
Parsed<Ref<Query>> parse_query(Parser& parser);
// Goes on behind a query in parentheses, which may be the first arm of a union.
bool at_query_rest(Parser& parser);
Parsed<Ref<Query>> parse_query_rest(Parser& parser, Ref<Query> first);
Parsed<Ref<Query>> parse_query_in_parentheses(Parser& parser);
Parsed<List<OrderItem>> parse_order_by(Parser& parser);  // empty when there is none
Parsed<List<OrderItem>> parse_order_items(Parser& parser);
Parsed<Ref<Limit>> parse_limit(Parser& parser);  // null when there is none
Parsed<Ref<With>> parse_with(Parser& parser);    // likewise
Parsed<Ref<Expr>> parse_where(Parser& parser);   // likewise

// select.cc, into.cc
Parsed<Ref<Select>> parse_select(Parser& parser, Ref<Into>& into);
Parsed<Ref<Into>> parse_into(Parser& parser);  // null when there is none
Parsed<FileFormat> parse_file_format(Parser& parser);

// join.cc, table_ref.cc, json_table.cc
Parsed<TableRef> parse_table_ref(Parser& parser);     // with its joins
Parsed<TableRef> parse_table_factor(Parser& parser);  // without
Parsed<List<TableRef>> parse_table_refs(Parser& parser);
Parsed<Name> parse_table_alias(Parser& parser);       // empty when there is none
Parsed<List<Name>> parse_partitions(Parser& parser);  // likewise
Parsed<TableRef> parse_json_table(Parser& parser);
Checked parse_json_fallbacks(Parser& parser, JsonFallback& on_empty, JsonFallback& on_error);

// write.cc
Parsed<List<Assignment>> parse_assignments(Parser& parser);
Parsed<Expr> parse_value(Parser& parser);  // an expression, or DEFAULT
Parsed<std::uint8_t> parse_write_options(Parser& parser, std::uint8_t allowed);

// column.cc, key.cc, table_option.cc
Parsed<ColumnDef> parse_column(Parser& parser);
Parsed<ColumnDef> parse_column_behind_name(Parser& parser, Name name);
bool at_constraint(Parser& parser);
Parsed<TableElement> parse_constraint(Parser& parser);  // a key, foreign key or check
Parsed<List<KeyPart>> parse_key_parts(Parser& parser);
Parsed<KeyOptions> parse_key_options(Parser& parser);
Parsed<Name> parse_key_type(Parser& parser);  // USING BTREE; empty when there is none
Parsed<References> parse_references(Parser& parser);
Parsed<bool> parse_enforced(Parser& parser);
Parsed<Ref<Expr>> parse_default_value(Parser& parser);  // a literal, or (an expression)
bool at_table_option(Parser& parser);
Parsed<TableOption> parse_table_option(Parser& parser);
bool at_database_option(Parser& parser);
bool at_partition_option(Parser& parser);

// partition.cc
Parsed<Ref<Partitioning>> parse_partitioning(Parser& parser);
bool at_alter_partitions(Parser& parser);
Parsed<Ref<AlterPartitions>> parse_alter_partitions(Parser& parser);

// alter_table.cc
bool at_alter_flag(Parser& parser);
Parsed<AlterFlag> parse_alter_flag(Parser& parser);

// account.cc
bool at_account(Parser& parser);
Parsed<Account> parse_account(Parser& parser);
Parsed<List<Account>> parse_accounts(Parser& parser);
Parsed<Authentication> parse_authentication(Parser& parser);
Parsed<RoleSet> parse_role_set(Parser& parser);

// statements.cc
Parsed<Statement> parse_statement(Parser& parser);
// Up to the end of the statement, as written; of what is not looked at.
std::string_view skip_statement(Parser& parser);

// One for each form of statement; statements.cc and create.cc have the rows that name them.
Parsed<Statement> parse_query_statement(Parser& parser);
Parsed<Statement> parse_with_statement(Parser& parser);
Parsed<Statement> parse_insert(Parser& parser);
Parsed<Statement> parse_update(Parser& parser);
Parsed<Statement> parse_delete(Parser& parser);
Parsed<Statement> parse_update_with(Parser& parser, Ref<With> with);
Parsed<Statement> parse_delete_with(Parser& parser, Ref<With> with);
Parsed<Statement> parse_load(Parser& parser);
Parsed<Statement> parse_create(Parser& parser);
Parsed<Statement> parse_alter(Parser& parser);
Parsed<Statement> parse_drop(Parser& parser);
// Behind CREATE, ALTER or DROP, on the word that says what. `alter` says which of the first two it
// is.
Parsed<Statement> parse_create_table(Parser& parser, bool alter);
Parsed<Statement> parse_alter_table(Parser& parser, bool alter);
Parsed<Statement> parse_create_index(Parser& parser, bool alter);
Parsed<Statement> parse_view(Parser& parser, bool alter);
Parsed<Statement> parse_database(Parser& parser, bool alter);
Parsed<Statement> parse_user(Parser& parser, bool alter);
Parsed<Statement> parse_create_role(Parser& parser, bool alter);
Parsed<Statement> parse_drop_tables(Parser& parser, bool alter);
Parsed<Statement> parse_drop_program(Parser& parser, bool alter);
Parsed<Statement> parse_drop_database(Parser& parser, bool alter);
Parsed<Statement> parse_drop_index(Parser& parser, bool alter);
Parsed<Statement> parse_drop_users(Parser& parser, bool alter);
Parsed<Statement> parse_drop_prepare(Parser& parser, bool alter);

Parsed<Statement> parse_truncate(Parser& parser);
Parsed<Statement> parse_rename(Parser& parser);
Parsed<Statement> parse_set(Parser& parser);
Parsed<Statement> parse_begin(Parser& parser);
Parsed<Statement> parse_start(Parser& parser);
Parsed<Statement> parse_end_of_transaction(Parser& parser);
Parsed<Statement> parse_savepoint(Parser& parser);
Parsed<Statement> parse_release(Parser& parser);
Parsed<Statement> parse_prepare(Parser& parser);
Parsed<Statement> parse_execute(Parser& parser);
Parsed<Statement> parse_deallocate(Parser& parser);
Parsed<Statement> parse_lock(Parser& parser);
Parsed<Statement> parse_unlock(Parser& parser);
Parsed<Statement> parse_use(Parser& parser);
Parsed<Statement> parse_do(Parser& parser);
Parsed<Statement> parse_show(Parser& parser);
Parsed<Statement> parse_explain(Parser& parser);
Parsed<Statement> parse_grant(Parser& parser);
Parsed<Statement> parse_table_care(Parser& parser);
Parsed<Statement> parse_flush(Parser& parser);
Parsed<Statement> parse_kill(Parser& parser);
Parsed<Statement> parse_subscribe(Parser& parser);

// A node as an expression, from `begin` up to the last token that was taken.
template <class Node>
Expr expr_from(Parser& parser, std::uint32_t begin, const Node& node) {
  return {.place = parser.place_from(begin), .node = node};
}

// A node as a statement. Its place is set by parse_statement.
template <class Node>
Statement statement_of(Parser& parser, const Node& node) {
  return {.node = parser.make(node)};
}

}  // namespace octavo::sql
