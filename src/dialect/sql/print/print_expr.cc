#include "dialect/sql/print/printer.h"

namespace octavo::sql {
namespace {

struct LiteralRow {
  LiteralKind kind;
  std::string_view before;
  bool quoted;
};
constexpr std::array kLiterals = std::to_array<LiteralRow>({
    {LiteralKind::null, "NULL", false},
    {LiteralKind::yes, "true", false},
    {LiteralKind::no, "false", false},
    {LiteralKind::integer, "", false},
    {LiteralKind::decimal, "", false},
    {LiteralKind::floating, "", false},
    {LiteralKind::string, "", true},
    {LiteralKind::national_string, "N", true},
    {LiteralKind::hex, "x", true},
    {LiteralKind::bits, "b", true},
    {LiteralKind::date, "DATE", true},
    {LiteralKind::time, "TIME", true},
    {LiteralKind::timestamp, "TIMESTAMP", true},
});
static_assert(rows_in_place(kLiterals, &LiteralRow::kind, LiteralKind::timestamp));

struct ScopeRow {
  VariableScope scope;
  std::string_view text;
};
constexpr std::array kScopes = std::to_array<ScopeRow>({
    {VariableScope::none, ""},
    {VariableScope::global, "global."},
    {VariableScope::session, "session."},
    {VariableScope::persist, "persist."},
    {VariableScope::persist_only, "persist_only."},
});
static_assert(rows_in_place(kScopes, &ScopeRow::scope, VariableScope::persist_only));

struct TruthRow {
  Truth truth;
  std::string_view text;
};
constexpr std::array kTruths = std::to_array<TruthRow>({
    {Truth::null, "null"},
    {Truth::yes, "true"},
    {Truth::no, "false"},
    {Truth::unknown, "unknown"},
});
static_assert(rows_in_place(kTruths, &TruthRow::truth, Truth::unknown));

bool is_number(const Expr& expr) {
  const auto* const literal = std::get_if<Literal>(&expr.node);
  return literal != nullptr &&
         (literal->kind == LiteralKind::integer || literal->kind == LiteralKind::decimal ||
          literal->kind == LiteralKind::floating);
}

void write(Printer& printer, const Literal& literal) {
  const LiteralRow& row = row_of(kLiterals, literal.kind);
  printer.text(row.before);
  if (row.quoted) {
    printer.string(literal.text);
  } else {
    printer.text(literal.text);
  }
}

void write(Printer& printer, const Introduced& introduced) {
  printer.text("_").text(introduced.charset);
  // A space where the literal has a letter in front.
  const bool letter = introduced.literal->kind != LiteralKind::string;
  printer.text_if(letter, " ");
  write(printer, *introduced.literal);
}

void write(Printer& printer, const ColumnName& column) { printer.column_path(column.path); }

void write(Printer& printer, const Star& star) {
  printer.path(star.qualifier).text_if(!star.qualifier.empty(), ".").text("*");
}

void write(Printer& printer, const Parameter& /*parameter*/) { printer.text("?"); }

void write(Printer& printer, const UserVariable& variable) {
  printer.text("@").string(variable.name);
}

void write(Printer& printer, const Assign& assign) {
  printer.text("(@").string(assign.variable).text(":=");
  write(printer, *assign.value);
  printer.text(")");
}

void write(Printer& printer, const Unary& unary) {
  const std::string_view text = row_of(kUnaryOperators, unary.op).text;
  if (unary.op == UnaryOperator::logical_not) {
    printer.text("(").text(text);
    write(printer, *unary.operand);
    printer.text(")");
    return;
  }
  const bool enclosed = in_parentheses(*unary.operand) || is_number(*unary.operand);
  printer.text(text).text_if(!enclosed, "(");
  write(printer, *unary.operand);
  printer.text_if(!enclosed, ")");
}

void write(Printer& printer, const Binary& binary) {
  const std::string_view text = row_of(kBinaryOperators, binary.op).text;
  const bool path =
      binary.op == BinaryOperator::json_extract || binary.op == BinaryOperator::json_unquote;
  const bool member = binary.op == BinaryOperator::member_of;
  printer.text_if(!path, "(");
  write(printer, *binary.left);
  printer.text_if(!path, " ").text(text).text_if(!path, " ").text_if(member, "(");
  write(printer, *binary.right);
  printer.text_if(member, ")").text_if(!path, ")");
}

void write(Printer& printer, const Junction& junction) {
  printer.text("(");
  bool first = true;
  for (const Expr& operand : junction.operands) {
    if (!std::exchange(first, false)) printer.text(junction.all ? " and " : " or ");
    write(printer, operand);
  }
  printer.text(")");
}

void write(Printer& printer, const Is& is) {
  printer.text("(");
  write(printer, *is.operand);
  printer.text(is.negated ? " is not " : " is ").text(row_of(kTruths, is.truth).text).text(")");
}

void write(Printer& printer, const Exists& exists) {
  printer.text("exists(").subquery(*exists.query).text(")");
}

void write(Printer& printer, const Subquery& subquery) {
  printer.text("(").subquery(*subquery.query).text(")");
}

void write(Printer& printer, const Collate& collate) {
  printer.text("(");
  write(printer, *collate.operand);
  printer.text(" collate ").plain_name(collate.collation).text(")");
}

void write(Printer& printer, const Interval& interval) {
  printer.text("interval ");
  write(printer, *interval.amount);
  printer.text(" ").lower(interval.unit);
}

void write(Printer& printer, const Word& word) { printer.lower(word.text); }

void write(Printer& printer, const TypeName& type) { write(printer, *type.type); }

void write(Printer& printer, const Default& node) {
  printer.text("default");
  if (!node.column.empty()) printer.text("(").path(node.column).text(")");
}

void write(Printer& printer, const Like& like) {
  printer.text("(");
  write(printer, *like.operand);
  printer.text(like.negated ? " not like " : " like ");
  write(printer, *like.pattern);
  printer.clause(" escape ", like.escape).text(")");
}

void write(Printer& printer, const Between& between) {
  printer.text("(");
  write(printer, *between.operand);
  printer.text(between.negated ? " not between " : " between ");
  write(printer, *between.low);
  printer.text(" and ");
  write(printer, *between.high);
  printer.text(")");
}

void write(Printer& printer, const In& in) {
  printer.text("(");
  write(printer, *in.operand);
  printer.text(in.negated ? " not in (" : " in (").list(in.items);
  if (in.query) printer.subquery(*in.query);
  printer.text("))");
}

void write(Printer& printer, const Quantified& quantified) {
  printer.text("(");
  write(printer, *quantified.left);
  printer.text(" ").text(row_of(kBinaryOperators, quantified.op).text);
  printer.text(quantified.all ? " all (" : " any (");
  printer.subquery(*quantified.query).text("))");
}

void write(Printer& printer, const Case& node) {
  printer.text("case").clause(" ", node.operand);
  for (const When& when : node.whens) {
    printer.text(" when ");
    write(printer, when.condition);
    printer.text(" then ");
    write(printer, when.result);
  }
  printer.clause(" else ", node.otherwise).text(" end");
}

void write(Printer& printer, const Cast& cast) {
  printer.text("cast(");
  write(printer, *cast.operand);
  if (!cast.zone.empty()) printer.text(" at time zone ").string(cast.zone);
  printer.text(" as ");
  write(printer, *cast.type);
  printer.text_if(cast.array, " array").text(")");
}

void write(Printer& printer, const Match& match) {
  printer.text("match (").list(match.columns).text(") against (");
  write(printer, *match.against);
  printer.text_if(match.mode == SearchMode::boolean, " in boolean mode");
  printer.text_if(match.mode == SearchMode::with_expansion, " with query expansion");
  printer.text(")");
}

// A function's name needs quotes where it would be read as something else.
void write_function_name(Printer& printer, const Call& call) {
  const Name name = call.name.back();
  const std::uint8_t use = printer.use_of(name);
  const bool reserved = (use & word::kReserved) != 0 && (use & word::kCalled) == 0;
  if (call.name.size() > 1 || call.by_name || reserved || !is_plain(name)) {
    printer.path(call.name);
  } else {
    printer.text(name);
  }
}

// Words before an argument take the comma's place.
void write_arguments(Printer& printer, const List<Argument>& arguments) {
  bool first = true;
  for (const Argument& argument : arguments) {
    const bool words = !argument.before.empty();
    if (!std::exchange(first, false)) printer.text(words ? " " : ",");
    if (words) printer.text(argument.before).text(" ");
    octavo::sql::write(printer, argument.value);
  }
}

void write(Printer& printer, const Call& call) {
  write_function_name(printer, call);
  printer.text("(").text_if(call.distinct, "distinct ");
  write_arguments(printer, call.arguments);
  printer.clause(" order by ", call.order_by);
  if (call.separator) printer.text(" separator ").string(call.separator->text);
  printer.text(")").text_if(call.from_last, " from last");
  printer.text_if(call.nulls == Call::Nulls::respect, " respect nulls");
  printer.text_if(call.nulls == Call::Nulls::ignore, " ignore nulls");
  printer.clause(" over ", call.over);
}

template <class T>
void write_node(Printer& printer, const T& node) {
  write(printer, node);
}
template <class T>
void write_node(Printer& printer, const Ref<T>& node) {
  write(printer, *node);
}

}  // namespace

void write(Printer& printer, const SystemVariable& variable) {
  printer.text("@@").text(row_of(kScopes, variable.scope).text).path(variable.path);
}

void write(Printer& printer, const RowOf& row) { printer.text("row").parenthesised(row.items); }

void write(Printer& printer, const Expr& expr) {
  std::visit([&printer](const auto& node) { write_node(printer, node); }, expr.node);
}

void write(Printer& printer, const OrderItem& item) {
  write(printer, item.expr);
  printer.text_if(item.descending, " desc");
}

// NOW() of columns, which needs no parentheses.
bool write_now(Printer& printer, const Expr& value) {
  const auto* const call = std::get_if<Ref<Call>>(&value.node);
  if (call == nullptr || (*call)->name.size() != 1 || (*call)->name[0] != "now") return false;
  printer.text("CURRENT_TIMESTAMP");
  if ((*call)->arguments.empty()) return true;
  printer.text("(");
  write_arguments(printer, (*call)->arguments);
  printer.text(")");
  return true;
}

void write_default(Printer& printer, const Expr& value, bool in_parentheses) {
  printer.text_if(in_parentheses, "(");
  write(printer, value);
  printer.text_if(in_parentheses, ")");
}

}  // namespace octavo::sql
