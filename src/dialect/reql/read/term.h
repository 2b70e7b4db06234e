#pragma once

// Terms as rows of a table, and what a term's kernel sees: its arguments, evaluated when asked
// for, and the environment.
//
// A kernel of a scalar term:
//
//   Result<Val> upcase(Env& env, Args& args) {
//     TRY(const Value text, args.string(0));
//     return Val(string(fold_case(text.as_string())));
//   }
//
// and its row `{141, "upcase", 1, 1, {}, kScalar, upcase}` in the table of its file, which the
// list in terms.cc names. Grouped data is handled outside: a kernel sees one group at a time.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "algebra/expr.h"
#include "dialect/reql/val.h"

namespace octavo::function {
struct EvalContext;  // function/family.h
}  // namespace octavo::function

namespace octavo::reql {

class Args;
class Env;
class Host;
struct Evaluation;  // context.h

enum Flags : std::uint16_t {
  kScalar = 0,
  kNotDeterministic = 1 << 0,  // differs between calls or depends on stored data
  kNow = 1 << 1,               // constant within a query, not within an index
  kWrites = 1 << 2,            // changes rows or metadata: not allowed in stream functions
  kGroupedSequence = 1 << 3,   // works on a grouped stream as a whole
  kNotGrouped = 1 << 4,        // never applied group by group
  kOrdering = 1 << 5,          // ASC and DESC
  kLiteralOk = 1 << 6,         // its arguments may be r.literal(…)
  kReadsData = 1 << 7,         // needs a Host
  kStreamFunctions = 1 << 8,   // arguments from 1 on are called per row: no writes inside
  // Its own work does not grow with the values that it is given and gives: it hands them on, looks
  // at their outside, or takes them element by element. (function::EvalContext::limited)
  kLight = 1 << 9,
  kCheap = 1 << 10,             // so little work that another thread for it would cost more
  kSubscribes = 1 << 11,        // what it reads was read when the feed began, and is followed
  kWaitsWithOptions = 1 << 12,  // with options it waits for each of its sources
};

// What a term that reaches data or definitions needs of its user, on what it is about, as in the
// table of docs/security.md; the host refuses it, when it knows what that is. A term with several
// needs each of them, or one or another by what it is called on.
namespace needs {
enum Bit : std::uint8_t {
  kNothing = 1 << 0,  // names are open
  kRead = 1 << 1,
  kWrite = 1 << 2,
  kConfig = 1 << 3,
  kDatabaseConfig = 1 << 4,
  kServerConfig = 1 << 5,
  kPermissionsWrite = 1 << 6,  // `write` of rethinkdb.permissions
};
}  // namespace needs

using Kernel = Result<Val> (*)(Env& env, Args& args);

constexpr std::size_t kMaxOptionNames = 16;

struct Term {
  std::uint16_t number;
  std::string_view name;
  std::int16_t min_args;
  std::int16_t max_args;                                  // -1: any number
  std::array<std::string_view, kMaxOptionNames> options;  // allowed names, empty ones at the end
  std::uint16_t flags;
  Kernel kernel;
  std::uint8_t needs = 0;  // of needs::Bit; none: it computes
};

// Null when there is no such term.
const Term* find_term(std::uint16_t number);
std::span<const Term* const> all_terms();  // internal functions as well; none of them is null

// How a datum is understood where a function is expected.
enum class Shortcut : std::uint8_t {
  none,       // «Expected type FUNCTION but found DATUM:»
  constant,   // x → the datum
  get_field,  // x → x[datum]
  pluck,      // x → x.pluck(datum)
};

class Args {
 public:
  Args(Env& env, const algebra::Call& call, const Term& term)
      : env_(env), call_(call), term_(term) {}
  Args(const Args&) = delete;
  Args& operator=(const Args&) = delete;

  std::size_t size() const { return spliced_ ? items_.size() : call_.args.size(); }
  const Term& term() const { return term_; }
  const algebra::Call& call() const { return call_; }

  // Each evaluates argument `i`, once per call of the method, and notes it as the place of an
  // error.
  Result<Val> val(std::size_t i);
  Result<Value> datum(std::size_t i);  // also a single selection's row
  Result<double> number(std::size_t i);
  Result<std::int64_t> integer(std::size_t i);
  Result<bool> boolean(std::size_t i);  // any datum: null and false are false
  Result<Value> string(std::size_t i);  // a string datum
  Result<Value> array(std::size_t i);
  Result<Value> object(std::size_t i);  // an object, not a pseudotype
  Result<Value> time(std::size_t i);
  Result<Value> binary(std::size_t i);
  Result<Function> function(std::size_t i, Shortcut shortcut = Shortcut::none);
  Result<StreamPtr> sequence(std::size_t i);
  Result<TablePtr> table(std::size_t i);

  // An optional argument, from the call or from the query's global ones; nullopt when not given.
  Result<std::optional<Val>> option(std::string_view name);
  Result<std::optional<Value>> option_datum(std::string_view name);
  Result<std::optional<Value>> option_string(std::string_view name);
  Result<std::optional<double>> option_number(std::string_view name);
  Result<std::optional<std::int64_t>> option_integer(std::string_view name);
  Result<std::optional<bool>> option_boolean(std::string_view name);
  bool has_option(std::string_view name) const;

  // Passes an error on, noting argument `i` as its place.
  std::unexpected<Error> at(std::size_t i, std::unexpected<Error> error);
  std::unexpected<Error> at(std::string_view option, std::unexpected<Error> error);

  // For the evaluator: expands r.args, and hands in an already evaluated first argument.
  Status splice();
  void set_first(Val first) { first_ = std::move(first); }
  // The datum of an argument that is a constant, a variable or came out of r.args; null otherwise.
  const Value* leaf(std::size_t i) const;
  bool is_deterministic(std::size_t i) const;  // r.now() counts as a constant

 private:
  struct Item {
    const algebra::ExprPtr* expression = nullptr;  // null: `value` came out of r.args
    Value value;
    std::int32_t frame = 0;
  };
  std::int32_t frame(std::size_t i) const;
  Result<Val> evaluated(std::size_t i);

  Env& env_;
  const algebra::Call& call_;
  const Term& term_;
  std::optional<Val> first_;
  bool spliced_ = false;
  std::vector<Item> items_;
};

// Variables of the lambdas being evaluated, innermost first.
struct Scope {
  std::span<const algebra::VarId> names;
  std::span<const Value> values;
  const Scope* outer = nullptr;
  const Captured* captured = nullptr;  // of the innermost closure; ends the search
};

// The way from the root of the query to the term being evaluated, as a list on the stack.
struct Place {
  const Place* outer = nullptr;
  std::int32_t index = 0;
  std::string_view option;          // used instead of `index` when not empty
  const Backtrace* base = nullptr;  // a closure's own place: ends the list
};

class Env {
 public:
  Env(Evaluation& query, const Scope* scope, const Place* place)
      : query_(query), scope_(scope), place_(place) {}

  Evaluation& query() const { return query_; }
  function::EvalContext& context() const;
  Host* host() const;               // null in lambdas run by exec, index and stream
  Result<Host*> need_host() const;  // an error when there is none
  std::size_t array_limit() const;
  std::int64_t now_ns() const;  // wall clock at the start of the query
  Status check() const;         // cancelled, out of time: call it in loops
  // Counts work that evaluating expressions and passing values around does not show, and fails
  // when there is a limit and it is reached: see function::EvalContext::limited.
  Status spend(std::uint64_t steps) const;
  Status spend_on(const Value& value, std::uint64_t times = 1) const;

  const Scope* scope() const { return scope_; }
  const Place* place() const { return place_; }
  void note(const Place& place) const;  // as the place of an error, unless one is noted already

  bool literal_ok = false;  // r.literal may be evaluated here

 private:
  Evaluation& query_;
  const Scope* scope_;
  const Place* place_;
};

Result<Val> evaluate(Env& env, const algebra::ExprPtr& expression);

// Calls a closure with datums. A lambda without parameters takes any number of arguments.
Result<Val> call(Env& env, const Function& function, std::span<const Value> arguments);
Result<Value> call_datum(Env& env, const Function& function, std::span<const Value> arguments);
inline Result<Value> call_datum(Env& env, const Function& function, const Value& argument) {
  return call_datum(env, function, std::span<const Value>(&argument, 1));
}

// Conversions of a value of any kind, with ReQL's messages.
Result<Value> to_datum(Env& env, const Val& val);
Result<StreamPtr> to_sequence(Env& env, const Val& val);
Result<TablePtr> to_table(Env& env, const Val& val);
Result<Function> to_function(Env& env, const Val& val, Shortcut shortcut = Shortcut::none);
std::string print_val(Env& env, const Val& val);
std::unexpected<Error> kind_error(Env& env, Kind expected, const Val& found);

// The tables, one per file. terms.cc joins them.
std::span<const Term> control_terms();    // DATUM … BRANCH, FUNCALL, DEFAULT, ERROR, comparisons
std::span<const Term> sequence_terms();   // MAP, FILTER, SLICE, UNION, RANGE, …
std::span<const Term> order_terms();      // ORDER_BY, ASC, DESC, DISTINCT
std::span<const Term> join_terms();       // INNER_JOIN, OUTER_JOIN, EQ_JOIN, ZIP
std::span<const Term> aggregate_terms();  // COUNT, SUM, REDUCE, GROUP, …
std::span<const Term> array_terms();      // APPEND … SPLICE_AT, SET_*, DIFFERENCE
std::span<const Term> document_terms();   // GET_FIELD, BRACKET, PLUCK, MERGE, HAS_FIELDS, LITERAL
std::span<const Term> type_terms();       // COERCE_TO, TYPE_OF, INFO
std::span<const Term> access_terms();     // DB, TABLE, GET, GET_ALL, BETWEEN
std::span<const Term> write_terms();      // INSERT, UPDATE, REPLACE, DELETE, SYNC, FOR_EACH
std::span<const Term> change_terms();     // CHANGES
std::span<const Term> admin_terms();      // DB_*, TABLE_*, CONFIG, STATUS, WAIT, GRANT, …
std::span<const Term> index_terms();      // INDEX_*, SET_WRITE_HOOK, GET_WRITE_HOOK
std::span<const Term> external_terms();   // JAVASCRIPT, HTTP
std::span<const Term> geo_index_terms();  // GET_INTERSECTING, GET_NEAREST
std::span<const Term> internal_terms();   // numbers from 1000 on
// terms/{math,string,time,object,geo,binary,json}.cc:
std::span<const Term> math_terms();    // ADD … MOD, BIT_*, FLOOR, CEIL, ROUND, RANDOM
std::span<const Term> string_terms();  // MATCH, SPLIT, UPCASE, DOWNCASE, FORMAT
std::span<const Term> time_terms();    // NOW, TIME, ISO8601, …, MONDAY … DECEMBER
std::span<const Term> object_terms();  // OBJECT, KEYS, VALUES, UUID
std::span<const Term> geo_terms();     // POINT, LINE, POLYGON, DISTANCE, INTERSECTS, CIRCLE, …
std::span<const Term> binary_terms();  // BINARY
std::span<const Term> json_terms();    // JSON, TO_JSON_STRING

}  // namespace octavo::reql
