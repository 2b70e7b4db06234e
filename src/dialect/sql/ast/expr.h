#pragma once

// Scalar expressions. What has up to three words of content stands in the node itself, so that a
// list of a million literals is one array; what has more is behind a Ref.

#include <cstdint>
#include <variant>

#include "dialect/sql/ast/node.h"
#include "dialect/sql/ast/operators.h"

namespace octavo::sql {

struct Expr;
struct Query;     // query.h
struct DataType;  // type.h
struct Over;      // window.h

enum class LiteralKind : std::uint8_t {
  null,
  yes,  // TRUE
  no,   // FALSE
  integer,
  decimal,
  floating,
  string,
  national_string,
  hex,   // the text has the digits, an even number of them
  bits,  // likewise, any number
  date,  // DATE '…'
  time,
  timestamp,
};
struct Literal {
  LiteralKind kind = LiteralKind::null;
  std::string_view text;  // of strings what they stand for

  friend bool operator==(const Literal&, const Literal&) = default;
};

// _utf8mb4'…', _latin1 x'…'
struct Introduced {
  Name charset;  // lower case
  Ref<Literal> literal;

  friend bool operator==(const Introduced&, const Introduced&) = default;
};
struct ColumnName {
  Path path;

  friend bool operator==(const ColumnName&, const ColumnName&) = default;
};
// `*`, `t.*`: in select lists, and COUNT(*).
struct Star {
  Path qualifier;

  friend bool operator==(const Star&, const Star&) = default;
};
struct Parameter {
  std::uint32_t number = 0;  // from 0, in the order of the text

  friend bool operator==(const Parameter&, const Parameter&) = default;
};
struct UserVariable {
  Name name;

  friend bool operator==(const UserVariable&, const UserVariable&) = default;
};
enum class VariableScope : std::uint8_t { none, global, session, persist, persist_only };
struct SystemVariable {
  VariableScope scope = VariableScope::none;
  Path path;  // a component's variable has two parts

  friend bool operator==(const SystemVariable&, const SystemVariable&) = default;
};
// @x := value
struct Assign {
  Name variable;
  Ref<Expr> value;

  friend bool operator==(const Assign&, const Assign&) = default;
};
struct Unary {
  UnaryOperator op = UnaryOperator::minus;
  Ref<Expr> operand;

  friend bool operator==(const Unary&, const Unary&) = default;
};
struct Binary {
  BinaryOperator op = BinaryOperator::equal;
  Ref<Expr> left;
  Ref<Expr> right;

  friend bool operator==(const Binary&, const Binary&) = default;
};
// AND or OR of two or more: chains of them are long, and have no order.
struct Junction {
  bool all = false;  // AND
  List<Expr> operands;

  friend bool operator==(const Junction&, const Junction&) = default;
};
enum class Truth : std::uint8_t { null, yes, no, unknown };
struct Is {
  Truth truth = Truth::null;
  bool negated = false;
  Ref<Expr> operand;

  friend bool operator==(const Is&, const Is&) = default;
};
struct Like {
  bool negated = false;
  Ref<Expr> operand;
  Ref<Expr> pattern;
  Ref<Expr> escape;  // none: as the dialect has it

  friend bool operator==(const Like&, const Like&) = default;
};
struct Between {
  bool negated = false;
  Ref<Expr> operand;
  Ref<Expr> low;
  Ref<Expr> high;

  friend bool operator==(const Between&, const Between&) = default;
};
// Either a list or a query.
struct In {
  bool negated = false;
  Ref<Expr> operand;
  List<Expr> items;
  Ref<Query> query;

  friend bool operator==(const In&, const In&) = default;
};
// x = ANY (query); SOME is ANY.
struct Quantified {
  BinaryOperator op = BinaryOperator::equal;
  bool all = false;
  Ref<Expr> left;
  Ref<Query> query;

  friend bool operator==(const Quantified&, const Quantified&) = default;
};
struct Exists {
  Ref<Query> query;

  friend bool operator==(const Exists&, const Exists&) = default;
};
struct Subquery {
  Ref<Query> query;

  friend bool operator==(const Subquery&, const Subquery&) = default;
};
struct RowOf {
  List<Expr> items;

  friend bool operator==(const RowOf&, const RowOf&) = default;
};
struct When;
struct Case {
  Ref<Expr> operand;  // none: the conditions are boolean
  List<When> whens;
  Ref<Expr> otherwise;

  friend bool operator==(const Case&, const Case&) = default;
};
struct Cast {
  Ref<Expr> operand;
  Ref<DataType> type;
  bool array = false;     // of a multi-valued index
  std::string_view zone;  // AT TIME ZONE; empty: none

  friend bool operator==(const Cast&, const Cast&) = default;
};
struct Collate {
  Name collation;
  Ref<Expr> operand;

  friend bool operator==(const Collate&, const Collate&) = default;
};
// INTERVAL 1 DAY, as an operand of + and - and an argument.
struct Interval {
  Name unit;  // a row of kUnits (units.h)
  Ref<Expr> amount;

  friend bool operator==(const Interval&, const Interval&) = default;
};
// A word of the language where an argument is expected: a unit, DATE of GET_FORMAT.
struct Word {
  Name text;  // upper case

  friend bool operator==(const Word&, const Word&) = default;
};
// A type where an argument is expected.
struct TypeName {
  Ref<DataType> type;

  friend bool operator==(const TypeName&, const TypeName&) = default;
};
struct Default {
  Path column;  // empty: of the column that is written

  friend bool operator==(const Default&, const Default&) = default;
};
enum class SearchMode : std::uint8_t { natural, boolean, with_expansion };
struct Match {
  List<Expr> columns;
  Ref<Expr> against;
  SearchMode mode = SearchMode::natural;

  friend bool operator==(const Match&, const Match&) = default;
};
struct Call;

struct Expr {
  Place place;
  std::variant<Literal, Introduced, ColumnName, Star, Parameter, UserVariable, SystemVariable,
               Assign, Unary, Binary, Junction, Is, Exists, Subquery, RowOf, Collate, Interval,
               Word, TypeName, Default, Ref<Like>, Ref<Between>, Ref<In>, Ref<Quantified>,
               Ref<Case>, Ref<Cast>, Ref<Match>, Ref<Call>>
      node;

  friend bool operator==(const Expr&, const Expr&) = default;
};
static_assert(sizeof(Expr) <= 40);

// Whether canonical text has it in parentheses of its own: most operators.
bool in_parentheses(const Expr& expr);

struct When {
  Expr condition;
  Expr result;

  friend bool operator==(const When&, const When&) = default;
};

struct OrderItem {
  Expr expr;
  bool descending = false;

  friend bool operator==(const OrderItem&, const OrderItem&) = default;
};

// An argument, and the words before it where they are no comma: TRIM(LEADING 'x' FROM y) has the
// arguments {"leading", 'x'} and {"from", y}.
struct Argument {
  std::string_view before;  // lower case
  Expr value;

  friend bool operator==(const Argument&, const Argument&) = default;
};
struct Call {
  Path name;
  bool distinct = false;
  // The name stood there as a name: an aggregate of that name is not meant (`count (x)`).
  bool by_name = false;
  List<Argument> arguments;
  List<OrderItem> order_by;  // GROUP_CONCAT
  Ref<Literal> separator;    // likewise
  enum class Nulls : std::uint8_t { as_usual, respect, ignore } nulls = Nulls::as_usual;
  bool from_last = false;  // NTH_VALUE
  Ref<Over> over;

  friend bool operator==(const Call&, const Call&) = default;
};

}  // namespace octavo::sql
